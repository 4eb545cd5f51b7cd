"""Ways of reading by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rramsim.eqprop.reads.each_batch import EachBatch
from rramsim.eqprop.reads.each_phase import EachPhase
from rramsim.eqprop.reads.reads import AbstractReads
from rramsim.eqprop.reads.right import Right
from rramsim.eqprop.reads.static import StaticReads

READS: Final[Mapping[str, type[AbstractReads]]] = {
    kind.name: kind for kind in (EachBatch, EachPhase, Right, StaticReads)
}
