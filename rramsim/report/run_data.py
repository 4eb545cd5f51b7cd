"""What a run folder holds, read and checked once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from rramsim.alphabets import Alphabet, ErrorClass
from rramsim.errors import MissingResourceError, TableError
from rramsim.files import is_file, is_folder
from rramsim.nn.confusions import consistent
from rramsim.report.marks import edited_study, own_files, stale_files
from rramsim.report.provenance import PROVENANCE
from rramsim.report.recorded import check_recorded
from rramsim.runs.stamps import read_stamps
from rramsim.study.run_folder import STUDY_FILE
from rramsim.tables.ber import BER
from rramsim.tables.causes import CAUSES
from rramsim.tables.deployed import TABLES as SETTLING
from rramsim.tables.distributions import DISTRIBUTIONS
from rramsim.tables.mapped import MAPPED
from rramsim.tables.measured import MEASURED
from rramsim.tables.merits import MERITS
from rramsim.tables.points import alphabet_of, read_points
from rramsim.tables.reads import READS
from rramsim.tables.table import Table
from rramsim.tables.training import TRAINING
from rramsim.tables.waveforms import WAVEFORMS
from rramsim.tables.window import WINDOW
from rramsim.validation import read_toml

T = TypeVar("T")

_FOUND = {name: table for tables in MERITS.values() for name, table in tables.items()}
_LATER = MEASURED | {"training": TRAINING} | SETTLING | MAPPED | _FOUND  # which no sweep writes


@dataclass(frozen=True, slots=True, kw_only=True)
class RunData:
    """Tables of a run; those that are not there are None, files of keys that are not there are empty.

    ``stale`` tells in a line each, by name, which files do not belong to the others, ``own`` which tables are not as
    rramsim wrote them.
    """

    path: Path
    alphabets: dict[str, Alphabet]
    study: dict[str, Any]
    provenance: dict[str, Any]
    ber: pd.DataFrame
    reads: pd.DataFrame | None
    distributions: pd.DataFrame | None
    reliability: pd.DataFrame | None
    directions: pd.DataFrame | None
    levels: pd.DataFrame | None
    waveforms: pd.DataFrame | None
    window: pd.DataFrame | None
    accuracy: pd.DataFrame | None
    chips: pd.DataFrame | None
    classes: pd.DataFrame | None
    tolerance: pd.DataFrame | None
    training: pd.DataFrame | None
    deployed: pd.DataFrame | None
    learning: pd.DataFrame | None
    mapping: pd.DataFrame | None
    energy: pd.DataFrame | None
    vmin: pd.DataFrame | None
    vmin_rates: pd.DataFrame | None
    balance: pd.DataFrame | None
    balance_rates: pd.DataFrame | None
    shmoo: pd.DataFrame | None
    size: pd.DataFrame | None
    size_steps: pd.DataFrame | None
    codes: pd.DataFrame | None
    offset: pd.DataFrame | None
    stale: dict[str, str]
    own: dict[str, str]

    @property
    def joined(self) -> RunData:
        """The same without what does not belong together."""
        tables = {"reads": READS, "distributions": DISTRIBUTIONS, "waveforms": WAVEFORMS, "window": WINDOW, **CAUSES}
        left_out: dict[str, Any] = {name: None for name, table in (tables | _LATER).items() if table.file in self.stale}
        if BER.file in self.stale:
            left_out["ber"] = self.ber.iloc[:0]
        if PROVENANCE in self.stale:
            left_out["provenance"] = {}
        return replace(self, **left_out)

    @property
    def cells(self) -> list[str]:
        """Names of the cells of the BER table, in its order."""
        return list(dict.fromkeys(map(str, self.ber["cell"])))

    def t_sense(self, cell: str) -> float | None:
        """When a cell is judged [s]; None if its bench does not say.

        Parameters
        ----------
        cell
            Name of the cell.
        """
        times = self.ber.loc[self.ber["cell"] == cell, "t_sense_s"].dropna()
        return None if times.empty else float(times.iloc[0])

    def error(self, cell: str, symbol: str) -> ErrorClass:
        """A kind of error that a cell can make.

        Parameters
        ----------
        cell
            Name of the cell.
        symbol
            As the tables spell the kind.
        """
        return alphabet_of(cell, self.alphabets).kind(symbol)

    @property
    def general(self) -> dict[str, Any]:
        """Section [study] of ``study.toml``; empty where that has none."""
        return _section(self.study, "study")

    @property
    def title(self) -> str:
        """Title of the study, or its name, or the folder's."""
        study = self.general or _section(self.provenance, "study")
        return str(study.get("title") or study.get("name") or self.path.resolve().name)


