"""Error-correcting codes that a memory of single devices may have in place of two devices a bit, worked out exactly.

Each bit of a codeword is read wrongly at the rate of a stored 1 or that of a stored 0, and the word is decoded: all
words and all patterns of errors are gone through, nothing is drawn.

References
----------
R. W. Hamming, Error detecting and error correcting codes, Bell Syst. Tech. J. 29, 147 (1950),
doi 10.1002/j.1538-7305.1950.tb00463.x.

T. Hirtzlin et al., Digital biologically plausible implementation of binarized neural networks with differential
hafnium oxide resistive memory arrays, Front. Neurosci. 13, 1383 (2020), doi 10.3389/fnins.2019.01383: two devices a bit
beside codes of the same redundancy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import InputError, close_matches

Bits = NDArray[np.uint8]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class HammingCode:
    """A Hamming code that corrects one error; extended by a parity bit, it detects two and leaves them.

    Parameters
    ----------
    name
        As studies and tables call it.
    parity_bits
        Of the code without the extension, above 1: words have ``2**parity_bits - 1`` bits.
    extended
        Whether there is a bit of overall parity.

    Raises
    ------
    InputError
        Too few parity bits, or more than can be gone through.
    """

    name: str
    parity_bits: int
    extended: bool

    def __post_init__(self) -> None:
        if not 2 <= self.parity_bits <= 4:
            raise InputError(f"parity_bits of a Hamming code must be 2 to 4 to be gone through, got {self.parity_bits}")

    @property
    def length(self) -> int:
        """Bits of a word."""
        return (1 << self.parity_bits) - 1 + self.extended

    @property
    def data(self) -> int:
        """Bits of a word that are data."""
        return (1 << self.parity_bits) - 1 - self.parity_bits

    @property
    def bits_per_bit(self) -> float:
        """Devices that one bit of data takes, where a device stores a bit."""
        return self.length / self.data

    @cached_property
    def _checks(self) -> Bits:
        """Place of each bit of a word (from 1 on) in binary: the syndrome of an error in it; shape (places, parity)."""
        places = np.arange(1, 2**self.parity_bits)
        return ((places[:, np.newaxis] >> np.arange(self.parity_bits)) & 1).astype(np.uint8)

    @property
    def _data_places(self) -> NDArray[np.int64]:
        """Those that are no power of two."""
        return np.flatnonzero(self._checks.sum(axis=1) > 1)

    def encoded(self, data: Bits) -> Bits:
        """Words of data.

        Parameters
        ----------
        data
            0 and 1, shape (words, data bits).

        Returns
        -------
        numpy.ndarray
            Shape (words, length).
        """
        words = np.zeros((len(data), 2**self.parity_bits - 1), dtype=np.uint8)
        words[:, self._data_places] = data
        words[:, 2 ** np.arange(self.parity_bits) - 1] = words @ self._checks % 2
        if not self.extended:
            return words
        return np.concatenate([words, words.sum(axis=1, keepdims=True, dtype=np.uint8) % 2], axis=1)

    def decoded(self, words: Bits) -> Bits:
        """Data of words as they were read.

        Parameters
        ----------
        words
            0 and 1, shape (words, length).

        Returns
        -------
        numpy.ndarray
            Shape (words, data bits).
        """
        inner = words[:, : 2**self.parity_bits - 1].copy()
        place = inner @ self._checks % 2 @ (1 << np.arange(self.parity_bits))
        # An even number of errors, but some: two or more, which are left. An odd one is taken for one.
        corrected = place > 0
        if self.extended:
            corrected &= words.sum(axis=1, dtype=np.uint8) % 2 == 1
        rows = np.flatnonzero(corrected)
        inner[rows, place[rows] - 1] ^= 1
        return inner[:, self._data_places]

    def residual(self, rate_of_one: float, rate_of_zero: float) -> float:
        """Rate of wrong data bits behind the decoder, averaged over words that are all as frequent [1].

        Parameters
        ----------
        rate_of_one, rate_of_zero
            Probability that a stored 1, or a stored 0, is read as the other [1].

        Raises
        ------
        InputError
            A rate is not in 0..1.
        """
        for rate in (rate_of_one, rate_of_zero):
            if not 0 <= rate <= 1:
                raise InputError(f"the rate of an error must lie in 0..1, got {rate!r}")
        wrong, errors_of_one, errors_of_zero, ones = self._patterns
        chance = (
            rate_of_one**errors_of_one
            * (1 - rate_of_one) ** (ones - errors_of_one)
            * rate_of_zero**errors_of_zero
            * (1 - rate_of_zero) ** (self.length - ones - errors_of_zero)
        )
        return float((wrong * chance).sum()) / (1 << self.data)

    @cached_property
    def _patterns(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Share of wrong data bits, summed over words and patterns, of each: errors in ones, errors in zeros, ones."""
        patterns = _all_words(self.length)
        wrong = self.decoded(patterns).mean(axis=1)  # the code is linear: whatever word the errors are in
        counts = patterns.sum(axis=1, dtype=np.int64)
        numbers = np.arange(len(patterns))
        words = self.encoded(_all_words(self.data)) @ (1 << np.arange(self.length))
        size = self.length + 1
        total = np.zeros((size, size, size))  # ones, errors in ones, errors in zeros
        for word in words.tolist():
            in_ones = counts[numbers & word]
            keys = in_ones * size + counts - in_ones
            total[counts[word]] += np.bincount(keys, weights=wrong, minlength=size**2).reshape(size, size)
        ones, in_ones, in_zeros = np.nonzero(total)
        return total[ones, in_ones, in_zeros], in_ones.astype(float), in_zeros.astype(float), ones.astype(float)


def _all_words(bits: int) -> Bits:
    return ((np.arange(2**bits)[:, np.newaxis] >> np.arange(bits)) & 1).astype(np.uint8)


CODES = {
    code.name: code
    for code in (
        HammingCode(name="sec_7_4", parity_bits=3, extended=False),
        HammingCode(name="secded_8_4", parity_bits=3, extended=True),
        HammingCode(name="sec_15_11", parity_bits=4, extended=False),
        HammingCode(name="secded_16_11", parity_bits=4, extended=True),
    )
}


def find_code(name: str) -> HammingCode:
    """A code by its name.

    Parameters
    ----------
    name
        Of one of ``CODES``.

    Raises
    ------
    InputError
        There is none of that name.
    """
    if name not in CODES:
        raise InputError(f"unknown code {name!r}; {close_matches(name, CODES)}")
    return CODES[name]
