"""A library whose transistors draw no random numbers: each call is put in terms of its mean, spread and a given number.

``agauss(m, s, n)`` becomes ``((m)+z*(s)/(n))`` with z = 0 of a typical transistor, so that a deck is the same whenever
it is loaded, and still says all that a mismatch is made of.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from rramsim.circuits.technology.block import Block, second
from rramsim.circuits.technology.formula import RANDOM
from rramsim.circuits.technology.scope import ASSIGNMENT, RANDOM_CALL, WORD, assignments, bare_words
from rramsim.circuits.technology.statements import Statement
from rramsim.units import format_number

_CALL = re.compile(rf"(?<![\w.$])({'|'.join(RANDOM)})\s*\(")


def transistor_circuits(blocks: Iterable[Block], devices: Iterable[str]) -> frozenset[str]:
    """Sub-circuits that transistors are made of, by name in lower case.

    Parameters
    ----------
    blocks
        Of a library.
    devices
        Names of the transistors.
    """
    bodies = {second(block.head): block.statements for block in blocks if block.head.first == ".subckt"}
    found: set[str] = set()
    waiting = [name for name in devices if name in bodies]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            used = (bare_words(one)[-1] for one in bodies[name] if one.first[0] == "x")
            waiting += [other for other in used if other in bodies]
    return frozenset(found)


def settled(blocks: Iterable[Block], circuits: Collection[str], number: float) -> tuple[Block, ...]:
    """The blocks with a number in place of each that the transistors' sub-circuits draw.

    Parameters
    ----------
    blocks
        Of a library.
    circuits
        As of :func:`transistor_circuits`.
    number
        The number, in standard deviations.

    Raises
    ------
    InputError
        A call is not understood, or a number that these sub-circuits draw is drawn for others, too.
    """
    everything = tuple(blocks)
    inside = [b for b in everything if b.head.first == ".subckt" and second(b.head) in circuits]
    words = {word for block in inside for one in block.statements for word in WORD.findall(one.line)}
    drawn = _drawn_for(everything, words)
    for block in everything:
        if block not in inside:
            _check_outside(block, drawn)
    return tuple(
        Block(statements=tuple(_settled(one, number) for one in block.statements), always=block.always)
        if block in inside or (drawn and block.head.first == ".param")
        else block
        for block in everything
    )


def _drawn_for(blocks: Iterable[Block], words: Collection[str]) -> frozenset[str]:
    """Parameters of the whole deck that draw random numbers, and that the sub-circuits name."""
    return frozenset(
        name
        for block in blocks
        if block.head.first == ".param" and RANDOM_CALL.search(block.head.line)
        for name, text in assignments(block.head)
        if name in words and RANDOM_CALL.search(text)
    )


def _check_outside(block: Block, drawn: frozenset[str]) -> None:
    """Refuse another use of a number that the transistors draw: ngspice would draw one there for all of them."""
    for statement in block.statements if drawn else ():
        for name, text in assignments(statement) if statement.first == ".param" else (("", statement.line),):
            used = drawn & {*WORD.findall(text)} - {name}
            if used:
                statement.refuse(
                    f"mismatch: {', '.join(sorted(used))} is drawn here for all transistors, and in the sub-circuits "
                    "of the transistors for each: only the latter is allowed"
                )


def _settled(statement: Statement, number: float) -> Statement:
    line = statement.line
    if not RANDOM_CALL.search(line):
        return statement

    def replaced(match: re.Match[str]) -> str:
        name, text = match[1], match[2]
        if not RANDOM_CALL.search(text):
            return f"\n+ {name}={text}"
        inner = _replaced(text.strip("{}'\""), number, statement)
        return f"\n+ {name}={{{inner}}}"

    text = ASSIGNMENT.sub(replaced, line)
    return Statement(path=statement.path, number=statement.number, text=text)


def _replaced(text: str, number: float, statement: Statement) -> str:
    """A text with a number in place of each call."""
    match = _CALL.search(text)
    if match is None:
        return text
    arguments, end = _arguments(text, match.end())
    if len(arguments) != 3:
        statement.refuse(f"mismatch: {match[1]} needs a mean, a spread and a number of sigmas")
    mean, spread, sigmas = (_replaced(one, number, statement) for one in arguments)
    part = f"{format_number(number)}*({spread})/({sigmas})"
    value = f"(({mean})+{part})" if match[1] == "agauss" else f"(({mean})*(1+{part}))"
    return text[: match.start()] + value + _replaced(text[end:], number, statement)


def _arguments(text: str, start: int) -> tuple[list[str], int]:
    """Arguments of a call from behind its parenthesis on, and where it ends."""
    found, depth, begin = [], 0, start
    for at in range(start, len(text)):
        if text[at] == "(":
            depth += 1
        elif text[at] == ")" and depth:
            depth -= 1
        elif text[at] in ",)" and not depth:
            found.append(text[begin:at])
            begin = at + 1
            if text[at] == ")":
                return found, at + 1
    return [], len(text)
