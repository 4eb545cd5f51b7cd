"""Which bins of a model the loaded circuit has: ngspice makes a model only where a device is in its bin.

Which bin that is at the edge of two depends on ngspice's version, so that it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from rramsim.errors import SimulationError
from rramsim.spice.alterations import check_handle

PERHAPS = "?"  # before a handle of one of several bins, of which the circuit has one
_BIN = re.compile(r"\.\d+(?=\[)")


class Present:
    """Bins of the loaded circuit, each asked for once.

    Parameters
    ----------
    ask
        Gives ngspice a command, and returns the lines that it prints.
    """

    def __init__(self, ask: Callable[[str], Sequence[str]]) -> None:
        self._ask = ask
        self._known: dict[str, bool] = {}

    def forget(self) -> None:
        """Begin anew: the circuit is another one."""
        self._known = {}

    def among(self, assignments: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
        """Pairs of a handle and its value without those of bins that the circuit has not, and without their marks.

        Parameters
        ----------
        assignments
            Handles of bins are marked by ``PERHAPS`` where a device may be in one or another.

        Raises
        ------
        InputError
            A marked handle is no name.
        SimulationError
            The circuit has none of the bins of a model.
        """
        found: list[tuple[str, float]] = []
        has: dict[str, bool] = {}  # by the model's parameter
        for handle, value in assignments:
            own = handle.removeprefix(PERHAPS)
            if own == handle:
                found.append((own, value))
                continue
            there, model = self._has(own), _BIN.sub("", own)
            has[model] = has.get(model, False) or there
            if there:
                found.append((own, value))
        missing = [model for model, there in has.items() if not there]
        if missing:
            raise SimulationError(f"the circuit has no bin of {', '.join(missing)}")
        return found

    def _has(self, handle: str) -> bool:
        if handle not in self._known:
            check_handle(handle)
            self._known[handle] = any(line.startswith(f"{handle} =") for line in self._ask(f"print {handle}"))
        return self._known[handle]
