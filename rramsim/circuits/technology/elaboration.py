"""Where the random numbers of a kit enter a transistor: its sub-circuit taken apart for one size, as ngspice does it.

Each number becomes one of the transistor's own, named as the kit names it; what it changes are parameters of a
transistor or of a model inside the sub-circuit, which ngspice alters in a loaded deck.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from rramsim.circuits.technology.binding import TransistorBinding
from rramsim.circuits.technology.draws import Draws
from rramsim.circuits.technology.formula import Linear, evaluate
from rramsim.circuits.technology.kit import KitLibrary
from rramsim.circuits.technology.scope import (
    ASSIGNMENT,
    RANDOM_CALL,
    WORD,
    Definition,
    Scope,
    assignments,
    bare_words,
    holding,
)
from rramsim.circuits.technology.statements import Statement
from rramsim.circuits.technology.variation import PATH, Target, Variation
from rramsim.errors import InputError
from rramsim.spice.present import PERHAPS

_ALLOWED = (
    "the kit's random numbers may reach name=value of a transistor (m, n) or of a .model inside its sub-circuit, as "
    "agauss(mean, spread, sigmas) or gauss(mean, part, sigmas)"
)
_TRANSISTORS = "mn"  # n: a compiled model's
_DEEPEST = 64
_EDGE = 1e-3  # around the limits of a bin: what ngspice 39 takes for inside of both, and more


def kit_variation(library: KitLibrary, binding: TransistorBinding, width: float, length: float) -> Variation:
    """The numbers of a transistor and what they change.

    Parameters
    ----------
    library
        The kit.
    binding
        How the transistor is called.
    width, length
        Drawn [m].

    Raises
    ------
    InputError
        A random number enters it in a way that is not understood, or none does.
    """
    return _Elaboration(library, binding).variation(width, length)


class _Elaboration:
    """One transistor being taken apart."""

    def __init__(self, library: KitLibrary, binding: TransistorBinding) -> None:
        self._library, self._binding = library, binding
        self._deck, self._bodies = library.deck_scope(), library.bodies()
        self._draws = Draws()
        self._targets: dict[str, Linear] = {}
        self._open: list[Definition] = []  # parameters whose texts are being evaluated
        self._used_for: list[str] = []  # what is being evaluated, innermost last

    def variation(self, width: float, length: float) -> Variation:
        """As :func:`kit_variation`, with its InputError.

        Parameters
        ----------
        width, length
            Drawn [m].
        """
        binding = self._binding
        wrapper = Scope(PATH, self._deck)
        for name, value in (("w", width), ("l", length), ("dvt", 0.0)):
            wrapper.definitions[name] = Definition(repr(value), wrapper, None)
        given = binding.instance_parameters
        path = PATH if binding.kind == "native" else f"{PATH}.x1"
        values = {name.lower(): Definition(text.lower(), wrapper, None) for name, text in given.items()}
        self._enter(binding.device.lower(), path, values, wrapper)
        found = self._told()
        if not found.names:
            raise InputError(
                f"no random number of the library reaches {binding.device}; are switches and normals of [mismatch] "
                "right?"
            )
        return found

    def _told(self) -> Variation:
        """Numbers that change something, and what they change."""
        used = sorted({number for value in self._targets.values() for number, _ in value.parts})
        names = self._draws.told(used)
        targets = tuple(
            Target(handle=handle, typical=value.constant, slopes=tuple(dict(value.parts).get(n, 0.0) for n in used))
            for handle, value in self._targets.items()
            if value.parts
        )
        return Variation(names=names, sigmas=(1.0,) * len(names), targets=targets)

    def _enter(self, name: str, path: str, given: Mapping[str, Definition], parent: Scope) -> None:
        """Take an instance of a sub-circuit apart."""
        head, *inside = self._bodies[name]
        if path.count(".") > _DEEPEST:
            head.refuse("is inside itself")
        scope = Scope(path, parent)
        if RANDOM_CALL.search(head.line):
            self._refuse(head, "a random number may not be a default of a sub-circuit's parameters")
        scope.definitions |= {key: Definition(text, scope, head) for key, text in assignments(head)}
        scope.define(one for one in inside if one.first == ".param")
        scope.definitions |= given
        there = list(holding(inside, lambda one: self._holds(one, scope)))
        scope.define(one for one in there if one.first == ".model")
        for statement in there:
            self._element(statement, scope)

    def _holds(self, statement: Statement, scope: Scope) -> bool:
        value = self._value(statement.line.partition(" ")[2] or "0", scope, statement)
        if value.parts:
            self._refuse(statement, "a random number decides a condition")
        return bool(value.constant)

    def _element(self, statement: Statement, scope: Scope) -> None:
        first = statement.first
        if first in (".param", ".model"):
            return
        if first.startswith("."):
            self._refuse(statement, f"{first} inside the sub-circuit of a transistor")
        elif first[0] == "x":
            model = bare_words(statement)[-1]
            if model not in self._bodies:
                self._refuse(statement, f"the sub-circuit {model} is not in the library")
            given = {name: Definition(text, scope, statement) for name, text in assignments(statement)}
            self._enter(model, f"{scope.path}.{first}", given, scope)
        elif first[0] in _TRANSISTORS:
            self._transistor(statement, scope)
        elif self._random(" ".join(statement.line.split()[3:]), scope):
            self._refuse(statement, f"a random number reaches {first}")

    def _transistor(self, statement: Statement, scope: Scope) -> None:
        self._check_apart(statement)
        values, handle = dict(assignments(statement)), f"{statement.first[0]}.{scope.path}.{statement.first}"
        for name, text in values.items():
            self._target(f"@{handle}[{name}]", name, text, scope, statement)
        where, cards = scope.cards(bare_words(statement)[-1])
        if not any(self._random(text, where) for found in cards.values() for _, text in assignments(found)):
            return
        fitting = self._fitting(cards, values, scope, where, statement)
        mark, drawn = PERHAPS if len(fitting) > 1 else "", dict[str, list[int]]()
        for card in fitting:
            self._check_apart(cards[card])
            for name, text in assignments(cards[card]):
                # A transistor is in one bin: what the other ones would draw are the same numbers.
                self._draws.begin(drawn.get(name, ()))
                self._target(f"{mark}@{where.path}:{card}[{name}]", name, text, where, cards[card])
                drawn.setdefault(name, self._draws.last)
        self._draws.begin()

    def _check_apart(self, statement: Statement) -> None:
        """Refuse a call that stands in no name=value."""
        if RANDOM_CALL.search(ASSIGNMENT.sub("", statement.line)):
            self._refuse(statement, "a random number is drawn outside of name=value")

    def _fitting(
        self, cards: Mapping[str, Statement], values: Mapping[str, str], scope: Scope, where: Scope, element: Statement
    ) -> list[str]:
        """The model's card, or of several bins those that a transistor's size lies in, at the edge of two both."""
        if len(cards) == 1:
            return list(cards)
        fingers = self._value(values.get("nf", "1"), scope, element).constant
        length, width = (self._size(values, size, scope, element) * self._library.scale for size in "lw")
        sizes = {"l": length, "w": width / fingers}
        fitting = [card for card, found in cards.items() if all(self._inside(found, sizes, where))]
        if not fitting:
            element.refuse(f"no bin of its model is for a length of {length:g} m and a width of {sizes['w']:g} m")
        return fitting

    def _inside(self, card: Statement, sizes: Mapping[str, float], where: Scope) -> Iterable[bool]:
        limits = dict(assignments(card))
        for size, value in sizes.items():
            low, high = (self._size(limits, f"{size}{end}", where, card) for end in ("min", "max"))
            yield low * (1 - _EDGE) <= value <= high * (1 + _EDGE)

    def _size(self, values: Mapping[str, str], name: str, scope: Scope, statement: Statement) -> float:
        if name not in values:
            self._refuse(statement, f"{name} is not given, so that the bin of its model is not known")
        return self._value(values[name], scope, statement).constant

    def _target(self, handle: str, name: str, text: str, scope: Scope, statement: Statement) -> None:
        """Keep what a parameter depends on; a model that several transistors share is met once for each."""
        if handle in self._targets or not self._random(text, scope):
            return
        self._used_for.append(name)
        value = self._value(text, scope, statement)
        self._used_for.pop()
        if value.parts and not scope.path:
            self._refuse(statement, "a model outside the sub-circuit is one for all transistors, whose number is one")
        self._targets[handle] = value

    def _value(self, text: str, scope: Scope, statement: Statement | None) -> Linear:
        try:
            return evaluate(text, _Names(self, scope))
        except InputError:  # of a statement within
            raise
        except ValueError as error:
            if statement is None:
                raise InputError(f"parameters of {self._binding.device}: {error}") from None
            self._refuse(statement, str(error))

    def lookup(self, name: str, scope: Scope) -> Linear:
        """Value of a parameter.

        Parameters
        ----------
        name
            In lower case.
        scope
            Where it is looked up.

        Raises
        ------
        ValueError
            There is none.
        InputError
            Its statement has no value.
        """
        if name in self._library.normals:
            own = name.removeprefix(self._binding.device.lower()).lstrip("_")
            number = self._draws.normal(name, own or name)
            return Linear(0.0, ((number, 1.0),))
        found = scope.find(name)
        if found is None:
            raise ValueError(f"no parameter {name} is known here")
        if found.draws:  # its text is put in its place, as ngspice does it
            return self._evaluated(name, found, scope)
        if found.value is None:
            found.value = self._evaluated(name, found, found.scope)
            if found.value.parts and not found.scope.path and found.statement:
                self._refuse(found.statement, f"{name} is drawn once for all transistors, not for each")
        return found.value

    def _evaluated(self, name: str, found: Definition, scope: Scope) -> Linear:
        if found in self._open:
            raise ValueError(f"{name} depends on itself")
        self._open.append(found)
        self._used_for.append(name)
        value = self._value(found.text, scope, found.statement)
        self._open.pop()
        self._used_for.pop()
        return value

    def draw(self) -> int:
        """A number, called as what it is drawn for."""
        return self._draws.draw(self._used_for[-1] if self._used_for else "number")

    def _random(self, text: str, scope: Scope) -> bool:
        """Whether a text draws a random number or names one."""
        return bool(RANDOM_CALL.search(text)) or any(self._names_random(word, scope) for word in WORD.findall(text))

    def _names_random(self, word: str, scope: Scope) -> bool:
        if word in self._library.normals:
            return True
        found = scope.find(word)
        if found is None:
            return False
        if found.random is None:
            found.random = False  # while it is looked at: one that depends on itself
            found.random = self._random(found.text, found.scope)
        return found.random

    def _refuse(self, statement: Statement, message: str) -> NoReturn:
        statement.refuse(f"mismatch: {message}; {_ALLOWED}")


@dataclass(frozen=True, slots=True)
class _Names:
    """What an expression is evaluated in."""

    elaboration: _Elaboration
    scope: Scope

    def lookup(self, name: str) -> Linear:
        return self.elaboration.lookup(name, self.scope)

    def draw(self) -> int:
        return self.elaboration.draw()
