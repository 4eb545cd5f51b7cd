"""The read of a cell inside an array: its column, its wires, its unselected cells, and where it lies among them.

The circuit is that of a pair of devices; around it is the rest of the column, put together (``lumped``, what sweeps
use) or cell by cell with all of the array (``array``). Each position is a bench of its own, so that the tables tell
errors by position.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, StrictInt

from rramsim.alphabets import Alphabet
from rramsim.circuits.bench import SettingProblem
from rramsim.circuits.benches.pair.bench import AbstractPairRead, Stimulus
from rramsim.circuits.benches.pair.read import Reader
from rramsim.circuits.benches.pair.response import ReadResponse
from rramsim.circuits.benches.pair.settings import ReadSection
from rramsim.circuits.benches.pair.spread import weight_devices
from rramsim.circuits.circuit_file import load_cell
from rramsim.circuits.crossbar.deck import ArrayDeck, Model, Solver
from rramsim.circuits.crossbar.fill import WIRE_PARAMETERS, cell_problem
from rramsim.circuits.crossbar.pattern import Pattern, check_pattern, named_pattern, read_pattern
from rramsim.circuits.crossbar.search import with_column
from rramsim.circuits.crossbar.wires import Wires
from rramsim.circuits.environment import Environment
from rramsim.circuits.simulation import Simulation, Waves
from rramsim.corners import Corner
from rramsim.devices.spread import SpreadSpace
from rramsim.errors import InputError
from rramsim.files import resolved
from rramsim.quantities import Seconds, in_unit
from rramsim.spice.engine import engine
from rramsim.validation import Section
from rramsim.weights import Weight, WeightKind

_WireOhms = Annotated[float, in_unit("Ω"), Field(ge=0, le=1e6)]
_WireFarads = Annotated[float, in_unit("F"), Field(ge=0, le=1e-9)]
_Size = Annotated[StrictInt, Field(ge=1, le=1024)]
_Index = Annotated[StrictInt, Field(ge=0, le=1023)]
_WIRES = Wires()


def _pattern(value: object) -> object:
    if isinstance(value, str):
        return value
    if not isinstance(value, list | tuple) or not all(isinstance(row, list | tuple) for row in value):
        raise ValueError(
            "must be the name of a pattern, a file that ends in .csv, or rows of weights: [[1, 0], [0, -1]]"
        )
    return check_pattern(value, told="the pattern")


class ColumnSection(ReadSection):
    """Settings of the bench: those of [read], the array, its wires, what its cells store, and which of them are read.

    ``positions`` are (row, column), the corner farthest from amplifiers and word-line drivers where left out; row 0 is
    next to the amplifiers, column 0 to the drivers. ``pattern`` is a name, a file (``.csv``) or rows of weights;
    ``pattern_seed`` draws the one called ``random``. Wires are those of one cell; their defaults are assumed.
    ``t_word_line_s``: when the row's driver rises before sense enable, the whole precharge where left out.
    """

    rows: _Size = 32
    columns: _Size = 32
    positions: tuple[tuple[_Index, _Index], ...] = ()
    pattern: Annotated[str | Pattern, BeforeValidator(_pattern)] = "zeros"
    pattern_seed: Annotated[StrictInt, Field(ge=0)] = 0
    r_wl_ohm: _WireOhms = _WIRES.r_wl_ohm
    c_wl_f: _WireFarads = _WIRES.c_wl_f
    r_bl_ohm: _WireOhms = _WIRES.r_bl_ohm
    c_bl_f: _WireFarads = _WIRES.c_bl_f
    r_sl_ohm: _WireOhms = _WIRES.r_sl_ohm
    c_sl_f: _WireFarads = _WIRES.c_sl_f
    t_word_line_s: Seconds | None = None
    model: Model = "lumped"
    solver: Solver = "sparse"

    @property
    def read_at(self) -> tuple[tuple[int, int], ...]:
        """Positions that are read."""
        return self.positions or ((self.rows - 1, self.columns - 1),)

    @property
    def wires(self) -> Wires:
        """Wires of one cell."""
        return Wires(**{name: getattr(self, name) for name in Wires.__dataclass_fields__})

    def weights(self, kind: WeightKind) -> Pattern:
        """What the cells of the array store.

        Parameters
        ----------
        kind
            Weights that a random pattern draws from.

        Raises
        ------
        InputError
            There is no such pattern, or it is not of the shape of the array.
        """
        shape = (self.rows, self.columns)
        if not isinstance(self.pattern, str):
            found, told = self.pattern, "the pattern"
        elif self.pattern.endswith(".csv"):
            found, told = read_pattern(Path(self.pattern)), self.pattern
        else:
            found, told = named_pattern(self.pattern, shape, kind=kind, seed=self.pattern_seed), self.pattern
        if (len(found), len(found[0])) != shape:
            raise InputError(
                f"{told} has {len(found)} rows and {len(found[0])} columns; the array has rows = {self.rows} and "
                f"columns = {self.columns}"
            )
        return found


@dataclass(frozen=True, kw_only=True)
class ColumnRead(AbstractPairRead):
    """A cell of two memory devices read inside an array.

    Parameters
    ----------
    row, column
        Where it lies.
    pattern
        What the cells of the array store.
    """

    Settings: ClassVar[type[Section]] = ColumnSection
    told: ClassVar[str] = (
        "Two resistive memory devices in an array, read by the sense amplifier of their column. Weight +1 = "
        "(LRS, HRS), −1 = (HRS, LRS), 0 = (HRS, HRS) on (BL, BLb). Unselected cells are transistors and devices of "
        "median resistance. Waveforms are of median devices; those of a 0 differ by 10 %, since equal ones would not "
        "decide."
    )

    settings: ColumnSection
    row: int = 0
    column: int = 0
    pattern: Pattern = ()

    @classmethod
    def resolved(cls, settings: Section, folder: Path) -> Section:
        """Settings whose circuit files and pattern have absolute paths."""
        read = _checked(super().resolved(settings, folder))
        if not (isinstance(read.pattern, str) and read.pattern.endswith(".csv")):
            return read
        return read.model_copy(update={"pattern": str(resolved(folder / read.pattern))})

    @classmethod
    def problems(cls, settings: Section, environment: Environment) -> Iterator[SettingProblem]:
        """What is wrong with any read, and an array, pattern or position that does not fit."""
        read = _checked(settings)
        wrong = list(super().problems(read, environment))
        yield from wrong
        if not wrong:
            yield from _cell_problems(read)
            try:
                read.weights(_widest_kind(read))
            except InputError as error:
                yield ("pattern",), read.pattern if isinstance(read.pattern, str) else "rows of weights", str(error)
        for index, (row, column) in enumerate(read.read_at):
            if row >= read.rows or column >= read.columns:
                message = f"is outside the array: row 0 to {read.rows - 1}, column 0 to {read.columns - 1}"
                yield ("positions", index), [row, column], message
        if len(set(read.read_at)) < len(read.read_at):
            yield ("positions",), [list(position) for position in read.read_at], "names a position more than once"
        if read.t_word_line_s is not None and read.t_word_line_s > read.t_precharge_s:
            yield ("t_word_line_s",), read.t_word_line_s, f"must not exceed t_precharge_s, {read.t_precharge_s:g} s"

    @classmethod
    def benches(cls, name: str, settings: Section, environment: Environment) -> tuple[Self, ...]:
        """One for each position, whose row and column end its name."""
        read = _checked(settings)
        return tuple(
            replace(bench, row=row, column=column, pattern=read.weights(bench.cell.weights))
            for row, column in read.read_at
            for bench in super(ColumnRead, cls).benches(f"{name}_r{row}_c{column}", read, environment)
        )

    @classmethod
    def alphabet_of(cls, kind: WeightKind) -> Alphabet:
        """Its weights."""
        return kind.alphabet

    def remark(self, corner: Corner, programmed: str, waves: Waves) -> str:
        """Where the recharge does not end, and where ngspice has not the solver that the study asks for."""
        found, told = engine().solver, super().remark(corner, programmed, waves)
        if self.settings.solver != "klu" or "KLU" in found:
            return told
        other = f"{self.name}: this ngspice has no KLU and solves with {found}: the same results, but not the same time"
        return f"{other}; {told}" if told else other

    def stimulus(self, corner: Corner, programmed: str) -> Stimulus:
        """Both devices in the states of the weight."""
        weight = Weight(programmed)
        return Stimulus(devices=weight_devices(self.environment.devices, weight), right=weight)

    @property
    def images(self) -> tuple[tuple[str, str], ...]:
        """The two signs, where the column's other cells are alike on both sides."""
        others = (line[self.column] for row, line in enumerate(self.pattern) if row != self.row)
        if any(others):
            return ()
        return tuple((weight.value, weight.opposite.value) for weight in (Weight.PLUS, Weight.MINUS))

    @property
    def identity(self) -> Mapping[str, Any]:
        """As of every read; array, pattern, wires and position are in the deck."""
        found = super().identity
        in_deck = {*Wires.__dataclass_fields__, "rows", "columns", "positions", "pattern", "pattern_seed", "solver"}
        settings = {key: value for key, value in found["settings"].items() if key not in in_deck}
        return {**found, "settings": settings, "fields": {}}

    def new_deck(self, corner: Corner) -> ArrayDeck:
        """Make the deck of one read."""
        read, devices = self.settings, self.environment.devices
        return ArrayDeck(
            cell=self.cell,
            corner=corner,
            technology=self.environment.technology,
            conditions=read.conditions,
            prefix=self.prefix,
            pattern=self.pattern,
            row=self.row,
            column=self.column,
            wires=read.wires,
            r_lrs=devices.lrs.r_median,
            r_hrs=devices.hrs.r_median,
            t_word_line=read.t_precharge_s if read.t_word_line_s is None else read.t_word_line_s,
            model=read.model,
            solver=read.solver,
        )

    def response(self, simulation: Simulation, corner: Corner, programmed: str, spread: SpreadSpace) -> ReadResponse:
        """The equivalent imbalance of the two devices, on the scale of a column whose other cells are all 0."""
        put, deck = self.stimulus(corner, programmed), self.new_deck(corner)
        alike = with_column(deck, self.row, (0,) * len(self.pattern))
        reader = Reader(simulation.engine, deck, deck_path=simulation.deck_path)
        # A pattern moves the imbalance that reads as none: signals of either sign are then no measure of its size.
        balanced = Reader(simulation.engine, alike)
        return ReadResponse(reader, spread, put.right, balanced=balanced)

    def about(self, corner: Corner) -> Mapping[str, Any]:
        """What every read of a pair tells, and the array."""
        told, read = super().about(corner), self.settings
        lumps = {f"{self.cell.circuit.cell.subcircuit}.{name}" for name in WIRE_PARAMETERS}
        wires = [
            {
                "name": f"{name.rpartition('_')[0]} of a cell{', assumed' if value == getattr(_WIRES, name) else ''}",
                "value": value,
                "unit": "Ω" if name.endswith("ohm") else "F",
            }
            for name, value in asdict(read.wires).items()
        ]
        array = (("rows", read.rows), ("columns", read.columns), ("row", self.row), ("column", self.column))
        return {
            **told,
            "capacitors": [one for one in told["capacitors"] if one["name"] not in lumps],
            "conditions": [
                *told["conditions"],
                *({"name": name, "value": value, "unit": ""} for name, value in array),
                *wires,
            ],
        }


def _checked(settings: Section) -> ColumnSection:
    if not isinstance(settings, ColumnSection):
        raise TypeError(f"the read in an array needs the settings of column_read, not {type(settings).__name__}")
    return settings


def _widest_kind(read: ColumnSection) -> WeightKind:
    """Weights of the cell that programs most."""
    kinds = [load_cell(name).weights for name in read.cells]
    return max(kinds, key=lambda kind: len(kind.programmed))


def _cell_problems(read: ColumnSection) -> Iterator[SettingProblem]:
    """Cells that cannot be put beside each other, and sizes that the wires give."""
    for index, name in enumerate(read.cells):
        circuit = load_cell(name).circuit
        message = cell_problem(circuit)
        if message:
            yield ("cells", index), name, message
        for parameter in read.geometry.get(circuit.cell.subcircuit, {}):
            if parameter in WIRE_PARAMETERS:
                keys = ("geometry", circuit.cell.subcircuit, parameter)
                message = "is that of one cell's wires in an array: set c_bl_f and c_sl_f"
                yield keys, read.geometry[circuit.cell.subcircuit][parameter], message
