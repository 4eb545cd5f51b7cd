"""Where the random numbers of a kit enter a transistor: its sub-circuit taken apart for one size, as ngspice does it.

Each number becomes one of the transistor's own, named as the kit names it; what it changes are parameters of a
transistor or of a model inside the sub-circuit, which ngspice alters in a loaded deck.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from rramsim.circuits.technology.binding import TransistorBinding
from rramsim.circuits.technology.formula import Linear, evaluate
from rramsim.circuits.technology.kit import KitLibrary
from rramsim.circuits.technology.scope import ASSIGNMENT, RANDOM_CALL, WORD, Definition, Scope, assignments, bare_words
from rramsim.circuits.technology.statements import Statement
from rramsim.circuits.technology.variation import PATH, Target, Variation
from rramsim.errors import InputError

_ALLOWED = (
    "the kit's random numbers may reach name=value of a transistor (m) or of a .model inside its sub-circuit, as "
    "agauss(mean, spread, sigmas) or gauss(mean, part, sigmas)"
)
_DEEPEST = 64
_ROUNDING = 1e-9  # of a drawn size at the edge of a bin


def kit_variation(library: KitLibrary, binding: TransistorBinding, kind: str, width: float, length: float) -> Variation:
    """The numbers of a transistor and what they change.

    Parameters
    ----------
    library
        The kit.
    binding
        How the transistor is called.
    kind
        ``nfet`` or ``pfet``.
    width, length
        Drawn [m].

    Raises
    ------
    InputError
        A random number enters it in a way that is not understood, or none does.
    """
    return _Elaboration(library, binding).variation(kind, width, length)


class _Elaboration:
    """One transistor being taken apart."""

    def __init__(self, library: KitLibrary, binding: TransistorBinding) -> None:
        self._library, self._binding = library, binding
        self._deck, self._bodies = library.deck_scope(), library.bodies()
        self._names: list[str] = []  # of the numbers, as they are met
        self._normals: dict[str, int] = {}
        self._targets: dict[str, Linear] = {}
        self._open: list[Definition] = []  # parameters whose texts are being evaluated
        self._used_for: list[str] = []  # what is being evaluated, innermost last

    def variation(self, kind: str, width: float, length: float) -> Variation:
        """As :func:`kit_variation`.

        Parameters
        ----------
        kind, width, length
            The transistor.

        Raises
        ------
        InputError
            As there.
        """
        binding = self._binding
        wrapper = Scope(PATH, self._deck)
        for name, value in (("w", width), ("l", length), ("dvt", 0.0)):
            wrapper.definitions[name] = Definition(repr(value), wrapper, None)
        given = binding.instance_parameters
        path = PATH if binding.kind == "native" else f"{PATH}.x1"
        values = {name.lower(): Definition(text.lower(), wrapper, None) for name, text in given.items()}
        try:
            self._enter(binding.device.lower(), path, values, wrapper)
        except InputError:
            raise
        except ValueError as error:
            raise InputError(f"{kind}.parameters: {error}") from None
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
        times = Counter[str]()
        names = []
        for number in used:
            name = self._names[number]
            times[name] += 1
            names.append(name if times[name] == 1 else f"{name}_{times[name]}")
        targets = tuple(
            Target(handle=handle, typical=value.constant, slopes=tuple(dict(value.parts).get(n, 0.0) for n in used))
            for handle, value in self._targets.items()
            if value.parts
        )
        return Variation(names=tuple(names), sigmas=(1.0,) * len(names), targets=targets)

    def _enter(self, name: str, path: str, given: Mapping[str, Definition], parent: Scope) -> None:
        """Take an instance of a sub-circuit apart."""
        head, *inside = self._bodies[name]
        if path.count(".") > _DEEPEST:
            head.refuse("is inside itself")
        scope = Scope(path, parent)
        if RANDOM_CALL.search(head.line):
            self._refuse(head, "a random number may not be a default of a sub-circuit's parameters")
        scope.definitions |= {key: Definition(text, scope, head) for key, text in assignments(head)}
        scope.define(inside)
        scope.definitions |= given
        for statement in inside:
            self._element(statement, scope)

    def _element(self, statement: Statement, scope: Scope) -> None:
        first = statement.first
        if first in (".param", ".model"):
            return
        if first == ".subckt" or (first.startswith(".") and self._random(statement.line, scope)):
            self._refuse(statement, f"{first} inside the sub-circuit of a transistor")
        elif first[0] == "x":
            model = bare_words(statement)[-1]
            if model not in self._bodies:
                self._refuse(statement, f"the sub-circuit {model} is not in the library")
            given = {name: Definition(text, scope, statement) for name, text in assignments(statement)}
            self._enter(model, f"{scope.path}.{first}", given, scope)
        elif first[0] == "m":
            self._transistor(statement, scope)
        elif self._random(" ".join(statement.line.split()[3:]), scope):
            self._refuse(statement, f"a random number reaches {first}")

    def _transistor(self, statement: Statement, scope: Scope) -> None:
        self._check_apart(statement)
        values = dict(assignments(statement))
        for name, text in values.items():
            self._target(f"@m.{scope.path}.{statement.first}[{name}]", name, text, scope, statement)
        where, cards = scope.cards(bare_words(statement)[-1])
        varied = {
            card: [(name, text) for name, text in assignments(found) if self._random(text, where)]
            for card, found in cards.items()
        }
        if not any(varied.values()):
            return
        card = self._card(cards, values, scope, where, statement)
        self._check_apart(cards[card])
        for name, text in varied[card]:
            self._target(f"@{where.path}:{card}[{name}]", name, text, where, cards[card])

    def _check_apart(self, statement: Statement) -> None:
        """Refuse a call that stands in no name=value."""
        if RANDOM_CALL.search(ASSIGNMENT.sub("", statement.line)):
            self._refuse(statement, "a random number is drawn outside of name=value")

    def _card(
        self, cards: Mapping[str, Statement], values: Mapping[str, str], scope: Scope, where: Scope, element: Statement
    ) -> str:
        """The model's card, of several bins that which a transistor's size lies in: of two that touch, the first."""
        if len(cards) == 1:
            return next(iter(cards))
        fingers = self._value(values.get("nf", "1"), scope, element).constant
        length, width = (self._value(values[size], scope, element).constant * self._library.scale for size in "lw")
        sizes = {"l": length, "w": width / fingers}
        fitting = (card for card, found in cards.items() if all(self._inside(found, sizes, where)))
        card = next(fitting, None)
        if card is None:
            element.refuse(f"no bin of its model is for a length of {length:g} m and a width of {sizes['w']:g} m")
        return card

    def _inside(self, card: Statement, sizes: Mapping[str, float], where: Scope) -> Iterable[bool]:
        limits = dict(assignments(card))
        for size, value in sizes.items():
            low, high = (self._value(limits[f"{size}{end}"], where, card).constant for end in ("min", "max"))
            yield low * (1 - _ROUNDING) <= value <= high * (1 + _ROUNDING)

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
                raise
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
            number = self._normals.setdefault(name, len(self._names))
            if number == len(self._names):
                self._names.append(name.removeprefix(self._binding.device.lower()).lstrip("_") or name)
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
        """A new number, called as what it is drawn for."""
        self._names.append(self._used_for[-1] if self._used_for else "number")
        return len(self._names) - 1

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
