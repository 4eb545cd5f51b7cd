"""The benches that a study file names: found, with their settings checked, each problem with its key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rramsim.circuits.bench import AbstractBench
from rramsim.circuits.benches.catalog import BENCHES, find_bench
from rramsim.circuits.benches.pair.settings import ReadSection
from rramsim.circuits.benches.pcsa_read import PcsaRead
from rramsim.circuits.environment import Environment
from rramsim.circuits.mirror import proved_mirror
from rramsim.circuits.settings import BenchSection
from rramsim.circuits.source import absolute
from rramsim.corners import Corner
from rramsim.devices.spread import SpreadSpace
from rramsim.errors import InputError, Problem
from rramsim.files import canonical_json
from rramsim.validation import Section, dotted, problems


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchUse:
    """A bench as a study names it.

    Parameters
    ----------
    place
        Keys down to its settings.
    name
        What the study calls it; empty for the reads of [read].
    use
        How it is found again from any folder.
    bench
        Its class.
    settings
        Resolved settings.
    """

    place: tuple[str | int, ...]
    name: str
    use: str
    bench: type[AbstractBench]
    settings: Section

    def benches(self, environment: Environment) -> tuple[AbstractBench, ...]:
        """What is simulated.

        Parameters
        ----------
        environment
            Of the study; its condition goes before the name.
        """
        name = "_".join(part for part in (environment.condition, self.name) if part)
        return self.bench.benches(name, self.settings, environment)

    def problems(self, environment: Environment, corner: Corner) -> Iterator[Problem]:
        """What is wrong with its settings, or with what a class of the user's makes of them.

        Parameters
        ----------
        environment
            Of the study.
        corner
            One of its corners.
        """
        alone = replace(environment, correlations=())  # whose own problems are told with their key
        try:
            found = [
                Problem(key=dotted((*self.place, *keys)), value=value, message=message)
                for keys, value, message in self.bench.problems(self.settings, environment)
            ]
            yield from found
            for bench in self.benches(environment) if not found else ():
                _ = bench.codings, bench.deck(corner), canonical_json(dict(bench.identity))
                for programmed in bench.alphabet.programmed:
                    bench.sources(corner, programmed)
                proved_mirror(replace(bench, environment=alone), corner)
        except Exception as error:
            if self.use in BENCHES and not isinstance(error, InputError):
                raise
            yield Problem(key=dotted(self.place), value=self.use, message=_told(error))


def _told(error: Exception) -> str:
    """What a class of the user's raised, which may be anything."""
    return str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"


def find_uses(
    read: ReadSection | None, sections: Sequence[BenchSection], folder: Path
) -> tuple[list[BenchUse], list[Problem]]:
    """Find the benches that a study names.

    Parameters
    ----------
    read
        Its section [read]; None where no cell is read.
    sections
        Its sections [[bench]].
    folder
        Where relative paths start.

    Returns
    -------
    list of BenchUse, list of Problem
        What was found, and what is wrong with the rest.
    """
    found, wrong = [], []
    if read is not None:
        settings = PcsaRead.resolved(read, folder)
        found.append(BenchUse(place=("read",), name="", use="pcsa_read", bench=PcsaRead, settings=settings))
    for index, section in enumerate(sections):
        place: tuple[str | int, ...] = ("bench", index)
        try:
            bench = find_bench(section.use, relative_to=folder)
            settings = bench.resolved(bench.Settings.model_validate(section.settings), folder)
        except ValidationError as error:
            wrong += [
                Problem(key=f"{dotted((*place, 'settings'))}.{item.key}", value=item.value, message=item.message)
                for item in problems(error, bench.Settings)
            ]
        except Exception as error:
            wrong.append(Problem(key=dotted((*place, "use")), value=section.use, message=_told(error)))
        else:
            use = absolute(section.use, relative_to=folder)
            place = (*place, "settings")
            found.append(BenchUse(place=place, name=section.name, use=use, bench=bench, settings=settings))
    return found, wrong


def name_problems(benches: Sequence[AbstractBench]) -> list[Problem]:
    """Cells of the tables that have one name.

    Parameters
    ----------
    benches
        Of a study.
    """
    names = [coding.name for bench in benches for coding in bench.codings]
    twice = sorted({name for name in names if names.count(name) > 1})
    return [Problem(key="bench", value=name, message="is the name of more than one cell or bench") for name in twice]


def correlation_problems(
    benches: Sequence[AbstractBench], correlations: Sequence[tuple[str, str, float]], corner: Corner
) -> list[Problem]:
    """Correlations of sources that no bench has, or that contradict each other.

    Parameters
    ----------
    benches
        Of a study.
    correlations
        (source, source, coefficient).
    corner
        One of its corners.
    """
    known = [bench.sources(corner, bench.alphabet.programmed[0]) for bench in benches]
    try:
        for item in correlations:
            shared = [sum(source.name in item[:2] for source in sources) for sources in known]
            # The bench that knows most of it also tells best what is wrong.
            SpreadSpace(sources=known[shared.index(max(shared))], correlations=(item,))
        for bench in benches if correlations else ():
            for programmed in bench.alphabet.programmed:
                bench.spread(corner, programmed)
    except InputError as error:
        value: list[list[Any]] = [list(item) for item in correlations]
        return [Problem(key="devices.correlation", value=value, message=str(error))]
    return []
