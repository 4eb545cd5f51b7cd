"""A circuit of the user's own, as a TOML file: which netlists, which sub-circuits, and what connects to the read.

Everything wrong with a file is reported at once, each problem with its key, its value and what is allowed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, StrictStr, ValidationError

from rramsim.circuits.catalog import CELLS, R_BL, R_BLB, Cell
from rramsim.circuits.circuit import INPUTS, NETS, Circuit, Netlist, Part
from rramsim.circuits.dc_path import floating_nets
from rramsim.circuits.flatten import flatten
from rramsim.circuits.netlist import TRANSISTORS, Subcircuit
from rramsim.circuits.source import find_class
from rramsim.errors import InputError, MissingResourceError, Problem, StudyError, close_matches
from rramsim.files import is_file
from rramsim.resources import netlist_path
from rramsim.validation import Name, PathText, Section, dotted, problems, read_toml
from rramsim.weights import WeightKind

# Without these nothing would be read: the amplifier judges the bit lines of the cell, and its outputs are judged.
_NEEDED = {"amplifier": ("q", "qb", "bl", "blb", "vdd"), "cell": ("bl", "blb")}
_HELD = ("vdd", "0", "wl", "sen", "senb", *INPUTS)  # by sources of the read
_INSTANCES = {"amplifier": "xsa", "cell": "xcell"}


class _Amplifier(Section):
    netlists: Annotated[tuple[PathText, ...], Field(min_length=1)]
    subcircuit: StrictStr
    connect: dict[StrictStr, StrictStr]


class _CellPart(_Amplifier):
    r_bl: StrictStr = R_BL
    r_blb: StrictStr = R_BLB


class _CircuitFile(Section):
    name: Name
    weights: WeightKind
    amplifier: _Amplifier
    cell: _CellPart

    @property
    def parts(self) -> dict[str, _Amplifier]:
        return {"amplifier": self.amplifier, "cell": self.cell}


def load_cell(name: str, *, relative_to: Path = Path()) -> Cell:
    """Find a built-in cell, or read a user's circuit.

    Parameters
    ----------
    name
        Name of a built-in cell, or path of a circuit file (anything that ends in ``.toml``).
    relative_to
        Folder where a relative path starts.

    Raises
    ------
    InputError
        No such built-in cell.
    MissingResourceError
        No such file.
    StudyError
        The file, or a netlist that it names, holds something that cannot be used; every problem is listed.
    """
    if not name.endswith(".toml"):
        if name not in CELLS:
            raise InputError(f"unknown cell {name!r}; {close_matches(name, CELLS)}")
        return CELLS[name]
    path = relative_to / name
    data = read_toml(path)
    try:
        file = _CircuitFile.model_validate(data)
    except ValidationError as error:
        raise StudyError(path, problems(error, _CircuitFile)) from None
    netlists, found = _netlists(file, path.parent)
    library = {netlist.subcircuit.name: netlist.subcircuit for netlist in netlists}
    found += _name_problems(file)
    for key, part in file.parts.items():
        found += _part_problems(key, part, library, complete=not found)
    if not found:
        circuit = _circuit(file, netlists, library)
        found = _content_problems(file, circuit)
    if found:
        raise StudyError(path, found)
    return Cell(name=file.name, weights=file.weights, circuit=circuit)


def _netlists(file: _CircuitFile, folder: Path) -> tuple[tuple[Netlist, ...], list[Problem]]:
    """The cell's netlists and then the amplifier's, a file that both name once; and what is wrong with them."""
    known: dict[str, Netlist] = {}
    found = []
    for key in ("cell", "amplifier"):
        for index, name in enumerate(file.parts[key].netlists):
            try:
                netlist = _netlist(name, folder)
                defined = netlist.subcircuit.name
                if defined in TRANSISTORS:
                    raise InputError(f"defines {defined}, which is the technology's")  # noqa: TRY301
                if known.setdefault(defined, netlist).text != netlist.text:
                    raise InputError(f"defines {defined}, as does {known[defined].source}")  # noqa: TRY301
            except InputError as error:
                found.append(Problem(key=f"{key}.netlists[{index}]", value=name, message=str(error)))
    return tuple(known.values()), found


def _netlist(name: str, folder: Path) -> Netlist:
    """A file beside the circuit's, a built-in netlist, or a sub-circuit of PySpice as module:Class."""
    if ":" in name:
        from rramsim.spice.subcircuits import subcircuit_text  # PySpice takes long to import

        return Netlist(source=name, text=subcircuit_text(find_class(name, relative_to=folder)))
    path = folder / name
    try:
        if not is_file(path):
            path = netlist_path(name)
        text = path.read_bytes().decode("utf-8-sig")
    except MissingResourceError as error:
        raise InputError(f"no such file beside the circuit's, and no such built-in netlist: {error}") from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 text: {error.reason} at byte {error.start}") from None
    return Netlist(source=str(path), text=text.replace("\r\n", "\n"))


