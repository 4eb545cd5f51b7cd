"""``provenance.json``: everything a reviewer needs to make the run again, and nothing that depends on the machine."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rramsim import __version__
from rramsim.circuits.catalog import Cell
from rramsim.devices.presets import load_preset
from rramsim.files import write_atomic
from rramsim.study import Study

_PACKAGES = ("numpy", "scipy", "pandas", "PySpice", "pydantic", "openturns", "torch", "scikit-learn", "matplotlib")


def write_provenance(study: Study, run_dir: Path, *, ngspice: str, command: str) -> None:
    """Write ``provenance.json`` into a run folder.

    Raises
    ------
    WriteError
        The folder cannot be written.
    """
    data = provenance(study, ngspice=ngspice, command=command)
    write_atomic(run_dir / "provenance.json", json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def provenance(study: Study, *, ngspice: str, command: str) -> dict[str, Any]:
    """Versions, hashes, seed, models, devices and circuit of a study, as plain values; quantities are SI."""
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
        "circuit": _circuit(study),
        "hashes": {
            name: hashlib.sha256(text.encode("utf-8")).hexdigest()
            for name, text in sorted(_netlists(study.cells).items())
        },
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
        "a_vt_v_m": {kind: technology.binding(kind).a_vt_v_m for kind in ("nfet", "pfet")},
        "provenance": [
            {"key": key, "status": item.status, "source": item.source} for key, item in file.provenance.items()
        ],
    }


def _devices(study: Study) -> dict[str, Any]:
    preset = load_preset(study.devices.preset)
    return {
        "preset": preset.name,
        "description": preset.description,
        "lrs": asdict(study.devices.statistics.lrs),
        "hrs": asdict(study.devices.statistics.hrs),
        "overridden": study.devices.statistics != preset.statistics,
        "provenance": [{"key": key, "status": status, "source": source} for key, status, source in preset.provenance],
    }


def _circuit(study: Study) -> dict[str, Any]:
    deck = next(study.sweep.decks())
    spread = study.sweep.spread(deck, deck.cell.weights.programmed[0])
    sigmas = {source.name: source.marginal.spread for source in spread.sources}
    overrides = {name: dict(values) for name, values in deck.conditions.geometry}
    capacitors = [
        {"name": f"{name}.{key}", "value_f": overrides.get(name, {}).get(key, value)}
        for name, subcircuit in deck.cell.library.items()
        for key, value in subcircuit.parameters.items()
        if key.startswith("c_")
    ]
    return {
        "transistors": [
            {
                "name": t.path,
                "type": t.kind,
                "width_m": t.width,
                "length_m": t.length,
                "sigma_vth_v": sigmas[f"vth:{t.path}"],
            }
            for t in deck.transistors
        ],
        "capacitors": capacitors,
        "read": {
            "t_precharge_s": deck.conditions.t_precharge,
            "t_sense_s": deck.conditions.t_sense,
            "v_word_line_v": deck.conditions.v_word_line,
            "max_step_s": deck.conditions.max_step,
        },
    }


def _netlists(cells: tuple[Cell, ...]) -> dict[str, str]:
    """Text of each sub-circuit by its name, with the cell's name before it where another cell's differs."""
    found: dict[str, str] = {}
    for cell in cells:
        for name, subcircuit in cell.library.items():
            if found.setdefault(name, subcircuit.text) != subcircuit.text:
                found[f"{cell.name}/{name}"] = subcircuit.text
    return found
