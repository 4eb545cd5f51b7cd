"""What of a run folder does not belong together, in one line each: nothing is joined that was made apart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rramsim.report.provenance import PROVENANCE
from rramsim.runs.stamps import Origin, Stamps, file_hash
from rramsim.study.run_folder import STUDY_FILE, injected_content, swept_content
from rramsim.tables.ber import BER
from rramsim.tables.causes import CAUSES
from rramsim.tables.deployed import TABLES as SETTLING
from rramsim.tables.distributions import DISTRIBUTIONS
from rramsim.tables.energy import ENERGY
from rramsim.tables.mapped import MAPPED
from rramsim.tables.mapping import MAPPING
from rramsim.tables.measured import MEASURED
from rramsim.tables.merits import MERITS
from rramsim.tables.reads import READS
from rramsim.tables.training import TRAINING
from rramsim.tables.waveforms import WAVEFORMS
from rramsim.tables.window import WINDOW

_CAUSES = [table.file for table in CAUSES.values()]
_SWEPT = (BER.file, READS.file, DISTRIBUTIONS.file, *_CAUSES, WAVEFORMS.file, WINDOW.file, PROVENANCE)
_MEASURED = [*(table.file for table in (MEASURED | SETTLING).values()), TRAINING.file]
_MAPPED = [table.file for table in MAPPED.values()]
# Files of figures of merit, and of which.
_MERITS = {table.file: name for name, tables in MERITS.items() for table in tables.values()}
_SWEEP = "run rramsim sweep again"
_INJECT = "run rramsim inject again"
_MAP = "run rramsim map again"


def stale_files(folder: Path, stamps: Stamps) -> dict[str, str]:
    """Files that were made for another study, or from another BER table, than those in the folder; told by a line each.

    Parameters
    ----------
    folder
        A run folder.
    stamps
        Its stamps.
    """
    origins = {name: stamps.origin(folder / name) for name in _SWEPT}
    current = {**(origins[BER.file] or {}), **stamps.study}
    found = {
        name: f"{name} was made for another study than the one in this folder: {_SWEEP}"
        for name, origin in origins.items()
        if origin is not None and _differ(origin, current)
    }
    for name in _CAUSES:
        if origins[BER.file] is None and origins[name] is not None:
            found.setdefault(name, f"{name} was made with another {BER.file}: {_SWEEP}")
    for name in _MEASURED:
        measured = stamps.origin(folder / name)
        told = "" if measured is None else _stale_measured(name, measured, folder, found, stamps.study)
        found |= {name: told} if told else {}
    for name in _MAPPED:
        mapped = stamps.origin(folder / name)
        told = "" if mapped is None else _stale_mapped(name, mapped, folder, found, stamps.study)
        found |= {name: told} if told else {}
    for name, figure in _MERITS.items():
        origin, asked = stamps.origin(folder / name), {key: current.get(key) for key in (f"merit.{figure}", "ngspice")}
        if origin is not None and any(origin.get(key) != digest for key, digest in asked.items() if stamps.study):
            found[name] = f"{name} was made for another study than the one in this folder: run rramsim {figure} again"
    return found


def _stale_measured(name: str, origin: Origin, folder: Path, found: Mapping[str, str], study: Origin) -> str:
    used = origin.get("ber", "")
    if used and used != file_hash(folder / BER.file):
        return f"{name} was made from another {BER.file}: {_INJECT}"
    if used and BER.file in found:
        return f"{name} was made from a {BER.file} of another study: run rramsim sweep and inject again"
    if origin.get("injection") != study.get("injection", origin.get("injection")):
        return f"{name} was made for other networks or another injection than the study names: {_INJECT}"
    return ""


def _stale_mapped(name: str, origin: Origin, folder: Path, found: Mapping[str, str], study: Origin) -> str:
    if origin.get("mapping") != study.get("mapping", origin.get("mapping")):
        return f"{name} was made for other networks or arrays than the study names: {_MAP}"
    if name != ENERGY.file:
        return ""
    for key, file in (("table", MAPPING.file), ("reads", READS.file)):
        if origin.get(key) != file_hash(folder / file):
            return f"{name} was made from another {file}: {_MAP}"
        if file in found:
            return f"{name} was made from a {file} of another study: run rramsim sweep and map again"
    return ""


def _differ(origin: Origin, current: Origin) -> bool:
    return any(key in current and current[key] != origin.get(key) for key in ("sweep", "ngspice"))


def own_files(folder: Path, stamps: Stamps) -> dict[str, str]:
    """Tables that are not as rramsim wrote them, told by a line each.

    Parameters
    ----------
    folder
        A run folder.
    stamps
        Its stamps.
    """
    tables = (*_SWEPT[:-1], *_MEASURED, *_MAPPED, *_MERITS)
    return {
        name: f"{name} is a table of your own, not as rramsim wrote it."
        for name in tables
        if (folder / name).is_file() and stamps.origin(folder / name) is None
    }


def edited_study(study: Mapping[str, Any], stamps: Stamps) -> dict[str, str]:
    """A line on a study that is no longer the one that the folder was stamped with; none where it is.

    Parameters
    ----------
    study
        What ``study.toml`` holds; empty for none.
    stamps
        Of the folder.
    """
    known = stamps.study
    if not study or not known:
        return {}
    if known.get("content") not in (None, swept_content(study)):
        return {STUDY_FILE: f"{STUDY_FILE} was changed since the tables were made: {_SWEEP}"}
    if known.get("injected") not in (None, injected_content(study)):
        told = f"{STUDY_FILE} names other networks or another injection than when the tables were made: {_INJECT}"
        return {STUDY_FILE: told}
    return {}
