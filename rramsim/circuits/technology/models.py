"""The models of one process corner as deck text: what the transistors need of the library, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from rramsim.circuits.netlist import TRANSISTORS
from rramsim.circuits.technology.binding import TransistorBinding
from rramsim.circuits.technology.bins import Bin, bins_of, scale_of
from rramsim.circuits.technology.block import Block
from rramsim.circuits.technology.definitions import (
    Definition,
    blocks,
    definitions,
    needed,
    renamed,
    usable,
)
from rramsim.circuits.technology.elaboration import kit_variation
from rramsim.circuits.technology.file import TechnologyFile
from rramsim.circuits.technology.kit import KitLibrary
from rramsim.circuits.technology.library import LibraryFiles
from rramsim.circuits.technology.scope import RANDOM_CALL
from rramsim.circuits.technology.settled import settled, transistor_circuits
from rramsim.circuits.technology.statements import Statement
from rramsim.circuits.technology.variation import Variation
from rramsim.errors import InputError, close_matches
from rramsim.files import sha256_of
from rramsim.spice.needs import compatibility_line, find_osdi, osdi_line
from rramsim.units import format_number

_OURS = "library_"  # before names of the library that netlists use for something else
_KEPT = 64  # corners whose models are kept


@dataclass(frozen=True, kw_only=True, eq=False)
class Models:
    """Models of a process corner.

    Parameters
    ----------
    text
        For a deck, with ``nfet`` and ``pfet`` as the netlists use them.
    files
        SHA-256 of each file of the library that was followed.
    definitions
        What the library defines, by name in lower case.
    notes
        What of the library was left out, as ngspice would; and why.
    random
        Where in the text random numbers may be drawn when it is loaded, each with the name that they go to.
    bins
        Sizes that there are models for, of each transistor type; empty where nothing is known of them.
    kit
        The library as its transistors see it, where their mismatch is the kit's own; else None.
    """

    text: str
    files: Mapping[Path, str]
    definitions: Mapping[str, Definition]
    notes: tuple[str, ...]
    random: tuple[str, ...]
    bins: Mapping[str, tuple[Bin, ...]]
    kit: KitLibrary | None

    @property
    def loads(self) -> int:
        """How many loads must give the same devices to be believed: ``limit`` draws one of two values."""
        return 12 if self.random else 2


def read_models(
    file: TechnologyFile,
    before: tuple[Path, ...],
    library: Path,
    process: str,
    also: Iterable[str] = (),
    *,
    drawn: float = 0.0,
) -> Models:
    """Read the models of a process corner.

    Parameters
    ----------
    file
        The technology file.
    before, library
        Its files, found.
    process
        A corner that it has sections for.
    also
        Names in the library that a deck uses besides the transistors.
    drawn
        What each random number of the kit's own mismatch is in the text [standard deviations].

    Raises
    ------
    InputError
        A file of the library cannot be used, or a name of ``also`` is not defined in it.
    """
    files = LibraryFiles()
    statements = [statement for path in before for statement in files.whole(path)]
    for section in file.section_names(process):
        statements += files.section(library, section)
    compiled = [find_osdi(name) for name in file.ngspice.osdi]
    found = files.hashes | {path: sha256_of(path) for path in compiled}
    source = _Source(
        about=(file.model_dump_json(), process, drawn),
        files=tuple(found.items()),
        osdi="".join(map(osdi_line, compiled)),
        also=tuple(sorted(set(map(str.lower, also)))),
        statements=tuple(statements),
        file=file,
        process=process,
    )
    return _composed(source)


@dataclass(frozen=True, kw_only=True)
class _Source:
    """What models are made of; two are equal whose files are."""

    about: tuple[str, str, float]
    files: tuple[tuple[Path, str], ...]
    osdi: str
    also: tuple[str, ...]
    statements: tuple[Statement, ...] = field(compare=False)
    file: TechnologyFile = field(compare=False)
    process: str = field(compare=False)

    @property
    def drawn(self) -> float:
        """What random numbers of the kit's own mismatch are."""
        return self.about[2]


@lru_cache(maxsize=_KEPT)
def _composed(source: _Source) -> Models:
    file = source.file
    everything, notes = usable(blocks(source.statements), file.ngspice.option_names)
    known = definitions(everything)
    for name in source.also:
        if name not in known:
            raise InputError(f"the models of {file.name} do not define {name}; {close_matches(name, known)}")
    _check_parameters(file, everything)
    devices = {binding.device.lower() for binding in file.bindings.values()}
    used = everything if file.inline else needed(everything, [*devices, *source.also, *file.set_parameters])
    bins = {kind: bins_of(binding, used, file.ngspice.options) for kind, binding in file.bindings.items()}
    kit = _kit(file, used)
    if kit:
        used = settled(used, transistor_circuits(used, devices), source.drawn)
    clashes = _clashes(file, used)
    if clashes:
        used = renamed(used, clashes, _OURS)
    random = tuple(
        f"{statement.line.split('=')[0].split()[-1]} in {statement.place}"
        for block in used
        for statement in block.statements
        if RANDOM_CALL.search(statement.line)
    )
    text = _text(source, used, clashes)
    return Models(
        text=text, files=dict(source.files), definitions=known, notes=notes, random=random, bins=bins, kit=kit
    )


