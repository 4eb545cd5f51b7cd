"""What is wrong with the settings of a read, besides the types of their values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rramsim.circuits.bench import SettingProblem
from rramsim.circuits.benches.pair.deck import EDGE_TIME
from rramsim.circuits.benches.pair.settings import ReadSection
from rramsim.circuits.catalog import Cell, geometry_problems
from rramsim.circuits.circuit import INPUTS
from rramsim.circuits.circuit_file import load_cell
from rramsim.circuits.technology import Technology
from rramsim.errors import InputError


def read_problems(read: ReadSection, technology: Technology, drives: Sequence[str]) -> Iterator[SettingProblem]:
    """Circuits that cannot be used, and what does not fit together.

    Parameters
    ----------
    read
        Resolved settings.
    technology
        The transistors.
    drives
        Inputs of the circuit that the bench drives.
    """
    if read.v_word_line_v > technology.vdd_max:
        message = f"is beyond the validity of {technology.name}: at most {technology.vdd_max} V"
        yield ("v_word_line_v",), read.v_word_line_v, message
    cells: list[Cell] = []
    for index, name in enumerate(read.cells):
        try:
            cell = load_cell(name)
        except InputError as error:
            yield ("cells", index), name, str(error)
            continue
        if cell.name in [other.name for other in cells]:
            yield ("cells", index), name, f"another cell is called {cell.name}, too"
        cells.append(cell)
        yield from ((("cells", index), name, message) for message in _input_problems(cell, drives))
    if len(cells) == len(read.cells):
        wrong = list(geometry_problems(cells, read.conditions.geometry))
        for keys, value, message in wrong:
            yield ("geometry", *keys), value, message
        if not wrong:
            yield from _sizes(cells, read, technology)
    if read.t_sense_s <= EDGE_TIME:
        yield ("t_sense_s",), read.t_sense_s, f"must be longer than the edge of sense enable, {EDGE_TIME:g} s"
    if read.max_step_s > read.t_sense_s:
        yield ("max_step_s",), read.max_step_s, "must not exceed t_sense_s"


def _input_problems(cell: Cell, drives: Sequence[str]) -> Iterator[str]:
    """A floating input would be read all the same, and so would a cell without the input that a bench multiplies by."""
    has = [net for net in INPUTS if net in cell.circuit.nets]
    undriven, missing = [net for net in has if net not in drives], [net for net in drives if net not in has]
    if undriven:
        yield f"its circuit has the inputs {', '.join(undriven)}, which this bench does not drive: xnor_read does"
    if missing:
        yield f"its circuit has nothing on the inputs {', '.join(missing)}, which this bench drives"


def _sizes(cells: Sequence[Cell], read: ReadSection, technology: Technology) -> Iterator[SettingProblem]:
    """Transistors of a size that the models are not good for."""
    for index, cell in enumerate(cells):
        for transistor in cell.transistors(read.conditions.geometry):
            problem = technology.size_problem(transistor.kind, transistor.width, transistor.length)
            if problem:
                yield ("cells", index), read.cells[index], f"{transistor.path} is {problem}"
                break
