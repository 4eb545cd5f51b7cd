"""Error injection over a study: every network under the errors of every corner, and of a ladder of rates.

The interval of a corner's accuracy holds the uncertainty of the BER table too (``injection.rates = "interval"``): it
reaches from the lowest to the highest end of those at the rates, at their lower and at their upper ends.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rramsim.corners import CORNER_COLUMNS
from rramsim.data.catalog import load_dataset
from rramsim.nn.abstract_network import AbstractNetwork
from rramsim.nn.accuracy_task import AccuracyResult
from rramsim.nn.cases import Case, Errors, find_cases
from rramsim.nn.injection_settings import InjectionSection
from rramsim.nn.tolerance import tolerance
from rramsim.runs.loop import Runs
from rramsim.tables.accuracy import ACCURACY, NO_ERRORS, REAL
from rramsim.tables.chips import CHIPS
from rramsim.tables.classes import CLASSES
from rramsim.tables.measured import MEASURED
from rramsim.tables.table import Table
from rramsim.tables.tolerance import TOLERANCE

logger = logging.getLogger(__name__)

# Of a row of the ladder.
_NO_CORNER = dict(zip(CORNER_COLUMNS, ("", math.nan, math.nan), strict=True))

_Done = tuple[Case, AccuracyResult]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured, as tables."""

    accuracy: pd.DataFrame
    chips: pd.DataFrame
    classes: pd.DataFrame
    tolerance: pd.DataFrame

    @property
    def tables(self) -> tuple[tuple[Table, pd.DataFrame], ...]:
        """Each table with its values."""
        return tuple((table, getattr(self, name)) for name, table in MEASURED.items())


def inject_networks(
    networks: Mapping[str, AbstractNetwork],
    errors: Errors,
    injection: InjectionSection,
    runs: Runs[AccuracyResult],
    *,
    cells: Mapping[str, Sequence[str]],
    seed: int,
) -> Measured:
    """Measure accuracies.

    Parameters
    ----------
    networks
        By name.
    errors
        Tables that errors come from; where they have no rows, only the ladder is injected.
    injection
        Modes, repeats and ladder.
    runs
        Runs the tasks, and finds what has been measured already.
    cells
        Cells whose errors each network gets, by its name.
    seed
        Seed of the study.

    Returns
    -------
    Measured
        The same whatever the order of the BER table's rows.

    Raises
    ------
    InputError
        A fault model lacks something, or has no errors for a network.
    TableError
        The BER table lacks a confusion.
    RramsimError
        A task failed.
    """
    cases = [
        case
        for network in networks.values()
        for case in find_cases(network, errors, injection, cells=cells[network.name], seed=seed)
    ]
    done = list(zip(cases, runs.results(case.task for case in cases), strict=True))
    _tell_precision(done, injection)
    baselines = {case.task.network.name: result for case, result in done if case.error_type == NO_ERRORS}
    return Measured(
        accuracy=ACCURACY.frame(
            _row(case, result, baselines[case.task.network.name].found.mean) for case, result in done
        ),
        chips=CHIPS.frame(row for one in done for row in _chips(*one)),
        classes=CLASSES.frame(row for one in done for row in _classes(*one)),
        tolerance=TOLERANCE.frame(_tolerances(done, baselines, sorted(set(injection.losses)), seed)),
    )


def _tell_precision(done: Sequence[_Done], injection: InjectionSection) -> None:
    asked = injection.precision
    wide = sum(1 for _, result in done if asked is not None and result.found.half_width > asked)
    if wide:
        logger.warning(
            "injection.max_repeats: %d of %d accuracies are less precise than %g after %d chips",
            wide, len(done), asked, injection.max_repeats,
        )  # fmt: skip


def _label(case: Case) -> dict[str, object]:
    return {
        "network": case.task.network.name,
        "mode": case.mode,
        "cell": case.cell,
        **(case.corner.labels if case.corner else _NO_CORNER),
        "error_type": case.error_type,
        "rate": case.rate,
    }


def _row(case: Case, result: AccuracyResult, baseline: float) -> dict[str, object]:
    network, found = case.task.network, result.found
    set_low, set_high = found.set_interval
    return _label(case) | {
        "dataset": network.data_name,
        "split": "test",
        "weights": REAL if network.kind is None else network.kind.value,
        "activations": network.activations,
        "repeats": found.chips,
        "accuracy": found.mean,
        "ci_low": result.ci_low,
        "ci_high": result.ci_high,
        "baseline": baseline,
        "task_id": case.task.id,
        "images": found.images,
        "chip_std": found.chip_std,
        "set_low": set_low,
        "set_high": set_high,
    }


def _chips(case: Case, result: AccuracyResult) -> Iterator[dict[str, object]]:
    for number, correct in enumerate(result.found.correct):
        yield _label(case) | {"chip": number, "correct": correct, "images": result.found.images}


def _classes(case: Case, result: AccuracyResult) -> Iterator[dict[str, object]]:
    confusion = np.array(result.found.confusion)
    names = load_dataset(case.task.network.dataset).class_names
    for number, right in enumerate(np.diag(confusion).tolist()):
        of, taken = int(confusion[number].sum()), int(confusion[:, number].sum())
        yield _label(case) | {
            "class": number,
            "class_name": names[number] if names else "",
            "images": of // result.found.chips,
            "sensitivity": right / of if of else math.nan,
            "precision": right / taken if taken else math.nan,
            "f1": 2 * right / (of + taken) if of + taken else math.nan,
        }


def _tolerances(
    done: Sequence[_Done], baselines: Mapping[str, AccuracyResult], losses: Sequence[float], seed: int
) -> Iterator[dict[str, Any]]:
    """Of each network, mode and type of error along the ladder."""
    ladders: dict[tuple[str, str, str], list[_Done]] = {}
    for case, result in done:
        if case.corner is None and case.rate > 0:
            ladders.setdefault((case.task.network.name, case.mode, case.error_type), []).append((case, result))
    for (network, mode, error), steps in ladders.items():
        chips = min(result.found.chips for _, result in steps)  # those that all rates have
        correct = np.array([result.found.correct[:chips] for _, result in steps]).T
        images = steps[0][1].found.images
        rates = np.array([case.rate for case, _ in steps])
        for loss in losses:
            found = tolerance(rates, correct / images, baselines[network].found.mean, loss, seed=seed)
            yield {
                "network": network, "mode": mode, "weights": steps[0][0].task.network.stored_kind.value,
                "error_type": error, "loss": loss, "rate": found.rate, "ci_low": found.ci_low,
                "ci_high": found.ci_high, "limit": found.limit, "chips": chips,
            }  # fmt: skip
