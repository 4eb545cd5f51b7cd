"""Common style of the figures and their conversion to SVG text.

Text stays text (small, searchable), ids are made unique so that several figures can stand in one page, and the same
data give the same bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from typing import Any

from rramsim.report.backend import mpl

# Okabe and Ito's palette: told apart with any colour vision (jfly.uni-koeln.de/color, 2008).
BLUE, ORANGE, GREEN, RED, PURPLE, SKY = "#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9"
SERIES = (BLUE, ORANGE, GREEN, RED, PURPLE, SKY)
GREY = "#6b7280"

_STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "sans-serif"],
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e5e7eb",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "figure.constrained_layout.use": True,
    "svg.fonttype": "none",
}


@contextmanager
def styled() -> Iterator[None]:
    """Use the style, and leave the caller's alone."""
    with mpl.rc_context(_STYLE):
        yield


def new_figure(width: float, height: float) -> mpl.figure.Figure:
    """Empty figure, without pyplot's global state.

    Parameters
    ----------
    width, height
        Size [inches].
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height))


def to_svg(figure: mpl.figure.Figure, name: str, tooltips: Mapping[str, str] | None = None) -> str:
    """SVG text of a figure.

    Parameters
    ----------
    figure
        What to draw.
    name
        Prefix of every id.
    tooltips
        Text to show over an artist, by its gid.
    """
    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    for gid, tooltip in (tooltips or {}).items():
        svg = svg.replace(f'<g id="{gid}">', f'<g id="{gid}"><title>{escape(tooltip)}</title>', 1)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    return re.sub(r'(url\(#|href="#)', rf"\g<1>{name}-", svg)


def to_png(figure: mpl.figure.Figure) -> bytes:
    """PNG of a figure, the same bytes at each call.

    Parameters
    ----------
    figure
        What to draw.
    """
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=150, metadata={"Software": None})
    return content.getvalue()
