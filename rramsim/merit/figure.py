"""What every figure of merit is: a section of the study file, the tables that it writes, and how it is found."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pandas as pd

from rramsim.alphabets import Alphabet
from rramsim.ber.plan import Estimation
from rramsim.circuits.bench import AbstractBench
from rramsim.corners import Corner
from rramsim.errors import Problem
from rramsim.merit.evaluator import Evaluator
from rramsim.merit.knob import SUPPLY, Knob
from rramsim.tables.table import Table

# Given how rates are estimated, and whether benches draw the same numbers wherever knobs stand.
MakeEvaluator = Callable[[Estimation, bool], Evaluator]


@dataclass(frozen=True, kw_only=True)
class Circuit:
    """What figures of merit are of.

    Parameters
    ----------
    benches, corners
        What is simulated, and where.
    estimation
        How rates are estimated.
    cells
        Which cells of the benches; none for all of them.
    """

    benches: tuple[AbstractBench, ...]
    corners: tuple[Corner, ...]
    estimation: Estimation
    cells: tuple[str, ...] = ()

    @property
    def alphabets(self) -> dict[str, Alphabet]:
        """Alphabet of each cell, by name."""
        found = {coding.name: coding.alphabet for bench in self.benches for coding in bench.codings}
        return {name: alphabet for name, alphabet in found.items() if not self.cells or name in self.cells}

    def of(self, cells: tuple[str, ...]) -> Circuit:
        """The benches that have some cells, and of these the cells alone.

        Parameters
        ----------
        cells
            Their names; none for all of them.
        """
        having = tuple(bench for bench in self.benches if any(coding.name in cells for coding in bench.codings))
        return replace(self, benches=having, cells=cells) if cells else self

    def corners_without(self, *knobs: Knob) -> tuple[Corner, ...]:
        """The corners as far as they differ by more than knobs that are turned.

        Parameters
        ----------
        *knobs
            The knobs.
        """
        found: dict[Corner, Corner] = {}
        for corner in self.corners:
            same = corner
            for knob in knobs:
                same = knob.at(same, 1.0)
            found.setdefault(same, corner)
        return tuple(found.values())

    def estimated(self, targets: Mapping[str, float]) -> Estimation:
        """How rates are estimated where it matters whether they are below targets: not far below.

        Parameters
        ----------
        targets
            The targets.
        """
        precision = self.estimation.precision
        floor = max(precision.floor, min(targets.values()) * _FAR_BELOW)
        return replace(self.estimation, precision=replace(precision, floor=floor))


_FAR_BELOW = 1e-3


class AbstractFigure(ABC):
    """One figure of merit."""

    name: ClassVar[str]  #: of its command and of its section in [merit]
    tables: ClassVar[tuple[Table, ...]]  #: that it writes, what a reader looks for first

    @classmethod
    @abstractmethod
    def problems(cls, section: Any, circuit: Circuit) -> Iterator[Problem]:
        """What is wrong with its section that only shows beside the circuit.

        Parameters
        ----------
        section
            Its section.
        circuit
            What it is of.
        """

    @classmethod
    @abstractmethod
    def find(cls, section: Any, circuit: Circuit, evaluator: MakeEvaluator) -> dict[Table, pd.DataFrame]:
        """Find it.

        Parameters
        ----------
        section
            Its section, without problems.
        circuit
            What it is of.
        evaluator
            Makes what finds rates.

        Raises
        ------
        SimulationError
            A simulation failed.
        """

    @classmethod
    def found_at(cls, frame: pd.DataFrame) -> Iterator[Corner]:
        """Corners that were found, and not given by the study: what there is to say of them is said.

        Parameters
        ----------
        frame
            The first of its tables.
        """
        yield from ()

    @classmethod
    @abstractmethod
    def told(cls, frame: pd.DataFrame) -> Iterator[str]:
        """What was found, in a line each.

        Parameters
        ----------
        frame
            The first of its tables.
        """


def targets_of(section_targets: Mapping[str, float], alphabet: Alphabet) -> dict[str, float]:
    """Target of each kind of error that a cell can make and that something is demanded of.

    Parameters
    ----------
    section_targets
        By kind of error; under an empty text that of every kind.
    alphabet
        Of the cell.
    """
    kinds = [kind.symbol for kind in alphabet.classes]
    given = {kind: section_targets.get(kind, section_targets.get("")) for kind in kinds}
    return {kind: target for kind, target in given.items() if target is not None}


def target_problems(targets: Mapping[str, float], circuit: Circuit, *, key: str) -> Iterator[Problem]:
    """Targets of errors that no cell makes, or that the study does not look for; and cells that nothing is asked of.

    Parameters
    ----------
    targets
        As for :func:`targets_of`.
    circuit
        What is simulated.
    key
        Of the section.
    """
    known = {kind.symbol for alphabet in circuit.alphabets.values() for kind in alphabet.classes}
    for kind, target in targets.items():
        place = f"{key}.target" + (f'."{kind}"' if kind else "")
        if kind and kind not in known:
            allowed = ", ".join(sorted(known))
            yield Problem(key=place, value=target, message=f"no cell makes errors of type {kind!r}, but {allowed}")
        if not circuit.estimation.counted_only and target < circuit.estimation.precision.floor:
            floor = circuit.estimation.precision.floor
            yield Problem(key=place, value=target, message=f"must be at least ber.floor, {floor:g}")
    for cell, alphabet in circuit.alphabets.items():
        if not targets_of(targets, alphabet):
            kinds = ", ".join(kind.symbol for kind in alphabet.classes)
            yield Problem(key=f"{key}.target", value=dict(targets), message=f"nothing is asked of {cell}: {kinds}")


def knob_problems(knob: Knob, values: Sequence[object], circuit: Circuit, *, key: str) -> Iterator[Problem]:
    """Values of a knob that a bench or a technology does not take.

    Parameters
    ----------
    knob
        The knob.
    values
        What it is going to be set to.
    circuit
        What is simulated.
    key
        Of the values.
    """
    for value in values:
        found = (
            message
            for bench in circuit.benches
            for corner in circuit.corners_without(knob)
            for message in knob.problems(bench, corner, value)
        )
        message = next(found, None)
        if message is not None:
            yield Problem(key=key, value=value, message=message)
    if knob.name == SUPPLY:
        for name in (bench.name for bench in circuit.benches if not bench.supplied):
            told = f"the supply means nothing to {name}, whose voltages are settings of its own"
            yield Problem(key=key, value=list(values), message=told)


def section_key(name: str) -> str:
    """Key of the section of a figure of merit.

    Parameters
    ----------
    name
        Its name.
    """
    return f"merit.{name}"


def told_targets(targets: Mapping[str, float]) -> str:
    """Targets as a table tells them.

    Parameters
    ----------
    targets
        By kind of error.

    Examples
    --------
    >>> told_targets({"1": 1e-06, "3": 0.1})
    '1: 1e-06; 3: 0.1'
    """
    return "; ".join(f"{kind}: {target!r}" for kind, target in targets.items())