def _name_problems(file: _CircuitFile) -> list[Problem]:
    if file.name in CELLS:
        return [Problem(key="name", value=file.name, message="is the name of a built-in cell")]
    return []


def _part_problems(key: str, part: _Amplifier, library: dict[str, Subcircuit], *, complete: bool) -> list[Problem]:
    """What is wrong with a part's names; an unknown sub-circuit is no news where a netlist could not be read."""
    found = []
    for port, net in part.connect.items():
        if net not in NETS:
            message = f"unknown net; {close_matches(net, NETS)}"
            found.append(Problem(key=dotted((key, "connect", port)), value=net, message=message))
    for net in _NEEDED[key]:
        if net not in part.connect.values():
            message = f"no port is connected to {net}"
            found.append(Problem(key=f"{key}.connect", value=part.connect, message=message))
    subcircuit = library.get(part.subcircuit.lower())
    if subcircuit is None:
        if complete:
            message = f"unknown sub-circuit; {close_matches(part.subcircuit, library)}"
            found.append(Problem(key=f"{key}.subcircuit", value=part.subcircuit, message=message))
        return found
    ports = [port.lower() for port in part.connect]
    for port in part.connect:
        if port.lower() not in subcircuit.ports or ports.count(port.lower()) > 1:
            message = f"must be a port of {subcircuit.name}, once; {close_matches(port, subcircuit.ports)}"
            found.append(Problem(key=dotted((key, "connect", port)), value=part.connect[port], message=message))
    for port in subcircuit.ports:
        if port not in ports:
            message = f"port {port} of {subcircuit.name} is not connected; allowed are {', '.join(NETS)}"
            found.append(Problem(key=dotted((key, "connect", port)), value=None, message=message))
    return found


def _circuit(file: _CircuitFile, netlists: tuple[Netlist, ...], library: dict[str, Subcircuit]) -> Circuit:
    def part(key: str) -> Part:
        chosen = file.parts[key]
        connect = {port.lower(): net for port, net in chosen.connect.items()}
        subcircuit = library[chosen.subcircuit.lower()]
        nets = tuple(connect[port] for port in subcircuit.ports)
        return Part(instance=_INSTANCES[key], subcircuit=subcircuit.name, nets=nets)

    return Circuit(
        name=file.name,
        netlists=netlists,
        amplifier=part("amplifier"),
        cell=part("cell"),
        r_bl=file.cell.r_bl.lower(),
        r_blb=file.cell.r_blb.lower(),
    )


def _content_problems(file: _CircuitFile, circuit: Circuit) -> list[Problem]:
    """What only shows in the flattened circuit."""
    found, library = [], circuit.library
    resistors: list[str] = []
    for key, part in (("amplifier", circuit.amplifier), ("cell", circuit.cell)):
        try:
            elements = flatten(
                library[part.subcircuit], path=part.instance, nodes=part.nets, values={}, library=library
            )
        except InputError as error:
            found.append(Problem(key=f"{key}.subcircuit", value=part.subcircuit, message=str(error)))
        else:
            found += [
                Problem(key=f"{key}.netlists", value=e.path, message="dvt is drawn for each read: it must be 0")
                for e in elements
                if e.parameters.get("dvt", 0.0) != 0 and e.kind == "x"
            ]
            resistors = [e.path.removeprefix(f"{part.instance}.") for e in elements if e.kind == "r"]
    if found:
        return found
    for key, path in (("r_bl", circuit.r_bl), ("r_blb", circuit.r_blb)):
        if path not in resistors:
            message = f"must be the path of a resistor inside the cell; {close_matches(path, resistors)}"
            found.append(Problem(key=f"cell.{key}", value=path, message=message))
    if circuit.r_bl == circuit.r_blb:
        message = "must be another resistor than cell.r_bl"
        found.append(Problem(key="cell.r_blb", value=circuit.r_blb, message=message))
    for net in floating_nets(circuit.elements(), _HELD):
        where = "cell" if net.startswith(_INSTANCES["cell"]) else "amplifier"
        message = "no direct current reaches this net (through r, l, v, d, e or a channel): its voltage is undefined"
        found.append(Problem(key=f"{where}.netlists", value=net, message=message))
    return found
