"""The read of a 2T2R cell by a sense amplifier that multiplies: the outcome is stored weight × input bit.

Input transistors between the latch and the bit lines lead each branch to one bit line or to the other, so that a binary
network's exclusive nor costs no gate behind the memory.

References
----------
T. Hirtzlin et al., Digital biologically plausible implementation of binarized neural networks with differential
hafnium oxide resistive memory arrays, Front. Neurosci. 13, 1383 (2020), doi 10.3389/fnins.2019.01383.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, ClassVar

from pydantic import Field

from rramsim.alphabets import Alphabet
from rramsim.circuits.bench import SettingProblem
from rramsim.circuits.benches.pair.bench import AbstractPairRead, Stimulus
from rramsim.circuits.benches.pair.settings import ReadSection
from rramsim.circuits.benches.pair.spread import weight_devices
from rramsim.circuits.environment import Environment
from rramsim.corners import Corner
from rramsim.quantities import Volts
from rramsim.validation import PathText, Section
from rramsim.weights import Weight, WeightKind, error_type

_INPUTS = (Weight.PLUS, Weight.MINUS)
_TIMES = "x"  # between weight and input: a sign that a command line takes unquoted


class XnorSection(ReadSection):
    """Settings of the bench: those of [read], for circuits that have the input nets ``x`` and ``xb``.

    ``v_input_v`` is the high level of the input bit, the supply where it is left out.
    """

    cells: Annotated[tuple[PathText, ...], Field(min_length=1)] = ("ternary_xnor_2t2r",)
    v_input_v: Volts | None = None


@dataclass(frozen=True, kw_only=True)
class XnorRead(AbstractPairRead):
    """A cell of two memory devices, multiplied by an input bit in the sense amplifier."""

    Settings: ClassVar[type[Section]] = XnorSection
    drives: ClassVar[tuple[str, ...]] = ("x", "xb")
    told: ClassVar[str] = (
        "Two resistive memory devices on complementary bit lines, read by a sense amplifier whose input transistors "
        "lead its branches to the bit lines straight (input +1) or crossed (−1): the outcome is weight × input. "
        "Programmed is told as weight, x, input. Waveforms are of median devices; those of a 0 differ by 10 %."
    )

    settings: XnorSection

    @classmethod
    def problems(cls, settings: Section, environment: Environment) -> Iterator[SettingProblem]:
        """What is wrong with any read, and an input beyond what the transistors bear."""
        yield from super().problems(settings, environment)
        high, technology = getattr(settings, "v_input_v", None), environment.technology
        if high is not None and high > technology.vdd_max:
            message = f"is beyond the validity of {technology.name}: at most {technology.vdd_max} V"
            yield ("v_input_v",), high, message

    @classmethod
    def alphabet_of(cls, kind: WeightKind) -> Alphabet:
        """Each weight with each input; what is right is their product."""
        return _products(kind)

    def stimulus(self, corner: Corner, programmed: str) -> Stimulus:
        """Both devices in the states of the weight, and the input on ``x`` and ``xb``."""
        weight, put = (Weight(symbol) for symbol in programmed.split(_TIMES))
        high = corner.vdd if self.settings.v_input_v is None else self.settings.v_input_v
        crossed = put is Weight.MINUS
        return Stimulus(
            devices=weight_devices(self.environment.devices, weight),
            right=_product(weight, put),
            inputs=(("x", 0.0 if crossed else high), ("xb", high if crossed else 0.0)),
            crossed=crossed,
        )

    @property
    def images(self) -> tuple[tuple[str, str], ...]:
        """Opposite weights with the same input."""
        pairs = ((weight, put) for weight in (Weight.PLUS, Weight.MINUS) for put in _INPUTS)
        return tuple((_symbol(weight, put), _symbol(weight.opposite, put)) for weight, put in pairs)


def _symbol(weight: Weight, put: Weight) -> str:
    return f"{weight.value}{_TIMES}{put.value}"


def _product(weight: Weight, put: Weight) -> Weight:
    return weight.opposite if put is Weight.MINUS else weight


@cache
def _products(kind: WeightKind) -> Alphabet:
    pairs = {_symbol(weight, put): _product(weight, put) for weight in kind.programmed for put in _INPUTS}
    errors = ((symbol, read, error_type(right, read)) for symbol, right in pairs.items() for read in kind.read)
    return Alphabet(
        programmed=tuple(pairs),
        read=kind.alphabet.read,
        classes=kind.alphabet.classes,
        confusions=tuple((symbol, read.value, error.value) for symbol, read, error in errors if error is not None),
    )
