"""Result of a task: what was counted and measured, and the rates that were estimated by more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from rramsim.ber.distribution import Distribution, distributions
from rramsim.ber.event import EventResult
from rramsim.ber.events import counted_estimate
from rramsim.ber.monte_carlo import CountedRecord
from rramsim.circuits.record import Summary
from rramsim.rare.method import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class PointResult:
    """Result of one point.

    Parameters
    ----------
    counts
        Simulations of each outcome.
    failed
        Simulations that gave no result; not among the counts.
    summaries
        Columns of ``reads.csv``; None where nothing was there to summarise.
    symmetric
        Whether the mirror images of the simulations are known by them.
    twins
        Outcomes that are each other's mirror images.
    events
        Rates that were estimated by more than these counts, by outcome.
    distributions
        Of what is summarised, by quantity; empty in a result of before they were kept.
    """

    counts: Mapping[str, int]
    failed: int
    summaries: Mapping[str, float | None]
    symmetric: bool = False
    twins: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, EventResult] = field(default_factory=dict)
    distributions: Mapping[str, Distribution] = field(default_factory=dict)

    @property
    def trials(self) -> int:
        """Simulations that gave a result."""
        return sum(self.counts.values())

    def event(self, read: str) -> EventResult:
        """Rate of an outcome: as estimated, or else as counted.

        Parameters
        ----------
        read
            The outcome.
        """
        counted = counted_estimate(self.counts, self.failed, read, self.twins)
        return self.events.get(read) or EventResult(method=Method.MONTE_CARLO, estimate=counted)

    def renamed(self, symbol: Callable[[str], str], event: Callable[[EventResult], EventResult]) -> Self:
        """The same in other words.

        Parameters
        ----------
        symbol
            Name of an outcome.
        event
            The rate as it is there.
        """
        return replace(
            self,
            counts={symbol(read): count for read, count in self.counts.items()},
            twins={symbol(read): symbol(twin) for read, twin in self.twins.items()},
            events={symbol(read): event(found) for read, found in self.events.items()},
        )

    @classmethod
    def from_record(
        cls,
        record: CountedRecord,
        summaries: Iterable[Summary],
        *,
        symmetric: bool = False,
        twins: Mapping[str, str] | None = None,
    ) -> Self:
        """Summarise what was counted.

        Parameters
        ----------
        record
            The simulations.
        summaries
            The columns to make of them.
        symmetric, twins
            As for the class.
        """
        columns = tuple(summaries)
        return cls(
            counts=dict(record.counts),
            failed=record.failed,
            summaries={summary.column: summary.of(record.quantities[summary.quantity]) for summary in columns},
            symmetric=symmetric,
            twins=dict(twins or {}),
            distributions=distributions(record.quantities, columns),
        )

    def check(self, read: Collection[str], summaries: Collection[Summary], *, most: int) -> None:
        """Refuse what is no result of a bench.

        Parameters
        ----------
        read
            Outcomes of the bench.
        summaries
            Its summaries.
        most
            Simulations that one rate may cost.

        Raises
        ------
        ValueError
            It has other outcomes, summaries or distributions, or a rate that cost more.
        """
        if not {*self.counts, *self.twins, *self.twins.values(), *self.events} <= set(read):
            raise ValueError(f"outcomes must be of {', '.join(read)}")
        columns, measured = {one.column for one in summaries}, {one.measured for one in summaries}
        if set(self.summaries) != columns:
            raise ValueError(f"summaries must be {', '.join(sorted(columns))}")
        if not set(self.distributions) <= measured:
            raise ValueError(f"distributions must be of {', '.join(sorted(measured))}")
        if any(event.estimate.simulations > most for event in self.events.values()):
            raise ValueError(f"a rate must cost at most {most} simulations")

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        plain |= {
            "counts": dict(sorted(self.counts.items())),
            "events": {read: event.to_json() for read, event in sorted(self.events.items())},
        }
        found = {name: one.to_json() for name, one in sorted(plain.pop("distributions").items())}
        return plain | ({"distributions": found} if found else {})

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read plain values back.

        Parameters
        ----------
        data
            What :meth:`to_json` returned.

        Raises
        ------
        KeyError, TypeError, ValueError
            They are not those of a result.
        """
        if set(data) | {"distributions"} != set(cls.__slots__):
            raise ValueError(f"keys must be {', '.join(cls.__slots__)}")
        counts = {str(read): int(count) for read, count in data["counts"].items()}
        if min(counts.values(), default=-1) < 0 or type(data["failed"]) is not int or data["failed"] < 0:
            raise ValueError("counts must not be negative, and there must be some")
        if not isinstance(data["symmetric"], bool):
            raise TypeError(f"symmetric must be true or false, is {data['symmetric']!r}")
        return cls(
            counts=counts,
            failed=data["failed"],
            summaries={str(name): _number(value) for name, value in data["summaries"].items()},
            symmetric=data["symmetric"],
            twins={str(read): str(twin) for read, twin in data["twins"].items()},
            events={str(read): EventResult.from_json(event) for read, event in data["events"].items()},
            distributions={
                str(name): Distribution.from_json(one) for name, one in data.get("distributions", {}).items()
            },
        )


def _number(value: object) -> float | None:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise TypeError(f"a summary must be a number or null, is {value!r}")
