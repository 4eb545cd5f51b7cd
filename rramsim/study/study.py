"""The study file: schema, defaults and validation.

A study is one TOML file. It is read once into frozen values and never written back. Quantities are SI numbers or texts
with a unit (``"50 ns"``). Everything wrong with a file is reported at once, each problem with its key, its value and
what is allowed.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, PrivateAttr, StrictInt, StrictStr, ValidationError

from rramsim.alphabets import Alphabet
from rramsim.ber.settings import BerSection
from rramsim.circuits.bench import AbstractBench
from rramsim.circuits.benches.pair.settings import ReadSection
from rramsim.circuits.coding import Coding
from rramsim.circuits.environment import Environment
from rramsim.circuits.settings import BenchSection, CornersSection, TechnologySection
from rramsim.circuits.technology import Technology, load_technology
from rramsim.devices.settings import DevicesSection
from rramsim.eqprop.section import EqpropSection
from rramsim.errors import InputError, Problem, StudyError
from rramsim.files import exists, resolved
from rramsim.merit.settings import MeritSection
from rramsim.nn.asked import AskedNetwork
from rramsim.nn.injection_settings import InjectionSection
from rramsim.nn.settings import ArraySection, NetworkSection
from rramsim.study.benches import BenchUse, correlation_problems, find_uses, name_problems
from rramsim.study.budget import budget_problems
from rramsim.study.merits import merit_identity, merit_problems
from rramsim.study.networks import cells_of, network_problems, networks_identity, resolve_networks
from rramsim.validation import Name, Section, parse_toml, problems, read_toml, without_none
from rramsim.weights import WeightKind

if TYPE_CHECKING:
    from rramsim.ber.plan import Sweep


class General(Section):
    """[study]: what it is called and the seed of every random number in it."""

    name: Name
    title: StrictStr = ""
    seed: Annotated[StrictInt, Field(ge=0)] = 0


class Study(Section):
    """A whole study, as read from its file."""

    study: General
    technology: TechnologySection = TechnologySection()
    devices: DevicesSection = DevicesSection()
    corners: CornersSection = CornersSection()
    read: ReadSection = ReadSection()
    bench: tuple[BenchSection, ...] = ()
    ber: BerSection = BerSection()
    merit: MeritSection = MeritSection()
    network: tuple[NetworkSection, ...] = ()
    eqprop: tuple[EqpropSection, ...] = ()
    array: ArraySection = ArraySection()
    injection: InjectionSection = InjectionSection()

    _folder: Path = PrivateAttr(default=Path())
    _file: Path | None = PrivateAttr(default=None)
    _told: Path = PrivateAttr(default=Path("the study"))

    @property
    def told(self) -> Path:
        """What messages call its file."""
        return self._told

    @property
    def file(self) -> Path | None:
        """The file that it was read from; None where there was none, or a pipe, which nobody can read again."""
        return self._file

    @property
    def folder(self) -> Path:
        """Where the file lies, or the current folder for a pipe: relative paths in it start here."""
        return self._folder

    @cached_property
    def technology_file(self) -> Technology:
        """The technology that the study names."""
        return load_technology(self.technology.card, relative_to=self.folder)

    @cached_property
    def environments(self) -> tuple[Environment, ...]:
        """What the benches are given: one for each condition of the devices."""
        return tuple(
            Environment(
                technology=self.technology_file, devices=devices, correlations=self.devices.correlations,
                condition=condition,
            )
            for condition, devices in self.devices.conditions.items()
        )  # fmt: skip

    @cached_property
    def benches(self) -> tuple[AbstractBench, ...]:
        """What is simulated."""
        uses, _ = self._uses
        return tuple(bench for environment in self.environments for use in uses for bench in use.benches(environment))

    @property
    def codings(self) -> tuple[Coding, ...]:
        """The cells of the tables."""
        return tuple(coding for bench in self.benches for coding in bench.codings)

    @property
    def alphabets(self) -> dict[str, Alphabet]:
        """Alphabet of each cell of the tables, by name."""
        return {coding.name: coding.alphabet for coding in self.codings}

    @cached_property
    def sweep(self) -> Sweep:
        """What is swept."""
        from rramsim.ber.plan import Sweep

        return Sweep(
            benches=self.benches,
            corners=self.corners.grid,
            estimation=self.ber.estimation,
            seed=self.study.seed,
        )

    @property
    def identity(self) -> dict[str, str]:
        """Digests of what is swept, injected into which networks, mapped, and found of merit; without paths."""
        return {"sweep": self.sweep.identity, **networks_identity(self), **merit_identity(self)}

    @property
    def networks(self) -> tuple[AskedNetwork, ...]:
        """All of its networks, however they are trained."""
        return (*self.network, *self.eqprop)

    @property
    def measured(self) -> tuple[AskedNetwork, ...]:
        """Networks that have data: the others are mapped only."""
        return tuple(network for network in self.networks if network.has_data)

    @property
    def network_cells(self) -> dict[str, tuple[str, ...]]:
        """Cells whose errors each network gets, by its name."""
        alphabets = self.alphabets
        return {one.name: cells_of(one, alphabets) for one in self.networks}

    @property
    def injected(self) -> dict[str, WeightKind]:
        """Each cell whose errors some network gets, while it learns too, and the weights that it stores."""
        met = {one.errors_at.cell: one.kind for one in self.measured if one.errors_at and one.kind}
        return met | {cell: one.kind for one in self.measured if one.kind for cell in self.network_cells[one.name]}

    @cached_property
    def _uses(self) -> tuple[list[BenchUse], list[Problem]]:
        """The benches that the file names, and what is wrong with the others."""
        # A file that has benches of its own reads cells only where it says so.
        reads = not self.bench or "read" in self.model_fields_set
        return find_uses(self.read if reads else None, self.bench, self.folder)

    def resolved(self) -> dict[str, Any]:
        """Every key with its value, defaults included, as plain TOML values; paths are absolute."""
        data: dict[str, Any] = without_none(self.model_dump(mode="json"))
        if self.technology.card.endswith(".toml"):
            data["technology"]["card"] = str(self.technology_file.path)
        uses, _ = self._uses
        settings = {use.place: without_none(use.settings.model_dump(mode="json")) for use in uses}
        data["read"] = settings.get(("read",), {})
        data["bench"] = [
            {"name": use.name, "use": use.use, "settings": settings[use.place]} for use in uses if use.name
        ]
        data = {key: value for key, value in data.items() if value not in ({}, [])}
        resolve_networks(self, data)
        return data


def load_study(path: Path | str) -> Study:
    """Read and check a study file. It is read once: it may be a pipe.

    Parameters
    ----------
    path
        A TOML file.

    Raises
    ------
    MissingResourceError
        No such file.
    StudyError
        The file is not TOML, or holds something that cannot be used; every problem is listed.
    """
    file = Path(path)
    data = read_toml(file)
    found = resolved(file)
    if not exists(found):  # a pipe without a name, as of a shell's <(...): nothing lies beside it
        return _checked(data, told=file, file=None, folder=resolved(Path()))
    return _checked(data, told=file, file=found, folder=found.parent)


def parse_study(content: bytes, *, told: str) -> Study:
    """Check a study that has been read from no file; relative paths in it start at the current folder.

    Parameters
    ----------
    content
        TOML.
    told
        What messages call it.

    Raises
    ------
    StudyError
        It is not TOML, or holds something that cannot be used; every problem is listed.
    """
    return _checked(parse_toml(content, Path(told)), told=Path(told), file=None, folder=resolved(Path()))


def build_study(*, name: str, title: str = "", seed: int = 0, folder: Path | str = ".", **sections: Any) -> Study:
    """Make a study without a file, with the same keys and the same checks.

    Parameters
    ----------
    name, title, seed
        Of the section [study].
    folder
        Where relative paths in it start.
    **sections
        The other sections of a study file by name, as plain values: dictionaries, and lists of them for [[network]] and
        [[bench]].

    Raises
    ------
    StudyError
        It holds something that cannot be used; every problem is listed.

    Examples
    --------
    >>> study = build_study(name="first", corners={"vdd_v": [1.1, 1.2]}, read={"t_sense_s": "40 ns"})
    >>> [corner.id for corner in study.corners.grid], study.read.t_sense_s
    (['tt_27c_1v1', 'tt_27c_1v2'], 4e-08)
    """
    data = dict(study={"name": name, "title": title, "seed": seed}, **sections)  # an error where "study" is there too
    return _checked(data, told=Path("build_study"), file=None, folder=resolved(Path(folder)))


def _checked(data: dict[str, Any], *, told: Path, file: Path | None, folder: Path) -> Study:
    """Study of a file's or a caller's values."""
    try:
        study = Study.model_validate(data, context={"folder": folder})
    except ValidationError as error:
        raise StudyError(told, problems(error, Study)) from None
    study._folder, study._file, study._told = folder, file, told
    found = _cross_check(study)
    if found:
        raise StudyError(told, found)
    return study


def _cross_check(study: Study) -> list[Problem]:
    """Find what only shows when sections are seen together."""
    found: list[Problem] = []
    try:
        technology = study.technology_file
    except StudyError:  # names the technology file itself
        raise
    except InputError as error:
        return [Problem(key="technology.card", value=study.technology.card, message=str(error))]
    for corner in study.corners.grid:
        found += [
            Problem(key=f"corners.{key}", value=value, message=message)
            for key, value, message in technology.outside_validity(corner)
        ]
    uses, unusable = study._uses
    first = study.corners.grid[0]
    for environment in study.environments:
        unusable += [problem for use in uses for problem in use.problems(environment, first)]
    if not (unusable or found):
        correlations = study.devices.correlations
        unusable = name_problems(study.benches) + correlation_problems(study.benches, correlations, first)
        unusable += budget_problems(study.ber, study.benches, first) if not unusable else []
    found += unusable
    # Corners share axes: tell each problem once.
    found = list({str(problem): problem for problem in found}.values())
    return found if unusable else found + merit_problems(study) + network_problems(study)
