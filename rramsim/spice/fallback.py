"""Second tries of an analysis that does not converge, with other solver options.

Every further try starts from a freshly loaded deck and the deck is dropped after it, so that no option outlives it; nor
does a value of another sample. The result of a sample depends on that sample alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import ConvergenceError
from rramsim.spice.analyses import Analysis
from rramsim.spice.engine import Engine
from rramsim.spice.until import Checkpoints, Until

# What distorts a result least comes first; README.md says why each is there. Part of a task's identity.
FALLBACKS: Mapping[str, tuple[str, ...]] = {
    "iterations": ("itl1=500", "itl4=500"),
    "gear": ("itl1=500", "itl4=500", "method=gear"),
    "loose": ("itl1=500", "itl4=500", "method=gear", "reltol=5e-3", "gmin=1e-11"),
}


def run_with_fallbacks(
    engine: Engine,
    deck: str,
    assignments: Iterable[tuple[str, float]],
    analysis: Analysis,
    vectors: Sequence[str],
    *,
    until: Sequence[Until] | Checkpoints = (),
    deck_path: Path | None = None,
) -> dict[str, NDArray[np.float64]]:
    """Run an analysis; where it does not converge, again with each of ``FALLBACKS`` until it does.

    Parameters
    ----------
    engine
        The ngspice of this process.
    deck, deck_path, assignments
        As for :meth:`rramsim.spice.engine.Engine.load` and :meth:`rramsim.spice.engine.Engine.alter`; all else is as in
        the deck.
    analysis, vectors, until
        As for :meth:`rramsim.spice.engine.Engine.run`.

    Returns
    -------
    dict
        As :meth:`rramsim.spice.engine.Engine.run`.

    Raises
    ------
    ConvergenceError
        It did not with any fallback; state and log are those of the first try.
    SimulationError
        Another failure, of any try; see :meth:`rramsim.spice.engine.Engine.run`.
    """
    return solve(engine, deck, assignments, analysis, vectors, until=until, deck_path=deck_path)[1]


def solve(
    engine: Engine,
    deck: str,
    assignments: Iterable[tuple[str, float]],
    analysis: Analysis,
    vectors: Sequence[str],
    *,
    until: Sequence[Until] | Checkpoints = (),
    deck_path: Path | None = None,
) -> tuple[tuple[str, ...], dict[str, NDArray[np.float64]]]:
    """Run an analysis, and tell which options it needed.

    Parameters
    ----------
    engine, deck, assignments, analysis, vectors, until, deck_path
        As for :func:`run_with_fallbacks`.

    Returns
    -------
    tuple
        The solver options, none at the first try, and what :func:`run_with_fallbacks` returns.

    Raises
    ------
    ConvergenceError, SimulationError
        As for :func:`run_with_fallbacks`.
    """
    values = tuple(assignments)

    def attempt(options: Sequence[str]) -> dict[str, NDArray[np.float64]]:
        _load(engine, deck, deck_path, {handle for handle, _ in values})
        engine.set_options(options)
        engine.alter(values)
        return engine.run(analysis, vectors, until=until)

    try:
        return (), attempt(())
    except ConvergenceError as error:
        first = error
    for options in FALLBACKS.values():
        engine.unload()  # what a stopped run left behind
        try:
            return options, attempt(options)
        except ConvergenceError:
            pass
        finally:
            engine.unload()
    raise ConvergenceError(
        f"{first.message}, nor did it with the fallback options ({', '.join(FALLBACKS)})",
        deck_path=first.deck_path,
        log_tail=first.log_tail,
        state=first.state,
    )


def _load(engine: Engine, deck: str, deck_path: Path | None, handles: set[str]) -> None:
    """Load a deck, anew where another sample has altered more than this one will."""
    if not engine.altered <= handles:
        engine.unload()
    engine.load(deck, deck_path=deck_path)
