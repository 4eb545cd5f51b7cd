"""The study file: schema, defaults and validation.

A study is one TOML file. It is read once into frozen values and never written back. Quantities are SI numbers or texts
with a unit (``"50 ns"``). Everything wrong with a file is reported at once, each problem with its key, its value and
what is allowed.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PrivateAttr, StrictInt, StrictStr, ValidationError

from rramsim.ber.plan import Sweep
from rramsim.ber.settings import BerSection
from rramsim.circuits.catalog import Cell, geometry_problems
from rramsim.circuits.circuit_file import load_cell
from rramsim.circuits.read_deck import EDGE_TIME
from rramsim.circuits.settings import CornersSection, ReadSection, TechnologySection
from rramsim.circuits.technology import Technology, load_technology
from rramsim.devices.settings import DevicesSection
from rramsim.errors import InputError, MissingResourceError, Problem, StudyError
from rramsim.nn.settings import InjectionSection, NetworkSection
from rramsim.runs.folder import RunFolder
from rramsim.validation import Name, Section, dotted, problems, read_toml
from rramsim.weights import WeightKind


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
    ber: BerSection = BerSection()
    network: tuple[NetworkSection, ...] = ()
    injection: InjectionSection = InjectionSection()

    _folder: Path = PrivateAttr(default=Path())

    @property
    def folder(self) -> Path:
        """Where the file lies: relative paths in it start here."""
        return self._folder

    @cached_property
    def technology_file(self) -> Technology:
        """The technology that the study names."""
        return load_technology(self.technology.card, relative_to=self.folder)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The cells that are read."""
        return tuple(load_cell(name, relative_to=self.folder) for name in self.read.cells)

    @property
    def sweep(self) -> Sweep:
        """What is swept."""
        return Sweep(
            cells=self.cells,
            corners=self.corners.grid,
            technology=self.technology_file,
            conditions=self.read.conditions,
            devices=self.devices.statistics,
            mismatch=self.read.mismatch,
            correlations=tuple((*item.between, item.coefficient) for item in self.devices.correlation),
            estimation=self.ber.estimation,
            seed=self.study.seed,
        )

    @property
    def cell_names(self) -> dict[WeightKind, str]:
        """The first cell of the study that stores each kind of weights; a kind that none stores is left out."""
        return {cell.weights: cell.name for cell in reversed(self.cells)}

    def resolved(self) -> dict[str, Any]:
        """Every key with its value, defaults included, as plain TOML values; paths are absolute."""
        data: dict[str, Any] = _without_none(self.model_dump(mode="json"))
        if self.technology.card.endswith(".toml"):
            data["technology"]["card"] = str(self.technology_file.path)
        data["read"]["cells"] = [
            str((self.folder / name).resolve()) if name.endswith(".toml") else name for name in self.read.cells
        ]
        for network in data["network"]:
            if "file" in network:
                network["file"] = str((self.folder / network["file"]).resolve())
        return data


def load_study(path: Path) -> Study:
    """Read and check a study file.

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
    data = read_toml(path)
    try:
        study = Study.model_validate(data)
    except ValidationError as error:
        raise StudyError(path, problems(error, Study)) from None
    study._folder = path.resolve().parent
    found = _cross_check(study)
    if found:
        raise StudyError(path, found)
    return study


def load_run_study(folder: RunFolder) -> Study:
    """Study of a run folder.

    Parameters
    ----------
    folder
        The folder.

    Raises
    ------
    MissingResourceError
        There is no such folder, or it holds no study.
    StudyError
        The study cannot be used.
    """
    path = folder.path / "study.toml"
    if not path.is_file():
        reason = "holds no study.toml" if folder.path.is_dir() else "does not exist"
        raise MissingResourceError(f"{folder.path} is no run folder: it {reason}")
    return load_study(path)


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
    if study.read.v_word_line_v > technology.vdd_max:
        message = f"is beyond the validity of {technology.name}: at most {technology.vdd_max} V"
        found.append(Problem(key="read.v_word_line_v", value=study.read.v_word_line_v, message=message))
    cell_problems = _cell_problems(study)
    if not cell_problems:
        cell_problems = [
            Problem(key=dotted(("read", "geometry", *keys)), value=value, message=message)
            for keys, value, message in geometry_problems(study.cells, study.read.conditions.geometry)
        ]
    found += cell_problems
    if study.read.t_sense_s <= EDGE_TIME:
        message = f"must be longer than the edge of sense enable, {EDGE_TIME:g} s"
        found.append(Problem(key="read.t_sense_s", value=study.read.t_sense_s, message=message))
    if study.read.max_step_s > study.read.t_sense_s:
        message = "must not exceed read.t_sense_s"
        found.append(Problem(key="read.max_step_s", value=study.read.max_step_s, message=message))
    if not found:
        found += _spread_problems(study)
    # Corners share axes: tell each problem once.
    found = [problem for index, problem in enumerate(found) if problem not in found[:index]]
    return found if cell_problems else found + _network_problems(study)


def _cell_problems(study: Study) -> list[Problem]:
    found, names = [], []
    for index, name in enumerate(study.read.cells):
        key = f"read.cells[{index}]"
        try:
            cell = load_cell(name, relative_to=study.folder)
        except InputError as error:
            found.append(Problem(key=key, value=name, message=str(error)))
            continue
        if cell.name in names:
            found.append(Problem(key=key, value=name, message=f"another cell is called {cell.name}, too"))
        names.append(cell.name)
    return found


def _spread_problems(study: Study) -> list[Problem]:
    """Correlations of sources that a cell does not have, or that contradict each other."""
    value = [[*item.between, item.coefficient] for item in study.devices.correlation]
    try:
        for deck in study.sweep.decks() if value else ():
            for programmed in deck.cell.weights.programmed:
                study.sweep.spread(deck, programmed)
    except InputError as error:
        return [Problem(key="devices.correlation", value=value, message=str(error))]
    return []


def _network_problems(study: Study) -> list[Problem]:
    found = []
    names = [network.name for network in study.network]
    for index, network in enumerate(study.network):
        if names.index(network.name) < index:
            found.append(Problem(key=f"network[{index}].name", value=network.name, message="is used twice"))
        if network.weights not in study.cell_names and not study.injection.ladder:
            message = f"no cell in read.cells stores {network.weights} weights, and injection.ladder is empty"
            found.append(Problem(key=f"network[{index}].weights", value=str(network.weights), message=message))
    return found


def _without_none(value: Any) -> Any:
    """TOML has no null: a key that is None is left out."""
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_none(item) for item in value]
    return value
