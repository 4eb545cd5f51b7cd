"""How tables name what a bench tells, and what is known of its mirror image."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rramsim.alphabets import Alphabet
from rramsim.errors import InputError
from rramsim.validation import is_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """How a table names what a bench tells: one simulation may serve several codings.

    Parameters
    ----------
    name
        In the column ``cell``.
    alphabet
        Its symbols. What is programmed is named as the bench's alphabet names it.
    words
        (outcome of the bench, symbol) of each outcome.

    Raises
    ------
    InputError
        The name cannot name files, two outcomes have one symbol, or a symbol is not in the alphabet.
    """

    name: str
    alphabet: Alphabet
    words: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise InputError(f"a coding's name must be letters, digits, '_', '.' and '-', got {self.name!r}")
        if sorted(symbol for _, symbol in self.words) != sorted(self.alphabet.read):
            raise InputError(f"the coding {self.name} must give each of its symbols to one outcome, got {self.words}")

    def symbol(self, outcome: str) -> str:
        """Symbol of an outcome.

        Parameters
        ----------
        outcome
            Of the bench's alphabet.
        """
        return dict(self.words)[outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """Mirror image of a bench that is symmetric: what is known of a simulation is known of its image.

    Parameters
    ----------
    sources
        (source, its image) of sources of spread.
    programmed, read
        (symbol, its image) of the bench's alphabet.

    What is not named is its own image.

    Raises
    ------
    InputError
        The image of an image is not what it is the image of.
    """

    sources: tuple[tuple[str, str], ...]
    programmed: tuple[tuple[str, str], ...]
    read: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        for pairs in (self.sources, self.programmed, self.read):
            images = dict(pairs)
            wrong = [name for name, image in images.items() if images.get(image, image) != name]
            if wrong or len(images) < len(pairs):
                raise InputError(f"mirror images must be each other's, told for both: {', '.join(wrong) or pairs}")

    def image(self, programmed: str) -> str:
        """Image of what is programmed.

        Parameters
        ----------
        programmed
            A stimulus.
        """
        return dict(self.programmed).get(programmed, programmed)

    def outcome(self, read: str) -> str:
        """Image of an outcome.

        Parameters
        ----------
        read
            An outcome.
        """
        return dict(self.read).get(read, read)

    def twins(self, programmed: str, outcomes: Iterable[str]) -> dict[str, str]:
        """Outcomes of one simulation that are each other's images: those of a stimulus that is its own.

        Parameters
        ----------
        programmed
            The stimulus.
        outcomes
            All there are.
        """
        if self.image(programmed) != programmed:
            return {}
        return {read: self.outcome(read) for read in outcomes if self.outcome(read) != read}
