"""What the sections share: a figure of the page, and words for corners and quantities."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from rramsim.corners import Corner, corner_of
from rramsim.files import write_atomic


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of the page, which a notebook shows as it is.

    Parameters
    ----------
    name
        Its file in ``figures/``.
    svg
        The drawing.
    caption, description
        What it shows, for who sees it and for who does not.
    of
        (what, value) of what it is the figure of: how it is told from others of its section.
    """

    name: str
    svg: str
    caption: str
    description: str
    of: tuple[tuple[str, str], ...] = ()

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: Path | str) -> None:
        """Write the drawing into a file.

        Parameters
        ----------
        path
            Of the SVG.

        Raises
        ------
        WriteError
            It cannot be written.
        """
        write_atomic(Path(path), self.svg)


def spoken(corner: Corner) -> str:
    """A corner in words.

    Parameters
    ----------
    corner
        The corner.
    """
    return minus(f"{corner.process}, {corner.vdd:g} V, {corner.temperature_c:g} °C")


def minus(text: str) -> str:
    """Text with the minus sign of people in place of a hyphen.

    Parameters
    ----------
    text
        A number, or a symbol of an alphabet.
    """
    return text.replace("-", "−")


def by_corner(frame: pd.DataFrame, key: str) -> tuple[list[Corner], list[tuple[str, pd.DataFrame]]]:
    """Corners in table order, and the rows of each value of a column in that order.

    Parameters
    ----------
    frame
        Rows with corners.
    key
        The column.
    """
    rows = pd.Series([corner_of(row) for _, row in frame.iterrows()], index=frame.index, dtype=object)
    frame = frame.assign(corner=rows)
    corners = sorted(set(frame["corner"]), key=lambda corner: corner.sort_key)
    groups = [(str(value), part.set_index("corner").reindex(corners)) for value, part in frame.groupby(key, sort=False)]
    return corners, groups
