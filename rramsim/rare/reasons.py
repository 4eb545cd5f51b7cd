"""What a reader should know of an estimate, and what to do about it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from rramsim.errors import InputError


class Reason(StrEnum):
    """Why a method was changed, or what else a reader should know.

    Attributes
    ----------
    message
        What was met, as tables print it; ``{value}`` stands for a number.
    advice
        What to do, if anything.
    """

    message: str
    advice: str

    def __new__(cls, name: str, message: str = "", advice: str = "") -> Self:
        """A reason by its stored name."""
        self = str.__new__(cls, name)
        self._value_ = name
        self.message, self.advice = message, advice
        return self

    FAILURE_REGIONS = (
        "failure_regions",
        "{value:.0f} failure regions",
        "Nothing: all of them are in the rate. Look at each for a way to fail that was not expected.",
    )
    TOO_MANY_REGIONS = (
        "too_many_regions",
        "more failure regions than can be told apart",
        "Compare the rate with counted ones where it is large enough to be counted.",
    )
    EVERYWHERE = (
        "everywhere",
        "typical devices are in the event, and no way out was found",
        "Check timing, supply and resistances: nearly every read ends in this event.",
    )
    ONLY_FAILED = (
        "only_failed",
        "only failed simulations were met; the upper bound takes all of them for the event",
        "Find out why the simulations fail: devices far from typical ones may be beyond the models' validity.",
    )
    NOT_MET = (
        "not_met",
        "not met within {value:.1f} standard deviations of typical devices",
        "Nothing if the floor is low enough; or else lower the floor.",
    )
    LINES_DISAGREE = (
        "lines_disagree",
        "the lines disagree too much",
        "Allow more simulations if the interval is too wide: another method was tried.",
    )
    AUDITED_REGION = (
        "audited_region",
        "an audited line met another failure region",
        "Try other seeds: there may be more regions that were not met.",
    )
    CROSSED_MORE_THAN_ONCE = (
        "crossed_more_than_once",
        "a line crosses the surface more than once",
        "Look at the response along the design point's direction: it is not monotone.",
    )
    ROOTS_DISAGREE = (
        "roots_disagree",
        "the multi-root lines disagree too much",
        "Allow more simulations if the interval is too wide.",
    )
    WEIGHTS_SCATTER = (
        "weights_scatter",
        "the weights of importance sampling scatter too much",
        "Allow more simulations if the interval is too wide, or try other seeds: a region may be missing.",
    )
    SUBSET_TOO_COSTLY = (
        "subset_too_costly",
        "subset simulation would take more simulations than allowed",
        "Allow more simulations.",
    )
    SIMULATIONS_SPENT = (
        "simulations_spent",
        "the simulations that one rate may cost were not enough",
        "Raise max_simulations, or use the interval as it is: it holds.",
    )
    PRECISION_NOT_REACHED = (
        "precision_not_reached",
        "the precision was not reached",
        "Allow more simulations, or use the interval as it is: it holds.",
    )
    FAILURES_WIDEN = (
        "failures_widen",
        "failed simulations keep the interval wide",
        "Find out why the simulations fail: more of them are of no use.",
    )
    SKEWED = (
        "skewed",
        "a few contributions are most of the estimate: the interval may be too narrow",
        "Ask for a higher precision, or compare with another seed.",
    )
    FAILURES_IGNORED = (
        "failures_ignored",
        "failed simulations were taken for no misread, which the interval does not hold",
        "Take the rate for a lower bound, or find out why the simulations fail.",
    )
    SHARED_LINES = (
        "shared_lines",
        "shares the lines of the neighbouring outcome",
        "Nothing: the interval holds. The two rates come from the same simulations and err alike.",
    )
    COUNTS_CONTRADICT = (
        "counts_contradict",
        "counted reads contradict the estimate",
        "Use the rate, which is the counted one; the estimator missed a way to fail.",
    )
    COUNTING_CHEAPER = (
        "counting_cheaper",
        "counting is cheaper",
        "Nothing: the rate is the counted one.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A reason, with its number if it has one.

    Parameters
    ----------
    reason
        The reason.
    value
        Number in its message: of regions [1], or a distance [standard deviations]; None where the message has none.

    Raises
    ------
    InputError
        A number is missing, not finite, or there is one too many.
    """

    reason: Reason
    value: float | None = None

    def __post_init__(self) -> None:
        given = self.value is not None and math.isfinite(self.value)
        if given is not ("{value" in self.reason.message) or (self.value is not None and not given):
            raise InputError(f"reason {self.reason.value} with the number {self.value!r}")

    def __str__(self) -> str:
        """The text that tables print."""
        return self.reason.message.format(value=self.value)

    @property
    def advice(self) -> str:
        """What to do, if anything."""
        return self.reason.advice

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read plain values back.

        Parameters
        ----------
        data
            A note's plain values.

        Raises
        ------
        KeyError, TypeError, ValueError
            They are not those of a note.
        """
        value = data["value"]
        return cls(reason=Reason(data["reason"]), value=None if value is None else float(value))


def ran_out(notes: Iterable[Note]) -> bool:
    """Whether an estimate ended because no further simulation was allowed.

    Parameters
    ----------
    notes
        Of the estimate.
    """
    return any(note.reason is Reason.SIMULATIONS_SPENT for note in notes)
