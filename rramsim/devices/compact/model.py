"""What every compact model offers: its sub-circuit for ngspice, and closed forms of what that simulates.

A model has one state, a length in nanometres that a node's voltage stands for. The current is a tunnelling law in the
gap that is left and a hyperbolic sine in the voltage, from which the resistance at low voltage and its reverse follow.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from rramsim.errors import InputError, close_matches
from rramsim.resources import device_netlist_path

Q_OVER_K = 11604.518  # [K/V]
_GRID = 200  # states at which the field enhancement is looked at


@dataclass(frozen=True, kw_only=True)
class AbstractCompactModel(ABC):
    """One device.

    Parameters
    ----------
    card
        Name of the card that the parameters come from, for messages.
    parameters
        Value of each of :attr:`names`, in the units of the sub-circuit's file.

    Raises
    ------
    InputError
        A parameter is missing, unknown or out of its range.
    """

    #: Its file in ``device_models/rram/``, and the sub-circuit there, with the ports te, be and the state.
    netlist: ClassVar[str]
    subcircuit: ClassVar[str]
    #: What the state is called; the bounds are the parameters STATE_min and STATE_max, the start is STATE_initial.
    state: ClassVar[str]
    #: Parameters of a card.
    names: ClassVar[tuple[str, ...]]
    #: Those of them that may be nought or negative.
    signed: ClassVar[frozenset[str]]

    card: str
    parameters: Mapping[str, float]

    def __post_init__(self) -> None:
        for name, value in self.parameters.items():
            if name not in self.names:
                raise InputError(f"{self.card}: unknown parameter {name!r}; {close_matches(name, self.names)}")
            if not math.isfinite(value) or (value <= 0 and name not in self.signed):
                raise InputError(f"{self.card}: {name} must be finite and above 0, got {value!r}")
        missing = [name for name in self.names if name not in self.parameters]
        if missing:
            raise InputError(f"{self.card}: the parameter {missing[0]} is missing")
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))
        low, high = self.bounds
        if not low < high:
            raise InputError(f"{self.card}: {self.state}_min must be below {self.state}_max, got {low!r} and {high!r}")
        if min(map(self.gap, (low, high))) < 0 or self.conduction[2] <= 0:
            raise InputError(f"{self.card}: the oxide is not thicker than the filament and its reference, {high!r} nm")
        # Beyond this field enhancement changes its sign, and with it SET and RESET.
        for number in range(_GRID + 1):
            state = low + (high - low) * number / _GRID
            for voltage in (1.0, -1.0):
                if self.enhancement(state, voltage) <= 0:
                    raise InputError(
                        f"{self.card}: the field enhancement gamma is not above 0 at {self.state} = {state:.3g} nm, so "
                        f"that SET and RESET would change places; narrow {self.state}_min to {self.state}_max"
                    )

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuilt, (type(self), self.card, dict(self.parameters)))

    @property
    def text(self) -> str:
        """The sub-circuit, as it goes into a deck."""
        return device_netlist_path(self.netlist).read_text(encoding="utf-8")

    @property
    def verilog(self) -> str:
        """The same model as Verilog-A, a module with the sub-circuit's name."""
        return device_netlist_path(self.netlist.replace(".cir", ".va")).read_text(encoding="utf-8")

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest state [nm]."""
        return self.parameters[f"{self.state}_min"], self.parameters[f"{self.state}_max"]

    @property
    def range_ohm(self) -> tuple[float, float]:
        """Smallest and largest resistance at low voltage [Ω]."""
        first, other = (self.resistance(state) for state in self.bounds)
        return min(first, other), max(first, other)

    def resistance(self, state: float) -> float:
        """Resistance at low voltage [Ω].

        Parameters
        ----------
        state
            The state [nm].
        """
        current, voltage, length = self.conduction
        return voltage / current * math.exp(self.gap(state) / length)

    def state_of(self, resistance: float) -> float:
        """State that has a resistance at low voltage [nm].

        Parameters
        ----------
        resistance
            The resistance [Ω].

        Raises
        ------
        InputError
            The device has no such state.
        """
        low, high = self.range_ohm
        rounding = 1e-9
        if not low * (1 - rounding) <= resistance <= high * (1 + rounding):
            raise InputError(
                f"{resistance:g} Ω is no state of {self.card}, whose resistance at low voltage is from {low:.4g} to "
                f"{high:.4g} Ω"
            )
        current, voltage, length = self.conduction
        state = self.of_gap(length * math.log(resistance * current / voltage))
        return min(max(state, self.bounds[0]), self.bounds[1])

    def current(self, state: float, voltage: float) -> float:
        """Current [A].

        Parameters
        ----------
        state
            The state [nm].
        voltage
            Across the device, positive for SET [V].
        """
        current, scale, length = self.conduction
        return current * math.exp(-self.gap(state) / length) * math.sinh(voltage / scale)

    @property
    @abstractmethod
    def conduction(self) -> tuple[float, float, float]:
        """Current at gap 0 [A], scale of the voltage [V], scale of the gap [nm]."""

    @abstractmethod
    def gap(self, state: float) -> float:
        """Gap that is left [nm].

        Parameters
        ----------
        state
            The state [nm].
        """

    @abstractmethod
    def of_gap(self, gap: float) -> float:
        """State with a gap [nm].

        Parameters
        ----------
        gap
            The gap [nm].
        """

    @abstractmethod
    def enhancement(self, state: float, voltage: float) -> float:
        """How much stronger the local field is than the mean one: gamma [1].

        Parameters
        ----------
        state
            The state [nm].
        voltage
            Across the device; its sign matters [V].
        """

    @abstractmethod
    def rate(self, state: float, voltage: float, temperature_c: float) -> float:
        """How fast the state changes, away from its bounds [nm/s], at the temperature that the current leads to.

        Parameters
        ----------
        state
            The state [nm].
        voltage
            Across the device, positive for SET [V].
        temperature_c
            Of the surroundings [°C].
        """


def _rebuilt(found: type[AbstractCompactModel], card: str, parameters: dict[str, float]) -> AbstractCompactModel:
    return found(card=card, parameters=parameters)
