"""What ``rramsim doctor`` looks at."""

from __future__ import annotations

import platform
import shutil
import statistics
import time

from rramsim import __version__
from rramsim.circuits.catalog import CELLS
from rramsim.circuits.characterise import nominal_sample
from rramsim.circuits.read import ReadBench
from rramsim.circuits.read_deck import ReadDeck
from rramsim.circuits.technology import load_technology
from rramsim.corners import parse_corner
from rramsim.devices.presets import load_preset
from rramsim.spice.engine import engine
from rramsim.spice.workers import local_workers, usable_cores
from rramsim.weights import Weight

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
    ngspice = engine()
    deck = ReadDeck(
        cell=CELLS["ternary_2t2r"],
        corner=parse_corner("tt_27c_1v2"),
        technology=load_technology("generic_130nm_5v"),
    )
    bench = ReadBench(ngspice, deck)
    sample = nominal_sample(load_preset("hfo2_130nm").statistics, Weight.PLUS)
    outcome = bench.read(sample)
    times = []
    for _ in range(_READS):
        start = time.perf_counter()
        bench.read(sample)
        times.append(time.perf_counter() - start)
    return {
        "ngspice library": f"{ngspice.library_path}, version {ngspice.version_text}",
        "matrix solver": ngspice.solver,
        "one read": f"{statistics.median(times) * 1e3:.2f} ms (median of {_READS})",
        "read result": f"weight {outcome.weight}, latched after {outcome.latching_time * 1e9:.2f} ns",
    }
