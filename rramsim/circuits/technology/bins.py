"""Sizes that a library has models for: of several bins ngspice takes the one that a device's size lies in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rramsim.circuits.technology.binding import TransistorBinding
from rramsim.circuits.technology.block import Block
from rramsim.circuits.technology.options import OPTION_CARDS
from rramsim.circuits.technology.statements import Statement
from rramsim.units import spice_number

_LIMIT = re.compile(r"\b(lmin|lmax|wmin|wmax)\s*=\s*(\S+)", re.ASCII)
_SCALE = re.compile(r"\bscale\s*=\s*(\S+)", re.ASCII)
_FINGERS = re.compile(r"\b(?:nf|ng)\s*=", re.ASCII | re.IGNORECASE)
_ROUNDING = 1e-9  # of a netlist's arithmetic


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Sizes that one model is for, drawn, ends included [m]."""

    length_min: float
    length_max: float
    width_min: float
    width_max: float

    def has_length(self, length: float) -> bool:
        """Whether it is for a length, of some widths.

        Parameters
        ----------
        length
            Drawn [m].
        """
        return self.length_min * (1 - _ROUNDING) <= length <= self.length_max * (1 + _ROUNDING)

    def has(self, width: float, length: float) -> bool:
        """Whether it is for a size.

        Parameters
        ----------
        width, length
            Drawn [m].
        """
        inside = self.width_min * (1 - _ROUNDING) <= width <= self.width_max * (1 + _ROUNDING)
        return inside and self.has_length(length)


def bins_of(binding: TransistorBinding, blocks: Iterable[Block], options: Iterable[str] = ()) -> tuple[Bin, ...]:
    """Bins of a transistor.

    Parameters
    ----------
    binding
        How it is called.
    blocks
        What is used of the library.
    options
        Options of the technology file, which come before those of the library.

    Returns
    -------
    tuple
        Empty where the model has none, or where they cannot be told from the text: limits that are expressions, or
        sizes that a sub-circuit changes before its transistor gets them. ngspice then has the only word.
    """
    everything = tuple(blocks)
    if binding.kind == "native" or _FINGERS.search(binding.parameters):
        return ()
    model = binding.device.lower() if binding.kind == "primitive" else _inner_model(binding, everything)
    name = re.compile(rf"{re.escape(model)}\.\d+") if model else None
    cards = [one for block in everything for one in block.statements if one.first == ".model"]
    found = [_limits(one) for one in cards if name and name.fullmatch(one.line.split()[1])]
    scale = scale_of(everything, options)
    if scale is None or None in found:
        return ()
    drawn = binding.unit_m / scale  # metres a metre of ngspice's
    return tuple(
        Bin(
            length_min=one["lmin"] * drawn, length_max=one["lmax"] * drawn,
            width_min=one["wmin"] * drawn, width_max=one["wmax"] * drawn,
        )
        for one in found
        if one
    )  # fmt: skip


def size_problem(bins: Iterable[Bin], width: float, length: float) -> str:
    """Say what sizes there are where one is in no bin; empty where it is in one, or nothing is known of bins.

    Parameters
    ----------
    bins
        As :func:`bins_of` gives them.
    width, length
        Drawn [m].
    """
    known = tuple(bins)
    if not known or any(one.has(width, length) for one in known):
        return ""
    alike = [one for one in known if one.has_length(length)]
    if alike:
        return f"of this length widths of {_ranges((one.width_min, one.width_max) for one in alike)} m"
    return f"lengths of {_ranges((one.length_min, one.length_max) for one in known)} m"


def _ranges(pairs: Iterable[tuple[float, float]]) -> str:
    """Ranges that touch, as one."""
    joined: list[list[float]] = []
    for low, high in sorted(pairs):
        if joined and low <= joined[-1][1] * (1 + _ROUNDING):
            joined[-1][1] = max(high, joined[-1][1])
        else:
            joined.append([low, high])
    return ", ".join(f"{low:.4g} to {high:.4g}" for low, high in joined)


def _inner_model(binding: TransistorBinding, blocks: Iterable[Block]) -> str:
    """Model of the one transistor in a sub-circuit that gets its sizes as they are; empty where that is not so."""
    inner = [
        one
        for block in blocks
        if block.head.first == ".subckt" and block.head.line.split()[1] == binding.device.lower()
        for one in block.statements
        if one.first[0] == "m"
    ]
    given = {"w": binding.width_parameter.lower(), "l": binding.length_parameter.lower()}
    if len(inner) != 1 or not all(_passes(inner[0], name, value) for name, value in given.items()):
        return ""
    words = inner[0].line.split()
    return words[5] if len(words) > 5 else ""


def _passes(element: Statement, name: str, value: str) -> bool:
    return bool(re.search(rf"\s{name}\s*=\s*[{{']?\s*{re.escape(value)}\s*[}}']?(?=\s|$)", element.line))


def _limits(card: Statement) -> dict[str, float] | None:
    """Limits of a bin; None where one is missing or no number."""
    try:
        found = {name: spice_number(value) for name, value in _LIMIT.findall(card.line)}
    except ValueError:
        return None
    return found if len(found) == len(("lmin", "lmax", "wmin", "wmax")) else None


def scale_of(blocks: Iterable[Block], options: Iterable[str]) -> float | None:
    """What ngspice multiplies sizes by; None where that is no number.

    Parameters
    ----------
    blocks, options
        As for :func:`bins_of`.
    """
    cards = (one.line for block in blocks for one in block.statements if one.first in OPTION_CARDS)
    for text in (*(option.lower() for option in options), *cards):
        match = _SCALE.search(text)
        if match:
            try:
                return spice_number(match[1])
            except ValueError:
                return None
    return 1.0


def told_sizes(bins: Iterable[Bin]) -> Iterator[str]:
    """Lengths and widths that there are bins for, for people.

    Parameters
    ----------
    bins
        As :func:`bins_of` gives them.
    """
    known = tuple(bins)
    if known:
        lengths = _ranges((one.length_min, one.length_max) for one in known)
        widths = _ranges((one.width_min, one.width_max) for one in known)
        yield f"{len(known)} bins, for lengths of {lengths} m and widths of {widths} m"
