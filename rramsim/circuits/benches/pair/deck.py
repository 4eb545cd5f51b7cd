"""Deck of one read: precharge, sense, recharge.

    t                 0 ......... t_precharge ............... + t_window ......... + t_precharge
    sen               0                       vdd                          0
                      bit lines start at 0 V  decision at t_sense          outputs and bit lines recharge

The sense phase starts at the half of the rising edge of ``sen``. The cycle ends with the recharge so that the supply
charge from the rising edge on is that of one whole read in steady operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from rramsim.circuits.catalog import Cell
from rramsim.circuits.circuit import INPUTS, Geometry
from rramsim.circuits.flatten import Transistor
from rramsim.circuits.netlist import load_subcircuit
from rramsim.circuits.netlist_lines import without_comments
from rramsim.circuits.technology import Technology
from rramsim.circuits.technology.variation import Variation, split_values
from rramsim.corners import Corner
from rramsim.errors import InputError
from rramsim.spice.analyses import Tran
from rramsim.spice.until import Until
from rramsim.units import format_number

EDGE_TIME = 0.2e-9  # of sen [s]: short against a latching time, long enough not to upset the integrator
AMPLIFIER = "xsa"  # instance of the sense amplifier
_LATCHED = 0.1  # of the supply: an output this near to it, the other one this near to ground, do not change again
_OUTPUT_STAGE = ("logic/inverter.cir", "logic/xor2.cir", "sense/output_stage.cir")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadConditions:
    """Timing, drive and geometry of a read.

    Parameters
    ----------
    t_precharge
        Duration of the precharge, and of the recharge at the end [s].
    t_sense
        When the outputs are judged, counted from the half of the sense edge [s].
    t_window
        How long sense enable stays high [s], at least ``t_sense``; None for ``t_sense``. A longer one shows latching
        times beyond the decision.
    v_word_line
        Word line voltage [V].
    max_step
        Largest time step of the integrator [s]. It is part of the result: see tests/spice/test_convergence.py.
    geometry
        Sizes and capacitances that differ from the netlists' defaults.
    output_stage
        Add the gates of netlists/sense/output_stage.cir and decide by them.

    Raises
    ------
    InputError
        Sense enable would fall before the outputs are judged.
    """

    t_precharge: float = 10e-9
    t_sense: float = 50e-9
    t_window: float | None = None
    v_word_line: float = 3.3
    max_step: float = 2e-9
    geometry: Geometry = ()
    output_stage: bool = False

    def __post_init__(self) -> None:
        if self.t_window is not None and self.t_window < self.t_sense:
            raise InputError(f"t_window must be at least t_sense ({self.t_sense:g} s), got {self.t_window:g} s")

    @property
    def window(self) -> float:
        """How long sense enable stays high [s]."""
        return self.t_sense if self.t_window is None else self.t_window

    @property
    def t_start(self) -> float:
        """When the sense phase starts [s]: the half of the rising edge."""
        return self.t_precharge + EDGE_TIME / 2

    @property
    def t_stop(self) -> float:
        """End of the simulation [s]."""
        return self.t_start + self.window + EDGE_TIME + self.t_precharge

    @property
    def analysis(self) -> Tran:
        """The transient of one read."""
        return Tran(step=self.max_step, stop=self.t_stop, max_step=self.max_step)


@dataclass(frozen=True, kw_only=True)
class ReadDeck:
    """One deck a (cell, corner): nominal devices, whose values are altered for each sample.

    The deck is self-contained text: models and sub-circuits are written into it, so that anyone can open it in ngspice
    alone. ``probes`` are nodes to save beside those that a read measures; ``prefix``
    tells its name from that of the same cell read otherwise.
    """

    cell: Cell
    corner: Corner
    technology: Technology
    conditions: ReadConditions = ReadConditions()
    probes: tuple[str, ...] = ()
    prefix: str = ""

    @property
    def name(self) -> str:
        """Name of its file."""
        return f"{self.prefix}{self.cell.name}_{self.corner.id}"

    @cached_property
    def transistors(self) -> tuple[Transistor, ...]:
        """The transistors that a sample varies, in the order of a sample's values."""
        return self.cell.transistors(self.conditions.geometry)

    @cached_property
    def variations(self) -> tuple[Variation, ...]:
        """What varies of each transistor, in the same order."""
        process = self.corner.process
        return tuple(self.technology.variation(process, t.kind, t.width, t.length) for t in self.transistors)

    def mismatch_alterations(self, values: Sequence[float]) -> list[tuple[str, float]]:
        """What ngspice alters to give the transistors their mismatch: handles and values.

        Parameters
        ----------
        values
            One of each source of spread of the transistors; none for typical ones.

        Raises
        ------
        InputError
            There is another number of values than of sources.
        """
        given = values or (0.0,) * sum(len(variation.names) for variation in self.variations)
        apart = zip(self.transistors, self.variations, split_values(self.variations, given), strict=True)
        return [change for t, variation, numbers in apart for change in variation.alterations(t.path, numbers)]

    @property
    def inputs(self) -> tuple[str, ...]:
        """Nets of the circuit that a stimulus drives, besides what every read does."""
        return tuple(net for net in INPUTS if net in self.cell.circuit.nets)

    def input_alterations(self, inputs: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
        """What ngspice alters to drive the inputs: handles and voltages [V].

        Parameters
        ----------
        inputs
            (net, V) of each of :attr:`inputs`.

        Raises
        ------
        InputError
            They are not those of the circuit.
        """
        given = dict(inputs)
        if sorted(given) != sorted(self.inputs):
            raise InputError(f"the read of {self.cell.name} has the inputs {self.inputs}, given were {tuple(given)}")
        return [(f"v{net}", given[net]) for net in self.inputs]

    @property
    def resistance_handles(self) -> tuple[str, str]:
        """What ngspice alters to set the two memory resistances."""
        return self.cell.circuit.resistance_handles

    @cached_property
    def text(self) -> str:
        """The deck."""
        c = self.conditions
        vdd, t_precharge = format_number(self.corner.vdd), format_number(c.t_precharge)
        edge, high = format_number(EDGE_TIME), format_number(c.window - EDGE_TIME / 2)
        lines = [
            f"* rramsim: read of {self.cell.name} at {self.corner.id}, {self.technology.name}",
            self.technology.models_text(self.corner.process, self.cell.circuit.library_models).rstrip(),
            *(without_comments(text) for text in self._netlists),
            f"vdd vdd 0 dc {vdd}",
            f"vsen sen 0 dc 0 pulse(0 {vdd} {t_precharge} {edge} {edge} {high} 1)",
            *self._complement(f"pulse({vdd} 0 {t_precharge} {edge} {edge} {high} 1)"),
            self.word_line,
            *(f"v{net} {net} 0 dc 0" for net in self.inputs),
            *self.circuit_lines,
            *(["xout q qb plus resolved vdd 0 output_stage"] if c.output_stage else []),
            # Bit lines start discharged, as after the read before. Without the outputs' voltages the operating point
            # would latch against the discharged bit lines, by the mismatch alone, and a slow corner remembers it.
            f".ic {' '.join(f'v({net})={value}' for net, value in self.initial.items())}",
            f".options {' '.join(self.options)}",
            f".temp {format_number(self.corner.temperature_c)}",
            self.analysis.card,
            f".save {' '.join(_save_name(vector) for vector in self.vectors)}",
            ".end",
        ]
        return "\n".join(lines) + "\n"

    @property
    def word_line(self) -> str:
        """Source of the word line."""
        return f"vwl wl 0 dc {format_number(self.conditions.v_word_line)}"

    @property
    def circuit_lines(self) -> tuple[str, ...]:
        """What is read, and what reads it."""
        return self.cell.circuit.instance_lines(self.conditions.geometry)

    @property
    def options(self) -> tuple[str, ...]:
        """Options of ngspice."""
        return ("noinit",)  # do not print the initial solution of every run

    @property
    def decided(self) -> tuple[Until, ...]:
        """Where a read need not go on: its outputs are latched, or their judgement is over."""
        low, high = _LATCHED * self.corner.vdd, (1 - _LATCHED) * self.corner.vdd
        return (
            Until(conditions=(("q", "<", low), ("qb", ">", high))),
            Until(conditions=(("qb", "<", low), ("q", ">", high))),
            Until(conditions=(("time", ">", self.conditions.t_start + self.conditions.t_sense),)),
        )

    @property
    def analysis(self) -> Tran:
        """The transient of one read."""
        return self.conditions.analysis

    @property
    def vectors(self) -> tuple[str, ...]:
        """The vectors that a read measures."""
        gates = ("plus", "resolved") if self.conditions.output_stage else ()
        return ("q", "qb", "i(vdd)", *gates, *self.probes)

    @property
    def _netlists(self) -> tuple[str, ...]:
        gates = _OUTPUT_STAGE if self.conditions.output_stage else ()
        return (*(n.text for n in self.cell.circuit.netlists), *(load_subcircuit(name).text for name in gates))

    @property
    def initial(self) -> dict[str, str]:
        """Voltages that the read starts from, of the nets that the circuit has."""
        high = format_number(self.corner.vdd)
        start = {"bl": "0", "blb": "0", "sl": "0", "q": high, "qb": high}
        return {net: value for net, value in start.items() if net in self.cell.circuit.nets}

    def _complement(self, pulse: str) -> tuple[str, ...]:
        """Source of the complement of sense enable, where the circuit has one."""
        if "senb" not in self.cell.circuit.nets:
            return ()
        return (f"vsenb senb 0 dc {format_number(self.corner.vdd)} {pulse}",)


def _save_name(vector: str) -> str:
    return vector if "(" in vector else f"v({vector})"
