"""The tables of networks in arrays: written together by ``rramsim map``."""

from __future__ import annotations

from rramsim.tables.energy import ENERGY
from rramsim.tables.mapping import MAPPING

MAPPED = {"mapping": MAPPING, "energy": ENERGY}
