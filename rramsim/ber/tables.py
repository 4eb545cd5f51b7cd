"""The tables of a sweep, from its points and their results."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pandas as pd

from rramsim.ber.data_limits import DataLimits, with_data_limits
from rramsim.ber.event import EventResult
from rramsim.ber.plan import Estimation
from rramsim.ber.point import Point
from rramsim.ber.result import PointResult
from rramsim.intervals import IntervalMethod
from rramsim.tables.ber import BER
from rramsim.tables.directions import COSINE, DIRECTIONS
from rramsim.tables.distributions import DISTRIBUTIONS
from rramsim.tables.levels import LEVELS, SHARE
from rramsim.tables.points import MIRRORED
from rramsim.tables.reads import READS
from rramsim.tables.reliability import IMPORTANCE, RELIABILITY
from rramsim.tables.table import Table

Done = Iterable[tuple[Point, PointResult]]


def sweep_tables(done: Done, estimation: Estimation) -> dict[Table, pd.DataFrame]:
    """What a sweep writes: misreads and reads, and what causes them where that was looked for.

    Parameters
    ----------
    done
        Points in table order, each with its result in its own words.
    estimation
        How rates were estimated.
    """
    points = list(done)
    tables = {
        BER: ber_table(points, estimation.interval),
        READS: reads_table(points),
        DISTRIBUTIONS: distributions_table(points),
    }
    if estimation.counted_only:
        return tables
    looked_for = {DIRECTIONS: directions_table, LEVELS: levels_table}
    reliability = reliability_table(points, estimation.interval)
    return tables | {RELIABILITY: reliability} | {table: made(points) for table, made in looked_for.items()}


def beyond_data(done: Done, interval: IntervalMethod) -> list[str]:
    """A line for each rate that rests on the model of a tail, because it lies beyond the data of a source.

    Parameters
    ----------
    done, interval
        As for :func:`ber_table`.
    """
    return [
        f"{point.coding.name} at {point.task.corner.id}: {misread['programmed']} read as {read} lies beyond the data "
        f"of {', '.join(sources)}; its rate rests on the model of the tail"
        for point, read, misread, sources in _beyond(done, interval)
    ]


def extrapolated_cells(done: Done, interval: IntervalMethod) -> dict[str, list[str]]:
    """Sources beyond whose data rates of a cell lie, by the cell's name; only cells with such rates.

    Parameters
    ----------
    done, interval
        As for :func:`ber_table`.
    """
    found: dict[str, dict[str, None]] = {}
    for point, _, _, sources in _beyond(done, interval):
        found.setdefault(point.coding.name, {}).update(dict.fromkeys(sources))
    return {cell: list(sources) for cell, sources in found.items()}


def ber_table(done: Done, interval: IntervalMethod) -> pd.DataFrame:
    """Confusion rows of points.

    Parameters
    ----------
    done
        As for :func:`sweep_tables`.
    interval
        How intervals are made from counts.
    """
    rows = []
    for point, result in done:
        for read, misread in _misreads(point):
            event = result.event(read)
            estimate = event.estimate
            limits = _limits(point, event, interval)
            rows.append(
                misread
                | {"probability": _rate(point, event), "ci_low": limits.low, "ci_high": limits.high}
                | {"estimator": event.method.value, "simulations": estimate.simulations, "failed": estimate.failed}
                | _origin(point)
            )
    return BER.frame(rows)


def reads_table(done: Done) -> pd.DataFrame:
    """Summaries of points: latency, margin, energy, whatever their benches measure.

    Parameters
    ----------
    done
        As for :func:`sweep_tables`.
    """
    points = list(done)
    rows = [
        point.labels | {"reads": result.trials} | dict(result.summaries) | _origin(point) for point, result in points
    ]
    columns = (summary.column for point, _ in points for summary in point.task.bench.summaries)
    return READS.frame(rows, dict.fromkeys(columns))


def distributions_table(done: Done) -> pd.DataFrame:
    """One row for each quantile of each quantity of each point.

    Parameters
    ----------
    done
        As for :func:`sweep_tables`.
    """
    return DISTRIBUTIONS.frame(
        point.labels
        | {"quantity": name, "quantile": one.share}
        | {"value": one.value, "ci_low": one.low, "ci_high": one.high, "reads": found.count}
        | _origin(point)
        for point, result in done
        for name, found in sorted(result.distributions.items())  # as they are read back
        for one in found.quantiles
    )


def reliability_table(done: Done, interval: IntervalMethod) -> pd.DataFrame:
    """One row for each misread whose design point was looked for.

    Parameters
    ----------
    done, interval
        As for :func:`ber_table`.
    """
    points = list(done)
    sources = dict.fromkeys(name for point, _ in points for name in point.task.spread.names)
    rows = [
        misread | _found(point, event, _limits(point, event, interval).notes) | _origin(point)
        for point, result in points
        for read, misread in _misreads(point)
        if (event := result.event(read)).beta is not None
    ]
    return RELIABILITY.frame(rows, (IMPORTANCE + name for name in sources))


def directions_table(done: Done) -> pd.DataFrame:
    """One row for each failure region of each misread that has a direction.

    Parameters
    ----------
    done
        As for :func:`sweep_tables`.
    """
    points = list(done)
    sources = dict.fromkeys(name for point, _ in points for name in point.spread.names)
    rows = [
        misread | {"region": number} | _cosines(point, direction) | _origin(point)
        for point, result in points
        for read, misread in _misreads(point)
        for number, direction in enumerate(result.event(read).directions, start=1)
    ]
    return DIRECTIONS.frame(rows, (COSINE + name for name in sources))


def levels_table(done: Done) -> pd.DataFrame:
    """One row for each source of spread of each point.

    Parameters
    ----------
    done
        As for :func:`sweep_tables`.
    """
    return LEVELS.frame(
        point.labels | {"source": source} | {SHARE + level: share for level, share in shares.items()} | _origin(point)
        for point, _ in done
        for source, shares in point.spread.shares.items()
    )


def _beyond(done: Done, interval: IntervalMethod) -> Iterator[tuple[Point, str, dict[str, Any], Sequence[str]]]:
    """Misreads whose rates lie beyond the data of sources, and of which."""
    for point, result in done:
        for read, misread in _misreads(point):
            limits = _limits(point, result.event(read), interval)
            if limits.beyond:
                yield point, read, misread, limits.beyond


def _cosines(point: Point, direction: Sequence[float]) -> dict[str, float]:
    return {COSINE + name: cosine for name, cosine in zip(point.spread.names, direction, strict=True)}


def _misreads(point: Point) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each misread of a point, and the columns that name it."""
    for read in point.coding.alphabet.read:
        kind = point.coding.alphabet.error(point.programmed, read)
        if kind is not None:
            yield read, {**point.labels, "read": read, "error_type": kind.symbol}


def _rate(point: Point, event: EventResult) -> float:
    return 0.0 if event.below(point.task.precision.floor) else event.estimate.probability


def _limits(point: Point, event: EventResult, interval: IntervalMethod) -> DataLimits:
    """Interval of a rate, with what the data of measured sources leave open."""
    floor = point.task.precision.floor
    own = (0.0, floor) if event.below(floor) else event.estimate.interval(interval)
    return with_data_limits(point.spread, event.directions, _rate(point, event), own, event.beta)


def _found(point: Point, event: EventResult, more: Sequence[str]) -> dict[str, Any]:
    return {
        "estimator": event.method.value,
        "reliability_index": event.reliability_index,
        "below_floor": event.below(point.task.precision.floor),
        "design_point_distance": event.beta if event.directions else math.nan,
        "failure_regions": len(event.directions),
        "notes": "; ".join([*map(str, event.notes), *more]),
    } | {IMPORTANCE + name: factor for name, factor in point.importance(event).items()}


def _origin(point: Point) -> dict[str, Any]:
    return {"task_id": point.task.id, MIRRORED.name: point.mirrored}
