"""Presets by their names, each over the one that it is based on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rramsim.errors import Problem, StudyError, close_matches
from rramsim.validation import parse_toml, read_toml

PRESETS = Path(__file__).parent / "presets"


def presets(folder: Path = PRESETS) -> list[str]:
    """Names of the presets that there are.

    Parameters
    ----------
    folder
        That holds them.
    """
    return sorted(path.stem for path in folder.glob("*.toml"))


def preset_path(path: Path | str) -> Path:
    """The file of a preset, or the path as it is.

    Parameters
    ----------
    path
        Name of a preset, or path of a file.
    """
    return PRESETS / f"{path}.toml" if str(path) in presets() else Path(path)


def read_over_presets(file: Path, folder: Path = PRESETS) -> dict[str, Any]:
    """What a file says, over what its preset says, over what that is based on: table by table, key by key.

    Parameters
    ----------
    file
        A TOML file.
    folder
        That holds presets.

    Raises
    ------
    MissingResourceError
        No such file.
    StudyError
        It is not TOML, its preset is unknown, or one is based on itself.
    """
    data, way = read_toml(file), [file.stem] if file.parent == folder else []
    under = data.get("preset")
    while under is not None:
        known = presets(folder)
        if not isinstance(under, str) or under not in known:
            message = f"unknown preset; {close_matches(str(under), known)}"
            raise StudyError(file, [Problem(key="preset", value=under, message=message)])
        if under in way:
            message = f"a preset is based on itself: {' → '.join([*way, under])}"
            raise StudyError(file, [Problem(key="preset", value=under, message=message)])
        way.append(under)
        given = folder / f"{under}.toml"
        below = parse_toml(given.read_bytes(), given)
        under = below.get("preset")
        data = merged(below, data)
    return data


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Keys of both; of tables at the top, key by key.

    Parameters
    ----------
    below
        What counts where the other says nothing.
    above
        What counts.
    """
    found = dict(below)
    for key, value in above.items():
        under = found.get(key)
        found[key] = dict(under) | dict(value) if isinstance(value, dict) and isinstance(under, dict) else value
    return found
