"""What ``rramsim doctor`` looks at."""

from __future__ import annotations

import platform
import shutil
import statistics
import time

from rramsim.circuits.record import Record
from rramsim.circuits.simulation import Simulation
from rramsim.corners import typical_corner
from rramsim.spice.engine import engine
from rramsim.spice.workers import local_workers, usable_cores
from rramsim.study import General, Study
from rramsim.version import __version__

_READS = 20


def examine() -> dict[str, str]:
    """Find ngspice and time a read, in a worker process as a sweep does.

    Raises
    ------
    NgspiceNotFoundError, NgspiceVersionError, NgspiceCrashError, NgspiceTimeoutError
        ngspice cannot be used; the message says what to do.
    """
    with local_workers(1) as executor:
        found = executor.submit(_time_reads).result()
    return {
        "rramsim": __version__,
        "python": platform.python_version(),
        "cores": str(usable_cores()),
        "ngspice program": shutil.which("ngspice") or "not on the path (only the library is needed)",
        **found,
    }


def _time_reads() -> dict[str, str]:
    """Read a typical cell of a study that leaves everything at its default."""
    ngspice = engine()
    study = Study(study=General(name="doctor"))
    bench, corner = study.benches[0], typical_corner(study.corners.grid)
    programmed = bench.alphabet.programmed[0]
    typical = bench.spread(corner, programmed).typical
    simulation = Simulation(ngspice, bench.deck(corner))

    def read() -> Record:
        return bench.measure(corner, simulation.run(bench.alterations(corner, programmed, typical)))

    record = read()
    times = []
    for _ in range(_READS):
        start = time.perf_counter()
        read()
        times.append(time.perf_counter() - start)
    quantities = ", ".join(f"{name.replace('_', ' ')} {value:.3g}" for name, value in record.quantities.items())
    return {
        "ngspice library": f"{ngspice.library_path}, version {ngspice.version_text}",
        "matrix solver": ngspice.solver,
        "one read": f"{statistics.median(times) * 1e3:.2f} ms (median of {_READS})",
        "read result": f"{bench.name}: {programmed} read as {record.outcome} ({quantities}; SI units)",
    }
