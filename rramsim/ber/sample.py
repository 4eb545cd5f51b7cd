"""One sample of a sweep on its own: the values that were counted, simulated once more, as a deck for ngspice alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice

from rramsim.ber.images import is_symmetric
from rramsim.ber.monte_carlo import BLOCK
from rramsim.ber.plan import Sweep
from rramsim.ber.task import PointTask
from rramsim.circuits.bench import AbstractBench
from rramsim.circuits.plain_deck import FAILED, UNSAID, plain_deck
from rramsim.circuits.simulation import Simulation
from rramsim.corners import Corner
from rramsim.errors import ConvergenceError, InputError, MeasurementError
from rramsim.spice.engine import engine
from rramsim.spice.fallback import solve
from rramsim.version import __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainSample:
    """A sample, as it came out here.

    Parameters
    ----------
    text
        The deck.
    outcome
        In the bench's own words; ``failed`` where ngspice did not come to an end.
    quantities
        What the bench measured, by name, SI.
    """

    text: str
    outcome: str
    quantities: dict[str, float]


def check_number(sweep: Sweep, number: int) -> None:
    """Refuse a sample that a sweep does not count.

    Parameters
    ----------
    sweep
        The sweep.
    number
        Which of the samples of a point.

    Raises
    ------
    InputError
        There are not so many.
    """
    most = sweep.estimation.stop.max_trials
    if number >= most:
        raise InputError(f"--sample {number}: a point has the samples 0 to {most - 1} (max_trials of [ber])")


def plain_sample(
    sweep: Sweep, bench: AbstractBench, corner: Corner, programmed: str, number: int | None
) -> PlainSample:
    """Simulate a sample in the ngspice of this process, and write it as a deck.

    Parameters
    ----------
    sweep
        What is swept; where the corner is none of it, that of this corner alone.
    bench, corner, programmed
        The point.
    number
        Which of its counted samples, from 0 on; None for typical devices.

    Raises
    ------
    SimulationError
        ngspice refuses the deck or what is altered in it.
    """
    simulation = Simulation(engine(), bench.deck(corner))
    if number is None:
        values, told = bench.spread(corner, programmed).typical, "typical devices"
    else:
        values, told = _drawn(sweep, simulation, bench, corner, programmed, number)
    alterations = bench.alterations(corner, programmed, values)
    outcome, quantities, options = FAILED, dict[str, float](), tuple[str, ...]()
    try:
        options, waves = solve(
            simulation.engine, simulation.deck.text, alterations, simulation.deck.analysis, simulation.deck.vectors
        )
        record = bench.judged(corner, waves)
    except (ConvergenceError, MeasurementError):
        pass
    else:
        outcome, quantities = record.outcome, dict(record.quantities)
    verdict, version = bench.verdict(corner), simulation.engine.version_text
    expected = {"outcome": outcome if verdict or outcome == FAILED else UNSAID}
    printed = " ".join(verdict).split()  # the quantities that the verdict tells, with their units
    names = {one.quantity: one.measured for one in bench.summaries if one.measured in printed}
    simulation.engine.load(simulation.deck.text)
    text = plain_deck(
        simulation.deck,
        simulation.engine.present.among(alterations),
        verdict=verdict,
        options=options,
        about=(
            f"rramsim {__version__}, ngspice {version}: {bench.name}, programmed {programmed}, {told}",
            *(f"{name}: {value!r}" for name, value in zip(bench.spread(corner, programmed).names, values, strict=True)),
            f"judged by rramsim: {outcome}",
        ),
        expected=expected | {names[name]: value for name, value in quantities.items() if name in names},
    )
    return PlainSample(text=text, outcome=outcome, quantities=quantities)


def _drawn(
    sweep: Sweep, simulation: Simulation, bench: AbstractBench, corner: Corner, programmed: str, number: int
) -> tuple[list[float], str]:
    """Values of a counted sample, and what to say of it."""
    if corner not in sweep.corners:
        sweep = replace(sweep, corners=(corner,))
    tasks = sweep.tasks(ngspice=simulation.engine.version_text)
    found = [task for task in tasks if task.bench.name == bench.name and task.corner == corner]
    own = next((task for task in found if task.programmed == programmed), None)
    if own is not None:
        return _block_values(own, number), f"sample {number} of task {own.id}"
    task = next(task for task in found if task.mirror and task.mirror.image(task.programmed) == programmed)
    if is_symmetric(task, simulation):
        images = dict(task.mirror.sources if task.mirror else ())
        names = task.spread.names
        values = _block_values(task, number)
        image = [values[names.index(images.get(name, name))] for name in names]
        return image, f"mirror image of sample {number} of task {task.id}"
    apart = sweep.apart(task)
    assert apart is not None  # programmed is the image of another symbol
    return _block_values(apart, number), f"sample {number} of task {apart.id}"


def _block_values(task: PointTask, number: int) -> list[float]:
    return next(islice(task.block(number // BLOCK), number % BLOCK, None))