def load_run(path: Path | str) -> RunData:
    """Read a run folder.

    Parameters
    ----------
    path
        The folder.

    Raises
    ------
    MissingResourceError
        No such folder, or it holds no BER table.
    TableError
        A table or ``provenance.json`` is damaged.
    StudyError
        ``study.toml`` is not TOML.
    """
    path = run_folder(path)
    recorded = path / PROVENANCE
    provenance = _optional(recorded, _read_provenance) or {}
    alphabets = _alphabets(provenance, recorded)

    def points(table: Table) -> pd.DataFrame | None:
        return _optional(path / table.file, lambda file: _filled(file, read_points(table, file, alphabets)))

    stamps, ber = read_stamps(path), path / BER.file
    study = _optional(path / STUDY_FILE, read_toml) or {}
    return RunData(
        path=path,
        alphabets=alphabets,
        study=study,
        provenance=provenance,
        ber=_filled(ber, read_points(BER, ber, alphabets, *consistent(own=stamps.origin(ber) is None))),
        reads=points(READS),
        distributions=_optional(path / DISTRIBUTIONS.file, partial(read_points, DISTRIBUTIONS, alphabets=alphabets)),
        # Without rows where every rate was counted.
        **{
            name: _optional(path / table.file, partial(read_points, table, alphabets=alphabets))
            for name, table in CAUSES.items()
        },
        waveforms=points(WAVEFORMS),
        window=_optional(path / WINDOW.file, lambda file: _filled(file, WINDOW.read(file))),
        **{name: _optional(path / table.file, table.read) for name, table in _LATER.items()},
        stale=stale_files(path, stamps) | edited_study(study, stamps),
        own=own_files(path, stamps),
    )


def check_left(folder: Path) -> None:
    """Read the tables that a sweep leaves as they are: a damaged one would be told when all is done.

    Parameters
    ----------
    folder
        Run folder.

    Raises
    ------
    TableError
        One is damaged.
    """
    for table in _LATER.values():
        _optional(folder / table.file, table.read)


def run_folder(path: Path | str) -> Path:
    """Path of a run folder.

    Parameters
    ----------
    path
        The folder.

    Raises
    ------
    MissingResourceError
        There is none.
    """
    folder = Path(path)
    if not is_folder(folder):
        raise MissingResourceError(f"no run folder {folder}; make one with: rramsim run STUDY --out {folder}")
    return folder


def _optional(path: Path, read: Callable[[Path], T]) -> T | None:
    return read(path) if is_file(path) else None


def _section(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def _read_provenance(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise TableError(f"{path} is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise TableError(f"{path} must hold one JSON object, not a {type(data).__name__}")
    try:
        check_recorded(data)
    except ValueError as error:
        raise TableError(f"{path} is damaged, or of another version: {error}") from None
    return data


def _alphabets(provenance: dict[str, Any], path: Path) -> dict[str, Alphabet]:
    """Alphabets of the run's cells, by name; none of a run that does not say."""
    found = provenance.get("alphabets", {})
    try:
        return {str(cell): Alphabet.from_json(data) for cell, data in found.items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise TableError(f"{path} is damaged: alphabets: {type(error).__name__} {error}") from None


def _filled(path: Path, frame: pd.DataFrame) -> pd.DataFrame:
    if frame.empty:
        raise TableError(f"{path} has no rows; finish the sweep with: rramsim sweep STUDY --out {path.parent}")
    return frame
