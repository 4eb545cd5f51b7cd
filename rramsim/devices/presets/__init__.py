"""Named device statistics, one TOML file each, with the provenance of every number.

``provenance`` of a number is one of: ``verified`` (read in the text of the source or in the authors' own code),
``secondary`` (read in a third party's text or code), ``computed`` (from such numbers, formula given), ``recalled``
(remembered, not checked: a default for a configuration, never a claim).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from rramsim.devices.resistance import DeviceStatistics, LognormalResistance
from rramsim.errors import MissingResourceError, close_matches

_FOLDER = Path(__file__).resolve().parent
PROVENANCES = ("verified", "secondary", "computed", "recalled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Device statistics with where they come from."""

    name: str
    description: str
    validity: str
    statistics: DeviceStatistics
    provenance: tuple[tuple[str, str, str], ...]  # (number, one of PROVENANCES, source)


def preset_names() -> tuple[str, ...]:
    """Names of the presets."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def load_preset(name: str) -> Preset:
    """Read a preset.

    Parameters
    ----------
    name
        One of :func:`preset_names`, as ``hfo2_130nm``.

    Raises
    ------
    MissingResourceError
        No such preset; the message lists close names.
    """
    if name not in preset_names():
        raise MissingResourceError(f"no device preset {name!r}; {close_matches(name, preset_names())}")
    data = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    states = {
        state: LognormalResistance(
            r_median=data[state]["r_median_ohm"],
            sigma_ln_d2d=data[state]["sigma_ln_d2d"],
            sigma_ln_c2c=data[state]["sigma_ln_c2c"],
        )
        for state in ("lrs", "hrs")
    }
    return Preset(
        name=name,
        description=data["description"],
        validity=data["validity"],
        statistics=DeviceStatistics(**states),
        provenance=tuple((key, item["status"], item["source"]) for key, item in data["provenance"].items()),
    )
