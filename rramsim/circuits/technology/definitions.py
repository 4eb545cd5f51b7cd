"""What a model library defines: sub-circuits, models, parameters; and what of it some devices need.

A library is data: only cards that define something are taken. A command, an analysis or an element outside a
sub-circuit would change what is simulated without a word.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from rramsim.circuits.technology.block import ASSIGNED, BIN, Block, assigned, second
from rramsim.circuits.technology.options import OPTION_CARDS, taken_options
from rramsim.circuits.technology.statements import Statement

_DEFINE = (".param", ".func", ".model", ".subckt", ".ends", *OPTION_CARDS, ".csparam")
_CONDITIONS = (".if", ".elseif", ".else", ".endif")
_UNCONDITIONAL = (".param", ".func", ".csparam", ".subckt")
_MEANINGLESS = (".protect", ".unprotect", ".prot", ".unprot", ".end")
_ELEMENTS = "rclkdqjzmbefghvisnpuwotxy"
_SPECTRE_INCLUDE = "include"
_REFUSED = {
    ".control": "commands are not taken from a library",
    ".endc": "commands are not taken from a library",
    ".global": "would connect nets of rramsim's own netlists",
    ".temp": "the temperature is the study's",
    ".lib": "is not at the beginning of a line",
}
_ALLOWED = f"a library may hold {' '.join(_DEFINE[:6])} .if .lib .include, and elements inside sub-circuits"


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A sub-circuit with its ports and formal parameters, or a model with its type; names in lower case.

    ``other``: of the other kind and the same name, as kits have it for a transistor and its model.
    """

    statement: Statement
    kind: str  # subckt or model
    ports: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    type: str = ""
    other: Definition | None = None


def blocks(statements: Iterable[Statement]) -> tuple[Block, ...]:
    """Group the statements of a library.

    Parameters
    ----------
    statements
        In their order.

    Raises
    ------
    InputError
        A statement is none that a library may hold, or a sub-circuit or condition is not ended.
    """
    found: list[Block] = []
    opened: list[Statement] = []  # .subckt and .if that are not ended
    inside: list[Statement] = []
    for statement in statements:
        first = statement.first
        if first in _MEANINGLESS:
            continue
        _check(statement, inside=any(one.first == ".subckt" for one in opened))
        if opened and first in OPTION_CARDS:
            statement.refuse(f"ngspice takes an option for the whole deck, not only inside {opened[-1].first}")
        if first in _UNCONDITIONAL and any(one.first == ".if" for one in opened):
            statement.refuse(
                f"ngspice takes a {first} whatever the condition says, only models and elements depend on it: use a "
                "section, or an expression such as {(a == 1) ? b : c}"
            )
        inside.append(statement)
        if first in (".subckt", ".if"):
            opened.append(statement)
        elif first in (".ends", ".endif"):
            _close(statement, opened)
        if not opened:
            found.append(Block(statements=tuple(inside), always=first in OPTION_CARDS))
            inside = []
    if opened:
        opened[-1].refuse("is not ended")
    return tuple(found)


def needed(all_blocks: Sequence[Block], names: Iterable[str]) -> tuple[Block, ...]:
    """The blocks that some names need, and all that these need, in their order.

    Parameters
    ----------
    all_blocks
        Of a library.
    names
        Sub-circuits, models and parameters, in lower case.
    """
    by_name: dict[str, list[int]] = defaultdict(list)
    for index, block in enumerate(all_blocks):
        for name in block.defines:
            by_name[name].append(index)
    kept = {index for index, block in enumerate(all_blocks) if block.always}
    waiting = [*names, *(word for index in kept for word in all_blocks[index].words)]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for index in by_name.get(name, ()):
            if index not in kept:
                kept.add(index)
                waiting += all_blocks[index].words
    return tuple(block for index, block in enumerate(all_blocks) if index in kept)


def definitions(all_blocks: Iterable[Block]) -> dict[str, Definition]:
    """Sub-circuits and models that can be used from outside, by name; of two with one name the first, as in ngspice.

    Parameters
    ----------
    all_blocks
        Of a library.
    """
    found: dict[str, Definition] = {}
    for block in all_blocks:
        inside: list[tuple[Statement, set[str]]] = []  # sub-circuits that are not ended, and their parameters
        for statement in block.statements:
            first = statement.first
            if first == ".subckt":
                inside.append((statement, set()))
            elif first == ".param" and inside:
                inside[-1][1].update(assigned(statement))  # which an instance sets as well
            elif first == ".ends":
                head, parameters = inside.pop()
                if not inside:
                    _add(found, second(head), _subcircuit(head, parameters))
            elif first == ".model" and not inside:
                words = statement.line.replace("(", " ").split()
                model = Definition(statement=statement, kind="model", type=words[2])
                for name in dict.fromkeys((words[1], BIN.sub(r"\1", words[1]))):
                    _add(found, name, model)
    return found


