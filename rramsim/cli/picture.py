"""Formats of a plot, by the endings of their files."""

from __future__ import annotations

from enum import StrEnum


class Picture(StrEnum):
    """A drawing that scales, or pixels."""

    SVG = "svg"
    PNG = "png"
