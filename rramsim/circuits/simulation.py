"""A deck loaded into ngspice, simulated again and again with other values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import InputError
from rramsim.spice.analyses import Analysis
from rramsim.spice.engine import Engine
from rramsim.spice.fallback import run_with_fallbacks
from rramsim.spice.until import Checkpoints, Until
from rramsim.validation import is_name

Array = NDArray[np.float64]
Waves = dict[str, Array]


class AbstractDeck(Protocol):
    """What is simulated."""

    @property
    def name(self) -> str:
        """Name of its file."""

    @property
    def text(self) -> str:
        """The deck: anyone can open it in ngspice alone."""

    @property
    def analysis(self) -> Analysis:
        """The analysis whose card is in the text."""

    @property
    def vectors(self) -> tuple[str, ...]:
        """The vectors that are fetched, which the text saves."""


@dataclass(frozen=True, kw_only=True)
class Deck:
    """A deck as plain values.

    Parameters
    ----------
    name
        Name of its file: unique in a run, letters, digits, ``_``, ``.`` and ``-``.
    text
        The deck.
    analysis
        The analysis whose card is in the text.
    vectors
        The vectors to fetch; the text must save them.

    Raises
    ------
    InputError
        The name is none of a file, or the card of the analysis is no line of the text.
    """

    name: str
    text: str
    analysis: Analysis
    vectors: tuple[str, ...]

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise InputError(f"a deck's name must be letters, digits, '_', '.' and '-', got {self.name!r}")
        if self.analysis.card not in self.text.splitlines():
            raise InputError(f"the deck {self.name} lacks the line of its analysis: {self.analysis.card}")


class Simulation:
    """A deck in the ngspice of this process; others may share it.

    Parameters
    ----------
    engine
        The ngspice.
    deck
        What to simulate.
    deck_path
        Where the deck's text was kept, for error messages.

    Raises
    ------
    DeckError
        ngspice refuses the deck.
    """

    def __init__(self, engine: Engine, deck: AbstractDeck, *, deck_path: Path | None = None) -> None:
        self.engine = engine
        self.deck = deck
        self.deck_path = deck_path
        engine.load(deck.text, deck_path=deck_path)

    def run(self, alterations: Iterable[tuple[str, float]], *, until: Sequence[Until] | Checkpoints = ()) -> Waves:
        """Simulate once.

        Parameters
        ----------
        alterations
            (handle, value) of what ngspice alters before it runs; all else is as in the deck.
        until
            Where a transient may end before its stop, as for :meth:`rramsim.spice.engine.Engine.run`.

        Returns
        -------
        dict
            The deck's vectors and their scale (``time`` of a transient), each of shape (points,).

        Raises
        ------
        SimulationError
            ngspice failed, also with fallback options; see :func:`rramsim.spice.fallback.run_with_fallbacks`.
        """
        # Loads the deck where another simulation has used the engine.
        return run_with_fallbacks(
            self.engine, self.deck.text, list(alterations), self.deck.analysis, self.deck.vectors, until=until,
            deck_path=self.deck_path,
        )  # fmt: skip
