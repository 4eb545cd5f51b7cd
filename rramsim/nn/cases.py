"""What is measured of a network: without errors, under those of every corner, and along a ladder of rates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from rramsim.corners import CORNER_COLUMNS, Corner, corner_of
from rramsim.data.catalog import load_dataset
from rramsim.errors import InputError
from rramsim.nn.abstract_network import AbstractNetwork
from rramsim.nn.accuracy_task import AccuracyTask
from rramsim.nn.faults.catalog import find_faults
from rramsim.nn.faults.independent import Faultless
from rramsim.nn.faults.model import AbstractFaultModel, Causes, CornerErrors
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.injection_settings import InjectionSection
from rramsim.tables.accuracy import ALL_ERRORS, NO_ERRORS
from rramsim.tables.points import corner_rows, rows_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """The tables of a sweep that errors come from.

    Parameters
    ----------
    ber
        BER table; every corner of it is injected. May be empty.
    causes
        ``directions.csv`` and ``levels.csv`` of the same sweep; None where nobody asks for them.
    rows
        Word lines of an array that store weights.
    """

    ber: pd.DataFrame
    causes: Causes | None
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row of the accuracy table: its task, and what it is of."""

    task: AccuracyTask
    error_type: str
    rate: float
    cell: str = ""
    corner: Corner | None = None

    @property
    def mode(self) -> str:
        """How errors are drawn."""
        return self.task.faults.mode


def find_cases(
    network: AbstractNetwork, errors: Errors, injection: InjectionSection, *, cells: Sequence[str], seed: int
) -> Iterator[Case]:
    """All cases of a network: that without errors first.

    Parameters
    ----------
    network
        The network.
    errors
        What the sweep says.
    injection
        What is asked for.
    cells
        Whose errors it gets.
    seed
        Seed of the study.

    Raises
    ------
    InputError
        A fault model lacks something, or has no errors for the network.
    TableError
        The BER table lacks a confusion.
    """
    data_hash = load_dataset(network.dataset).hash

    def case(
        faults: AbstractFaultModel, error: str, rate: float, *, chips: int = injection.repeats, cell: str = "",
        corner: Corner | None = None, bounds: tuple[AbstractFaultModel, AbstractFaultModel] | None = None,
    ) -> Case:  # fmt: skip
        for model in (faults, *(bounds or ())):
            model.check(network.weights)
        task = AccuracyTask(
            network=network, data_hash=data_hash, faults=faults, bounds=bounds, repeats=chips, seed=seed,
            precision=injection.precision if chips > 1 else None, max_repeats=injection.max_repeats,
        )  # fmt: skip
        return Case(task=task, error_type=error, rate=rate, cell=cell, corner=corner)

    yield case(Faultless(), NO_ERRORS, 0.0, chips=1)
    if network.kind is None:  # no array stores anything of it
        return
    for cell in cells:
        for corner in _corners(errors.ber, cell):
            told = [_at(errors, network, cell, corner, which) for which in ("estimate", "lower", "upper")]
            for mode in injection.modes:
                found, low, high = (_model(mode, injection, one, f"{cell} at {corner.id}") for one in told)
                bounds = (low, high) if injection.rates == "interval" else None
                rate = found.misread_rate(told[0], network.weights)
                yield case(found, ALL_ERRORS, rate, cell=cell, corner=corner, bounds=bounds)
    for mode in injection.modes:
        for rate in sorted(set(injection.ladder)):
            for error, faults in find_faults(mode).at_rate(network.stored_kind, rate):
                yield case(faults, error, rate)


def _at(errors: Errors, network: AbstractNetwork, cell: str, corner: Corner, which: str) -> CornerErrors:
    def rates_of(name: str) -> ReadErrorRates:
        rows = corner_rows(errors.ber, cell=name, corner=corner)
        return ReadErrorRates.from_table(rows, network.stored_kind, which=which)

    rates = rates_of(cell)
    causes = errors.causes and Causes(
        directions=rows_at(errors.causes.directions, cell=cell, corner=corner),
        levels=rows_at(errors.causes.levels, cell=cell, corner=corner),
    )
    mean = rates.composite(network.weights)
    return CornerErrors(rates=rates, mean=mean, causes=causes, rows=errors.rows, other=rates_of)


def _model(mode: str, injection: InjectionSection, errors: CornerErrors, where: str) -> AbstractFaultModel:
    try:
        return find_faults(mode).at_corner(errors, injection.settings_of(mode))
    except InputError as error:
        raise InputError(f"injection.modes: {mode}: {where}: {error}") from None


def _corners(ber: pd.DataFrame, cell: str) -> list[Corner]:
    """Corners of a cell in table order."""
    rows = ber[ber["cell"] == cell][list(CORNER_COLUMNS)].drop_duplicates()
    return sorted((corner_of(row) for _, row in rows.iterrows()), key=lambda corner: corner.sort_key)
