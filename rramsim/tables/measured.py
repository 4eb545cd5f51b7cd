"""The tables of what networks make of errors: written together by ``rramsim inject``."""

from __future__ import annotations

from rramsim.tables.accuracy import ACCURACY
from rramsim.tables.chips import CHIPS
from rramsim.tables.classes import CLASSES
from rramsim.tables.tolerance import TOLERANCE

MEASURED = {"accuracy": ACCURACY, "chips": CHIPS, "classes": CLASSES, "tolerance": TOLERANCE}
