"""The tables that tell what causes misreads: a sweep that counts only makes none of them."""

from __future__ import annotations

from rramsim.tables.directions import DIRECTIONS
from rramsim.tables.levels import LEVELS
from rramsim.tables.reliability import RELIABILITY

CAUSES = {"reliability": RELIABILITY, "directions": DIRECTIONS, "levels": LEVELS}