def _add(found: dict[str, Definition], name: str, one: Definition) -> None:
    """Keep the first of a name, and beside it the first of the other kind."""
    first = found.setdefault(name, one)
    if first.kind != one.kind and first.other is None:
        found[name] = replace(first, other=one)


def usable(all_blocks: Iterable[Block], options: Collection[str] = ()) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """The blocks that define something; of sub-circuits or models with one name the first, as ngspice takes them.

    Parameters
    ----------
    all_blocks
        Of a library.
    options
        Names of those that are given by others.

    Returns
    -------
    tuple
        The blocks, and one line for each that was left out, unless it is the same as the first.
    """
    first: dict[tuple[str, str], Block] = {}
    kept, notes = [], []
    for block in all_blocks:
        kind = block.head.first
        if kind == _SPECTRE_INCLUDE:  # ngspice takes it for a source; SKY130 has such a line
            notes.append(f"{block.head.place}: a line of Spectre's language is left out: {block.head.text[:80]!r}")
            continue
        if kind in OPTION_CARDS:
            statement, note = taken_options(block.head, options)
            kept += [Block(statements=(statement,), always=True)] if statement else []
            notes += [note] if note else []
            continue
        if kind not in (".subckt", ".model"):
            kept.append(block)
            continue
        other = first.setdefault((kind, second(block.head)), block)
        if other is block:
            kept.append(block)
        elif [s.line for s in other.statements] != [s.line for s in block.statements]:
            notes.append(f"{block.head.place}: {second(block.head)} is defined before, in {other.head.place}: ignored")
    return tuple(kept), tuple(notes)


def renamed(all_blocks: Iterable[Block], names: Iterable[str], prefix: str) -> tuple[Block, ...]:
    """The blocks with other names in place of some.

    Parameters
    ----------
    all_blocks
        Of a library.
    names
        In lower case; bins of a model of that name, too.
    prefix
        What is put before each.
    """
    known = "|".join(re.escape(name) for name in names)
    pattern = re.compile(rf"(?<![\w.$!:@])(?:{known})(?=(?:\.\d+)?(?![\w.$!:]))", re.IGNORECASE)

    def replaced(statement: Statement) -> Statement:
        text = pattern.sub(lambda match: prefix + match[0], statement.text)
        return Statement(path=statement.path, number=statement.number, text=text)

    return tuple(Block(statements=tuple(map(replaced, b.statements)), always=b.always) for b in all_blocks)


def _close(statement: Statement, opened: list[Statement]) -> None:
    begun = {".ends": ".subckt", ".endif": ".if"}[statement.first]
    if not opened or opened.pop().first != begun:
        statement.refuse(f"ends no {begun}")


def _check(statement: Statement, *, inside: bool) -> None:
    """Refuse what a library may not hold, here inside a sub-circuit or outside."""
    first = statement.first
    if first.startswith("."):
        if first not in (*_DEFINE, *_CONDITIONS):
            statement.refuse(f"{first} {_REFUSED.get(first, 'is no definition')}; {_ALLOWED}")
        if first in (".subckt", ".model") and len(statement.line.replace("(", " ").split()) < 3:
            statement.refuse(f"{first} must name what it defines, and its ports or type")
    elif first[0] == "a":
        statement.refuse("XSPICE code models are not loaded: some of them run programs or read files")
    elif first[0] not in _ELEMENTS:
        statement.refuse(f"is no element that a library may hold; {_ALLOWED}")
    elif not inside and first != _SPECTRE_INCLUDE:
        statement.refuse(f"an element outside a sub-circuit would be part of every circuit; {_ALLOWED}")


def _subcircuit(head: Statement, parameters: set[str]) -> Definition:
    words = head.line.replace("params:", " ").replace("optional:", " ")
    begin = ASSIGNED.search(words)
    ports = words[: begin.start()] if begin else words
    named = sorted(parameters | {match[1] for match in ASSIGNED.finditer(words)})
    return Definition(statement=head, kind="subckt", ports=tuple(ports.split()[2:]), parameters=tuple(named))
