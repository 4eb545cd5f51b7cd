"""What a sweep finds out before it begins, and before anything is written: whether its decks can be simulated.

Typical devices are simulated at one corner of each process, each deck loaded twice: what a library draws when it is
loaded would be spread of its own on top of the study's, and in no task's identity.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rramsim.abstract_workers import AbstractWorkers
from rramsim.ber.plan import Sweep
from rramsim.circuits.bench import AbstractBench
from rramsim.circuits.simulation import Simulation, Waves
from rramsim.circuits.technology import Technology
from rramsim.circuits.technology.examination import examine_devices
from rramsim.corners import Corner
from rramsim.errors import (
    ConvergenceError,
    InputError,
    NgspiceCrashError,
    NgspiceTimeoutError,
    RramsimError,
    SimulationError,
)
from rramsim.files import content_id, is_file, remove, write_atomic
from rramsim.resources import memory
from rramsim.spice.analyses import Tran
from rramsim.spice.engine import engine

WARNINGS = "warnings.txt"  # in a run folder
_MANY_POINTS = 20_000  # of one simulation
_OFF = 0.01  # of a transistor's current, when it is off
_BYTES_A_POINT = 200  # of a transient: some vectors, each held twice


def unheard(_warning: str) -> None:
    """A warning that nobody wants to hear of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What was found.

    Parameters
    ----------
    warnings
        What ngspice warns of when it reads the decks, and what of the libraries is left out.
    seconds
        How long one simulation of a bench takes [s], by the bench's name; the longest.
    """

    warnings: tuple[str, ...]
    seconds: dict[str, float]


def rehearse(swept: Sweep, executor: AbstractWorkers, *, tell: Callable[[str], None] = unheard) -> Rehearsal:
    """Simulate typical devices of each bench at one corner of each process.

    Parameters
    ----------
    swept
        What will be swept.
    executor
        Its processes need ngspice.
    tell
        Called with each warning, once.

    Raises
    ------
    InputError
        ngspice refuses a deck or what is altered in it, or two simulations of it differ.
    RramsimError
        There is no ngspice that can be used.
    """
    # At the lowest supply and temperature of each process: nothing is slower.
    slowest = sorted(swept.corners, key=lambda corner: (corner.vdd, corner.temperature_c))
    corners = {corner.process: corner for corner in reversed(slowest)}
    warnings: dict[str, None] = {}

    def warn(lines: Iterable[str]) -> None:
        for line in lines:
            if line not in warnings:
                warnings[line] = None
                tell(line)

    for bench in swept.benches:  # before anything is simulated, which may take long
        warn(_steps(bench, swept.corners[0]))
    _check_alike(executor, swept.benches, tuple(corners.values()))
    technologies = {bench.environment.technology.path: bench.environment.technology for bench in swept.benches}
    devices = [executor.submit(_examined, one, process) for one in technologies.values() for process in corners]
    runs = [
        (bench.name, executor.submit(_rehearsed, bench, corner))
        for bench in swept.benches
        for corner in corners.values()
    ]
    for examined in devices:
        warn(examined.result())
    seconds: dict[str, float] = {}
    for name, future in runs:
        told, took = future.result()
        warn(told)
        seconds[name] = max(took, seconds.get(name, 0.0))
    return Rehearsal(warnings=tuple(warnings), seconds=seconds)


def write_warnings(folder: Path, warnings: Sequence[str]) -> None:
    """Keep warnings in a run folder; those of an earlier sweep are gone.

    Parameters
    ----------
    folder
        The run folder.
    warnings
        As in :class:`Rehearsal`.

    Raises
    ------
    WriteError
        The file cannot be written.
    """
    if warnings:
        write_atomic(folder / WARNINGS, "".join(f"{line}\n" for line in warnings))
    else:
        remove(folder / WARNINGS)


def add_warnings(folder: Path, warnings: Sequence[str]) -> None:
    """Keep further warnings in a run folder, beside those of its sweep.

    Parameters
    ----------
    folder
        The run folder.
    warnings
        What was told.

    Raises
    ------
    WriteError
        The file cannot be written.
    """
    path = folder / WARNINGS
    before = path.read_text(encoding="utf-8").splitlines() if is_file(path) else []
    lines = list(dict.fromkeys((*before, *warnings)))
    if lines != before:
        write_warnings(folder, lines)


def _check_alike(executor: AbstractWorkers, benches: tuple[AbstractBench, ...], corners: tuple[Corner, ...]) -> None:
    """Refuse workers that have another ngspice than others, or read other models or other code: of a cluster."""
    found = executor.everywhere(_made_of, benches, corners)
    first, *others = found
    for worker in others:
        for what, one in found[first].items():
            if found[worker][what] != one:
                raise InputError(f"the workers {first} and {worker} differ: {what} is {one} and {found[worker][what]}")


def _made_of(benches: tuple[AbstractBench, ...], corners: tuple[Corner, ...]) -> dict[str, str]:
    """In a worker: what results follow from besides the study."""
    found = {"ngspice": engine().version_text}
    for bench, corner in itertools.product(benches, corners):
        made = {"deck": bench.deck(corner).text, "bench": dict(bench.identity)}
        found[f"what {bench.name} at {corner.id} is made of (models, netlists, code)"] = content_id(made)[:12]
    return found


def _steps(bench: AbstractBench, corner: Corner) -> Iterator[str]:
    """Warn where a simulation has very many points; refuse more than fit into memory."""
    analysis = bench.deck(corner).analysis
    if not isinstance(analysis, Tran):
        return
    step = analysis.max_step or analysis.step
    points = analysis.stop / step
    told = (
        f"{bench.name}: one simulation is {analysis.stop:.3g} s in steps of {step:.3g} s at most: {points:.2g} points"
    )
    if points * _BYTES_A_POINT > memory():
        raise InputError(f"{told}, more than fit into memory; take longer steps or a shorter window")
    if points > _MANY_POINTS:
        yield f"{told}; are step and window of the same order of time as what happens?"


def _examined(technology: Technology, process: str) -> tuple[str, ...]:
    """In a worker: whether nominal devices do what the technology file says; what the library leaves out."""
    notes = technology.models(process).notes
    try:
        reports = examine_devices(technology, process, engine())
    except SimulationError as error:  # of sizes that the benches need not have: their own decks tell
        told = f"{technology.path}: single transistors of {process} cannot be simulated, so that unit_m and"
        return (*notes, f"{told} threshold_handle are not checked: {error.message}")
    for report in reports:
        device = f"{technology.path}: {report.kind} of {process}"
        if not report.capacitance:
            notes += (f"{device} has no gate capacitance: latching is too fast",)
        if report.off > _OFF * report.current:
            share = f"{report.off / report.current:.2g} of its current"
            notes += (f"{device} carries {share} with its gate at its source: has its threshold the right sign?",)
    return notes


def _rehearsed(bench: AbstractBench, corner: Corner) -> tuple[tuple[str, ...], float]:
    """In a worker: warnings of the deck, and the time of a simulation [s]."""
    ngspice = engine()
    ngspice.unload()  # a deck that is loaded already would not be read
    try:
        simulation = Simulation(ngspice, bench.deck(corner))
        warnings = ngspice.warnings
        symbols = bench.alphabet.programmed
        first = [_waves(bench, simulation, corner, symbol) for symbol in symbols]
        typical = {symbol: waves for symbol, waves in zip(symbols, first, strict=True) if waves is not None}
        remarks = (bench.remark(corner, symbol, waves) for symbol, waves in typical.items())
        warnings = (*warnings, *filter(None, remarks))
        start = time.perf_counter()
        again = [_waves(bench, simulation, corner, symbol) for symbol in symbols[:1]]
        took = time.perf_counter() - start
        for _ in range(bench.environment.technology.models(corner.process).loads - 1):
            ngspice.unload()
            again += [_waves(bench, simulation, corner, symbol) for symbol in symbols[:1]]
    except (InputError, NgspiceCrashError, NgspiceTimeoutError):
        raise
    except RramsimError as error:
        raise InputError(f"{bench.name} at {corner.id} cannot be simulated: {error}") from None
    except Exception as error:  # whatever a class of the user's raises
        raise InputError(f"{bench.name} at {corner.id}: {type(error).__name__}: {error}") from error
    if any(not _same(first[0], other) for other in again):
        raise InputError(_random(bench, corner))
    return warnings, took


def _waves(bench: AbstractBench, simulation: Simulation, corner: Corner, symbol: str) -> Waves | None:
    """Typical devices; None where they do not converge, which the sweep itself tells."""
    typical = bench.spread(corner, symbol).typical
    try:
        return simulation.run(bench.alterations(corner, symbol, typical))
    except ConvergenceError:
        return None


def _same(one: Waves | None, other: Waves | None) -> bool:
    if one is None or other is None:
        return one is other
    return all(values.tobytes() == other[name].tobytes() for name, values in one.items())


def _random(bench: AbstractBench, corner: Corner) -> str:
    technology = bench.environment.technology
    drawn = technology.models(corner.process).random
    where = f"{technology.path} draws random numbers ({_listed(drawn)})" if drawn else "it draws random numbers"
    return (
        f"{bench.name} at {corner.id}: two simulations of the same deck differ: {where}. rramsim draws the spread "
        "itself: set the kit's own switch to 0 under [parameters] of the technology file, or take it out of the "
        "library; what the kit draws for each transistor rramsim draws in its place under [mismatch]"
    )


def _listed(places: Iterable[str], longest: int = 5) -> str:
    told = list(places)
    more = f", and {len(told) - longest} more" if len(told) > longest else ""
    return ", ".join(told[:longest]) + more
