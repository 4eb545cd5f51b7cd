"""The tables of figures of merit, by what a run calls them; each is written by the command of its figure."""

from __future__ import annotations

from rramsim.tables.balance import BALANCE, BALANCE_RATES
from rramsim.tables.codes import CODES
from rramsim.tables.offset import OFFSET
from rramsim.tables.shmoo import SHMOO
from rramsim.tables.size import SIZE, SIZE_STEPS
from rramsim.tables.vmin import VMIN, VMIN_RATES

# Tables of each figure of merit, by its name and that of the table.
MERITS = {
    "vmin": {"vmin": VMIN, "vmin_rates": VMIN_RATES},
    "balance": {"balance": BALANCE, "balance_rates": BALANCE_RATES},
    "shmoo": {"shmoo": SHMOO},
    "size": {"size": SIZE, "size_steps": SIZE_STEPS},
    "codes": {"codes": CODES},
    "offset": {"offset": OFFSET},
}
