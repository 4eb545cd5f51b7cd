"""``provenance.json``: everything a reviewer needs to make the run again, and nothing that depends on the machine."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rramsim.circuits.technology.file import TechnologyFile
from rramsim.corners import typical_corner
from rramsim.devices.cmo_hfox import coefficients
from rramsim.devices.presets import load_preset
from rramsim.runs.stamps import write_stamped
from rramsim.study import Study
from rramsim.version import __version__

PROVENANCE = "provenance.json"

_PACKAGES = ("numpy", "scipy", "pandas", "PySpice", "pydantic", "openturns", "torch", "scikit-learn", "matplotlib")


def write_provenance(study: Study, run_dir: Path, *, ngspice: str, command: str) -> None:
    """Write ``provenance.json`` into a run folder, with the stamp of the sweep.

    Parameters
    ----------
    study
        What is swept.
    run_dir
        The folder.
    ngspice
        Version of ngspice that runs it.
    command
        What was typed.

    Raises
    ------
    WriteError
        The folder cannot be written.
    """
    data = provenance(study, ngspice=ngspice, command=command)
    text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    write_stamped(run_dir, {PROVENANCE: text}, study.sweep.origin(ngspice=ngspice))


def provenance(study: Study, *, ngspice: str, command: str) -> dict[str, Any]:
    """Versions, hashes, seed, models, devices and benches of a study, as plain values; quantities are SI.

    Parameters
    ----------
    study, ngspice, command
        As for :func:`write_provenance`.
    """
    return {
        "rramsim": __version__,
        "ngspice": ngspice,
        "python": platform.python_version(),
        "packages": _versions(),
        "command": command,
        "seed": study.study.seed,
        "study": {"name": study.study.name, "title": study.study.title},
        "technology": _technology(study),
        "devices": _devices(study),
        "benches": _benches(study),
        "alphabets": {cell: alphabet.to_json() for cell, alphabet in study.alphabets.items()},
    }


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # an extra that is not installed
            continue
    return found


def _technology(study: Study) -> dict[str, Any]:
    technology = study.technology_file
    file = technology.file
    return {
        "name": file.name,
        "description": file.description,
        "licence": file.licence,
        "limits": file.limits,
        "files": technology.hashes,
        "parameters": file.parameters,
        "ngspice": file.ngspice.model_dump(mode="json"),
        **_mismatch(file),
        "provenance": [
            {"key": key, "status": item.status, "source": item.source} for key, item in file.provenance.items()
        ],
    }


def _mismatch(file: TechnologyFile) -> dict[str, Any]:
    """Coefficients of the transistors' mismatch, or what of the kit's own is used."""
    if file.mismatch:
        return {"mismatch": file.mismatch.plain}
    return {"a_vt_v_m": {kind: binding.a_vt_v_m for kind, binding in file.bindings.items()}}


def _devices(study: Study) -> dict[str, Any]:
    devices = study.devices
    preset = load_preset(devices.preset)
    sources: list[tuple[str, str, str]] = []
    if devices.cmo_hfox is None:
        name, description = preset.name, f"{preset.description} Validity: {preset.validity}"
        sources += preset.provenance
    else:
        name, description = "cmo_hfox", coefficients()["description"]
    if devices.cmo_hfox or any(one.cmo_hfox for one in devices.condition):
        sources += [
            (f"cmo_hfox.{key}", item["status"], item["source"]) for key, item in coefficients()["provenance"].items()
        ]
    return {
        "preset": name,
        "description": description,
        "lrs": devices.statistics.lrs.plain,
        "hrs": devices.statistics.hrs.plain,
        "overridden": devices.statistics != preset.statistics,
        "conditions": [{"name": one, **found.plain} for one, found in devices.conditions.items() if one],
        **({"fits": fits} if (fits := devices.measured) else {}),
        "provenance": [{"key": key, "status": status, "source": source} for key, status, source in sources],
    }


def _benches(study: Study) -> list[dict[str, Any]]:
    """What is simulated; netlists, and code of the user's, by their hash."""
    corner = typical_corner(study.corners.grid)
    found = []
    for bench in study.benches:
        about = dict(bench.about(corner))
        hashes = {name: _sha256(text) for name, text in sorted(about.pop("netlists", {}).items())}
        cells = [coding.name for coding in bench.codings]
        code = bench.identity.get("code", {})
        found.append({"name": bench.name, "cells": cells, **about, "netlists": hashes, "code": code})
    return found


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
