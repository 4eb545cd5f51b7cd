"""What a run folder holds, read and checked once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from rramsim.ber.table import read_ber_table
from rramsim.errors import MissingResourceError, TableError
from rramsim.nn.accuracy_table import read_accuracy_table
from rramsim.validation import read_toml


@dataclass(frozen=True, slots=True, kw_only=True)
class RunData:
    """Tables of a run; those that are not there are None."""

    path: Path
    study: dict[str, Any]
    provenance: dict[str, Any]
    ber: pd.DataFrame
    reads: pd.DataFrame | None
    waveforms: pd.DataFrame | None
    window: pd.DataFrame | None
    accuracy: pd.DataFrame | None


def load_run(path: Path) -> RunData:
    """Read a run folder.

    Raises
    ------
    MissingResourceError
        No such folder, or it holds no BER table.
    TableError
        A table is damaged.
    """
    if not path.is_dir():
        raise MissingResourceError(f"no run folder {path}; make one with: rramsim run STUDY --out {path}")
    return RunData(
        path=path,
        study=_optional(path / "study.toml", read_toml) or {},
        provenance=_optional(path / "provenance.json", _read_json) or {},
        ber=read_ber_table(path / "ber.csv"),
        reads=_optional(path / "reads.csv", _read_csv),
        waveforms=_optional(path / "waveforms.csv", _read_csv),
        window=_optional(path / "window.csv", _read_csv),
        accuracy=_optional(path / "accuracy.csv", read_accuracy_table),
    )


def _optional(path: Path, read: Callable[[Path], Any]) -> Any:
    return read(path) if path.is_file() else None


def _read_json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise TableError(f"{path} is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise TableError(f"{path} must hold one JSON object")
    return data


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype={"programmed": str, "cell": str, "process": str, "task_id": str})
    except (ValueError, UnicodeDecodeError) as error:
        raise TableError(f"{path} is not a table: {error}") from None
