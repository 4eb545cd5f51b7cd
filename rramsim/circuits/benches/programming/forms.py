"""Forms of a memory device in a deck: the sub-circuit of any ngspice, or the same model as compiled Verilog-A."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rramsim.circuits.netlist_lines import without_comments
from rramsim.devices.compact.card import DeviceCard
from rramsim.devices.compact.model import AbstractCompactModel
from rramsim.spice.needs import check_osdi, find_osdi, osdi_line
from rramsim.units import format_number

# Of an instance: factor of the current, shift of the barrier, factor of the field enhancement.
_VARIED = ("n_current", "d_barrier", "n_gamma")


@dataclass(frozen=True, kw_only=True)
class AbstractForm(ABC):
    """A device that varies: how it stands in a deck, and what of it is altered.

    Parameters
    ----------
    device
        Which model, with which parameters.
    """

    device: AbstractCompactModel

    @property
    @abstractmethod
    def needs(self) -> tuple[str, ...]:
        """Lines of the deck's head."""

    @property
    @abstractmethod
    def definition(self) -> tuple[str, ...]:
        """Lines that define what the instance is of."""

    @property
    @abstractmethod
    def handles(self) -> tuple[str, ...]:
        """Handles of the factor of the current, the shift of the barrier, the factor of gamma and the initial state."""

    @abstractmethod
    def instance(self, nodes: Sequence[str], initial: float) -> tuple[str, ...]:
        """Lines of the instance.

        Parameters
        ----------
        nodes
            Top electrode, bottom electrode, state.
        initial
            The state before anything happens [nm].
        """

    @abstractmethod
    def check(self) -> None:
        """Refuse what ngspice could not take.

        Raises
        ------
        InputError
            It could not.
        """

    @abstractmethod
    def longest_step(self, card: DeviceCard) -> float | None:
        """Longest step of a transient that it stays right with [s]; None for any.

        Parameters
        ----------
        card
            Of the device.
        """

    @property
    @abstractmethod
    def source(self) -> str:
        """Text of the model, for a reader."""

    @property
    def told(self) -> str:
        """What a reader of the report should know of the form."""
        return ""

    @property
    def start(self) -> str:
        """Parameter that holds the initial state."""
        return f"{self.device.state}_initial"


class SubcircuitForm(AbstractForm):
    """The sub-circuit."""

    name: ClassVar[str] = "xmem"

    @property
    def needs(self) -> tuple[str, ...]:
        """Nothing."""
        return ()

    @property
    def definition(self) -> tuple[str, ...]:
        """The sub-circuit."""
        return (without_comments(self.device.text),)

    @property
    def handles(self) -> tuple[str, ...]:
        """Its sources and its capacitor."""
        return (*(f"v.{self.name}.v{which}" for which in "ieg"), f"@c.{self.name}.cstate[ic]")

    def instance(self, nodes: Sequence[str], initial: float) -> tuple[str, ...]:
        """An instance with all parameters."""
        values = {**self.device.parameters, self.start: initial}
        return (f"{self.name} {' '.join(nodes)} {self.device.subcircuit}", *_continued(values))

    def check(self) -> None:
        """Nothing to refuse: it lies with the package."""

    def longest_step(self, card: DeviceCard) -> float | None:
        """What the card says of it."""
        return card.file.validity.step_max_s

    @property
    def source(self) -> str:
        """The sub-circuit's file."""
        return self.device.text


@dataclass(frozen=True, kw_only=True)
class CompiledForm(AbstractForm):
    """The compiled Verilog-A module, of the same name and parameters as the sub-circuit.

    Parameters
    ----------
    osdi
        Name of its file, in a folder of the user's ``RRAMSIM_OSDI``.
    """

    osdi: str
    name: ClassVar[str] = "nmem"

    def check(self) -> None:
        """Refuse a file that is not there or cannot hold the model."""
        check_osdi(find_osdi(self.osdi), self.device.subcircuit, (*self.device.names, self.start, *_VARIED))

    def longest_step(self, card: DeviceCard) -> float | None:
        """Any: the simulator chooses."""
        return None

    @property
    def needs(self) -> tuple[str, ...]:
        """Its file, by name and content."""
        return (osdi_line(find_osdi(self.osdi)).rstrip(),)

    @property
    def definition(self) -> tuple[str, ...]:
        """A model with the parameters of the card."""
        return (f".model {self._model} {self.device.subcircuit}", *_continued(self.device.parameters))

    @property
    def handles(self) -> tuple[str, ...]:
        """Its parameters."""
        return tuple(f"@{self.name}[{parameter}]" for parameter in (*_VARIED, self.start))

    def instance(self, nodes: Sequence[str], initial: float) -> tuple[str, ...]:
        """An instance of the model."""
        return (f"{self.name} {' '.join(nodes)} {self._model} {self.start}={format_number(initial)}",)

    @property
    def source(self) -> str:
        """The Verilog-A file."""
        return self.device.verilog

    @property
    def told(self) -> str:
        """Which file."""
        return f" It is simulated as compiled Verilog-A, {self.osdi}."

    @property
    def _model(self) -> str:
        return f"{self.device.subcircuit}_card"


def form_of(device: AbstractCompactModel, osdi: str | None) -> AbstractForm:
    """The form that a study asks for.

    Parameters
    ----------
    device
        Which model, with which parameters.
    osdi
        Name of a compiled model's file; None for the sub-circuit.
    """
    return SubcircuitForm(device=device) if osdi is None else CompiledForm(device=device, osdi=osdi)


def _continued(values: Mapping[str, float]) -> list[str]:
    return [f"+ {key}={format_number(value)}" for key, value in values.items()]
