"""The weights of a 2T2R cell and the names of the errors made in reading them.

A pair of memory devices on the bit lines ``bl`` and ``blb`` codes one weight: +1 = (LRS, HRS), -1 = (HRS, LRS) and,
in a ternary cell, 0 = (HRS, HRS). Spelled ``+1``, ``0``, ``-1`` in every table; a read that did not resolve within
the sense time is the weight 0 of a ternary cell and ``?`` of a binary one.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from rramsim.alphabets import Alphabet, ErrorClass
from rramsim.errors import InputError


class Weight(StrEnum):
    """A programmed or read weight, spelled as in the tables."""

    PLUS = "+1"
    ZERO = "0"
    MINUS = "-1"
    UNRESOLVED = "?"

    @property
    def states(self) -> tuple[str, str]:
        """States of the devices on (``bl``, ``blb``) that store it, ``lrs`` or ``hrs``.

        Raises
        ------
        InputError
            It is no weight that can be stored.
        """
        if self is Weight.UNRESOLVED:
            raise InputError("an unresolved read is no weight that can be stored")
        return {Weight.PLUS: ("lrs", "hrs"), Weight.ZERO: ("hrs", "hrs"), Weight.MINUS: ("hrs", "lrs")}[self]

    @property
    def number(self) -> int:
        """The weight as networks compute with it: +1, 0 or -1.

        Raises
        ------
        InputError
            It is no weight.
        """
        if self is Weight.UNRESOLVED:
            raise InputError("an unresolved read is no number")
        return int(self.value)

    @property
    def opposite(self) -> Weight:
        """The weight of the pair with its devices exchanged."""
        return {Weight.PLUS: Weight.MINUS, Weight.MINUS: Weight.PLUS}.get(self, self)


class WeightKind(StrEnum):
    """The set of weights that a cell or a layer holds."""

    BINARY = "binary"
    TERNARY = "ternary"

    @property
    def programmed(self) -> tuple[Weight, ...]:
        """The weights that can be programmed, in table order."""
        if self is WeightKind.BINARY:
            return (Weight.PLUS, Weight.MINUS)
        return (Weight.PLUS, Weight.ZERO, Weight.MINUS)

    @property
    def unresolved(self) -> Weight:
        """What a read that did not resolve means."""
        return Weight.ZERO if self is WeightKind.TERNARY else Weight.UNRESOLVED

    @property
    def read(self) -> tuple[Weight, ...]:
        """The values that a read can return, in table order."""
        if self is WeightKind.BINARY:
            return (Weight.PLUS, Weight.MINUS, Weight.UNRESOLVED)
        return self.programmed

    @property
    def errors(self) -> tuple[ErrorType, ...]:
        """The types of error that a read can make, in table order."""
        found = (error_type(programmed, read) for programmed in self.programmed for read in self.read)
        return tuple(sorted({kind for kind in found if kind is not None}, key=list(ErrorType).index))

    @property
    def alphabet(self) -> Alphabet:
        """Weights, reads and errors as plain symbols."""
        return _alphabet(self)


class ErrorType(StrEnum):
    """Kinds of read error: 1 is +1 <-> -1, 2 is ±1 -> 0, 3 is 0 -> ±1, and ``?`` an unresolved binary read."""

    SIGN = "1"
    TO_ZERO = "2"
    FROM_ZERO = "3"
    UNRESOLVED = "?"

    @property
    def described(self) -> ErrorClass:
        """The same, with what people and names of files call it."""
        label = {
            ErrorType.SIGN: "type 1 (+1 ↔ −1)",
            ErrorType.TO_ZERO: "type 2 (±1 → 0)",
            ErrorType.FROM_ZERO: "type 3 (0 → ±1)",
            ErrorType.UNRESOLVED: "unresolved (?)",
        }[self]
        slug = "unresolved" if self is ErrorType.UNRESOLVED else f"type{self.value}"
        return ErrorClass(symbol=self.value, label=label, slug=slug)


def _alphabet_of(programmed: tuple[Weight, ...], read: tuple[Weight, ...]) -> Alphabet:
    errors = {(one, other): error_type(one, other) for one in programmed for other in read}
    kinds = sorted({error for error in errors.values() if error is not None}, key=list(ErrorType).index)
    return Alphabet(
        programmed=tuple(weight.value for weight in programmed),
        read=tuple(weight.value for weight in read),
        classes=tuple(error.described for error in kinds),
        confusions=tuple((one.value, other.value, error.value) for (one, other), error in errors.items() if error),
    )


@cache
def _alphabet(kind: WeightKind) -> Alphabet:
    return _alphabet_of(kind.programmed, kind.read)


@cache
def any_weights() -> Alphabet:
    """Every weight and every read that there is: of a table that does not say what its cells store."""
    return _alphabet_of(WeightKind.TERNARY.programmed, tuple(Weight))


def error_type(programmed: Weight, read: Weight) -> ErrorType | None:
    """Type of the error of reading ``read`` where ``programmed`` was stored; None for a right read.

    Parameters
    ----------
    programmed, read
        Weights.

    Examples
    --------
    >>> error_type(Weight.PLUS, Weight.MINUS).value, error_type(Weight.ZERO, Weight.PLUS).value
    ('1', '3')
    """
    if read is programmed:
        return None
    if read is Weight.UNRESOLVED:
        return ErrorType.UNRESOLVED
    if programmed is Weight.ZERO:
        return ErrorType.FROM_ZERO
    return ErrorType.TO_ZERO if read is Weight.ZERO else ErrorType.SIGN