def _text(source: _Source, used: Iterable[Block], clashes: frozenset[str]) -> str:
    """Deck text of what is used of a library."""
    file = source.file
    wrappers = "".join(
        binding.wrapper(kind, device=f"{_OURS if binding.device.lower() in clashes else ''}{binding.device}")
        for kind, binding in file.bindings.items()
    )
    mode = compatibility_line(file.ngspice.compatibility) if file.ngspice.compatibility else ""
    mode += source.osdi
    options = "".join(f".options {option}\n" for option in file.ngspice.options)
    normals = dict.fromkeys(file.mismatch.normals, source.drawn) if file.mismatch and source.drawn else {}
    given = {**file.set_parameters, **normals}
    parameters = "".join(f".param {name}={format_number(value)}\n" for name, value in given.items())
    text = "".join(f"{statement.text}\n" for block in used for statement in block.statements)
    head = f"* {file.name}, {source.process}: {', '.join(file.section_names(source.process))}\n"
    # The technology file's own parameters come last: of two with one name ngspice takes the later.
    return head + mode + options + text + parameters + wrappers


def _kit(file: TechnologyFile, used: tuple[Block, ...]) -> KitLibrary | None:
    """The library as its transistors see it, where their mismatch is the kit's own."""
    if file.mismatch is None:
        return None
    scale = scale_of(used, file.ngspice.options)
    if scale is None:
        raise InputError(f"{file.name}: option scale must be a number where [mismatch] is used")
    kit = KitLibrary(
        blocks=used,
        parameters={name.lower(): value for name, value in file.set_parameters.items()},
        normals=frozenset(map(str.lower, file.mismatch.normals)),
        scale=scale,
    )
    kit.check_normals()
    return kit


@lru_cache(maxsize=4096)
def model_variation(models: Models, binding: TransistorBinding, kind: str, width: float, length: float) -> Variation:
    """Random numbers of a kit's own mismatch in a transistor, and what they change.

    Parameters
    ----------
    models
        Of a process corner.
    binding
        How the transistor is called.
    kind
        ``nfet`` or ``pfet``.
    width, length
        Drawn [m].

    Raises
    ------
    InputError
        They enter it in a way that is not understood.
    """
    if models.kit is None:
        raise InputError(f"{kind}: neither a_vt_v_m nor [mismatch] says what its mismatch is")
    return kit_variation(models.kit, binding, width, length)


def _clashes(file: TechnologyFile, used: Iterable[Block]) -> frozenset[str]:
    """Names of netlists' transistors that the library has for devices of its own."""
    native = {kind for kind, binding in file.bindings.items() if binding.kind == "native"}
    defined = frozenset(name for block in used for name in block.defines)
    return defined & (frozenset(TRANSISTORS) - native)


def _check_parameters(file: TechnologyFile, everything: Iterable[Block]) -> None:
    """Refuse a parameter that changes nothing: misspelt, or one that a sub-circuit or a model has for itself."""
    named = [("parameters", name) for name in file.parameters]
    if file.mismatch:
        named += [("mismatch.switches", name) for name in file.mismatch.switches]
        named += [("mismatch.normals", name) for name in file.mismatch.normals]
    used = frozenset(name for block in everything for name in block.uses) if named else frozenset()
    for key, name in named:
        if name.lower() not in used:
            raise InputError(
                f"{key}.{name}: nothing in the models of {file.name} uses it; what a sub-circuit declares for "
                "itself is set under parameters of [nfet] and [pfet]"
            )


def device_problem(binding: TransistorBinding, kind: str, models: Models) -> tuple[str, object, str] | None:
    """Say what of a transistor's binding the library does not have: ngspice passes over parameters that it lacks.

    Parameters
    ----------
    binding
        How the transistor is called.
    kind
        ``nfet`` or ``pfet``.
    models
        Of a process corner.

    Returns
    -------
    tuple or None
        (key, value, message).
    """
    found = models.definitions.get(binding.device.lower())
    if found is None:
        near = [name for name, one in models.definitions.items() if one.kind == binding.library_kind]
        return "device", binding.device, f"the library defines no such device; {_few(binding.device, near)}"
    if found.kind != binding.library_kind and found.other:
        found = found.other
    where = f"{found.statement.place} defines {binding.device}"
    if found.kind != binding.library_kind:
        other = "primitive" if found.kind == "model" else "subcircuit"
        return "kind", binding.kind, f"{where} as a {found.kind}: kind must be {other!r}"
    if found.kind == "model":
        wanted = {"nfet": "nmos", "pfet": "pmos"}[kind]
        return (
            None if found.type == wanted else ("device", binding.device, f"{where} of type {found.type}, not {wanted}")
        )
    if len(found.ports) != 4:
        return "device", binding.device, f"{where} with the ports {' '.join(found.ports)}, not four: d g s b"
    for key, name in binding.named_parameters:
        if name.lower() not in found.parameters:
            has = ", ".join(found.parameters) or "none"
            return key, name, f"{where} without such a parameter; it has {has}"
    return None


def _few(name: str, known: Iterable[str]) -> str:
    """Near names; a kit has thousands."""
    told = close_matches(name, known)
    return told if len(told) < 400 else f"{told[:400]} …"
