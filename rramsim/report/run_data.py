"""What a run folder holds, read and checked once."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from rramsim.ber.reliability import read_reliability_table
from rramsim.ber.table import read_ber_table
from rramsim.corners import CORNER_COLUMNS, ProcessCorner
from rramsim.errors import MissingResourceError, TableError
from rramsim.nn.accuracy_table import read_accuracy_table
from rramsim.validation import read_toml
from rramsim.weights import WeightKind

T = TypeVar("T")

_TEXTS = ("cell", "process", "programmed", "task_id")
_READS = (
    "cell", *CORNER_COLUMNS, "programmed", "reads", "latched", "latching_time_median_s", "latching_time_p95_s",
    "margin_median_v", "energy_mean_j", "energy_std_j",
)  # fmt: skip
_WAVEFORMS = ("cell", *CORNER_COLUMNS, "programmed", "time_s", "sen_v", "q_v", "qb_v", "bl_v", "blb_v")
_WINDOW = (*CORNER_COLUMNS, "r_bl_ohm", "r_blb_ohm", "latching_time_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunData:
    """Tables of a run; those that are not there are None, files of keys that are not there are empty."""

    path: Path
    study: dict[str, Any]
    provenance: dict[str, Any]
    ber: pd.DataFrame
    reads: pd.DataFrame | None
    reliability: pd.DataFrame | None
    waveforms: pd.DataFrame | None
    window: pd.DataFrame | None
    accuracy: pd.DataFrame | None

    @property
    def t_sense(self) -> float:
        """Sense time of the BER table [s]."""
        return float(self.ber["t_sense_s"].iloc[0])

    @property
    def title(self) -> str:
        """Title of the study, or its name, or the folder's."""
        study = _section(self.study, "study") or _section(self.provenance, "study")
        return str(study.get("title") or study.get("name") or self.path.resolve().name)


def load_run(path: Path) -> RunData:
    """Read a run folder.

    Raises
    ------
    MissingResourceError
        No such folder, or it holds no BER table.
    TableError
        A table or ``provenance.json`` is damaged.
    StudyError
        ``study.toml`` is not TOML.
    """
    if not path.is_dir():
        raise MissingResourceError(f"no run folder {path}; make one with: rramsim run STUDY --out {path}")
    return RunData(
        path=path,
        study=_optional(path / "study.toml", read_toml) or {},
        provenance=_optional(path / "provenance.json", _read_json) or {},
        ber=_read_ber(path / "ber.csv"),
        reads=_optional(path / "reads.csv", _read_reads),
        reliability=_optional(path / "reliability.csv", read_reliability_table),
        waveforms=_optional(path / "waveforms.csv", lambda file: _read_csv(file, _WAVEFORMS)),
        window=_optional(path / "window.csv", lambda file: _read_csv(file, _WINDOW)),
        accuracy=_optional(path / "accuracy.csv", _read_accuracy),
    )


def _optional(path: Path, read: Callable[[Path], T]) -> T | None:
    return read(path) if path.is_file() else None


def _section(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def _read_json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise TableError(f"{path} is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise TableError(f"{path} must hold one JSON object, not a {type(data).__name__}")
    return data


def _read_ber(path: Path) -> pd.DataFrame:
    frame = read_ber_table(path)
    if frame.empty:
        raise TableError(f"{path} has no rows; finish the sweep with: rramsim sweep STUDY --out {path.parent}")
    _check_corners(path, frame)
    _check_numbers(path, frame, ("t_sense_s",))
    _check_unique(path, frame, ("cell", *CORNER_COLUMNS, "programmed", "read"))
    return frame


def _read_reads(path: Path) -> pd.DataFrame:
    frame = _read_csv(path, _READS)
    _check_unique(path, frame, ("cell", *CORNER_COLUMNS, "programmed"))
    return frame


def _read_accuracy(path: Path) -> pd.DataFrame:
    frame = read_accuracy_table(path)
    swept = frame[frame["process"] != ""]
    _check_corners(path, swept)
    _check_numbers(path, frame, ("rate", "baseline"))
    _check_unique(path, frame, ("network", "mode", "cell", *CORNER_COLUMNS, "error_type", "rate"))
    return frame


def _read_csv(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    try:
        frame = pd.read_csv(path, dtype=dict.fromkeys(_TEXTS, str))
    except (ValueError, UnicodeDecodeError) as error:
        raise TableError(f"{path} is not a table: {error}") from None
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise TableError(f"{path} is damaged: column {', '.join(missing)} missing")
    if frame.empty:
        raise TableError(f"{path} is damaged: it has no rows")
    _check_corners(path, frame)
    _check_numbers(path, frame, [name for name in columns if name not in _TEXTS])
    if "programmed" in columns:
        known = WeightKind.TERNARY.programmed
        unknown = sorted(set(frame["programmed"].astype(str)) - set(known))
        if unknown:
            raise TableError(f"{path}, column programmed: {unknown[0]!r} is not one of {', '.join(known)}")
    return frame


def _check_corners(path: Path, frame: pd.DataFrame) -> None:
    unknown = sorted(set(frame["process"].astype(str)) - set(ProcessCorner))
    if unknown:
        raise TableError(f"{path}, column process: {unknown[0]!r} is not one of {', '.join(ProcessCorner)}")
    _check_numbers(path, frame, ("vdd_v", "temperature_c"))
    supplies, temperatures = frame["vdd_v"].astype(float), frame["temperature_c"].astype(float)
    if not (np.isfinite(supplies) & (supplies > 0) & np.isfinite(temperatures) & (temperatures > -273.15)).all():
        raise TableError(f"{path} holds a corner with an impossible vdd_v or temperature_c")


def _check_numbers(path: Path, frame: pd.DataFrame, columns: Sequence[str]) -> None:
    for name in columns:
        if not pd.api.types.is_numeric_dtype(frame[name]) and not frame.empty:
            raise TableError(f"{path}, column {name}: holds a value that is not a number")


def _check_unique(path: Path, frame: pd.DataFrame, keys: Sequence[str]) -> None:
    twice = frame.duplicated(list(keys))
    if twice.any():
        row = int(twice.to_numpy().argmax())
        found = ", ".join(str(frame[key].iloc[row]) for key in keys)
        raise TableError(
            f"{path}, row {row + 2}: {found} is there twice; one row is allowed for each {', '.join(keys)}"
        )
