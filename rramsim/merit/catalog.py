"""The figures of merit that there are, in the order of the report."""

from __future__ import annotations

from rramsim.merit.balance import Balance
from rramsim.merit.figure import AbstractFigure
from rramsim.merit.offset import Offset
from rramsim.merit.protection import Protection
from rramsim.merit.shmoo import Shmoo
from rramsim.merit.size import Size
from rramsim.merit.vmin import Vmin

_FIGURES: tuple[type[AbstractFigure], ...] = (Vmin, Balance, Shmoo, Size, Protection, Offset)
FIGURES = {figure.name: figure for figure in _FIGURES}
