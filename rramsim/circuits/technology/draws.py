"""Random numbers of one transistor as they are met: each has a place in the order, and a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection


class Draws:
    """Random numbers of a transistor.

    Attributes
    ----------
    last
        Those that have been drawn since :meth:`begin`.
    """

    def __init__(self) -> None:
        self.last: list[int] = []
        self._names: list[str] = []
        self._normals: dict[str, int] = {}
        self._again: list[int] = []

    def begin(self, again: Collection[int] = ()) -> None:
        """Begin with a parameter.

        Parameters
        ----------
        again
            Numbers that are taken before new ones: those of the same parameter in another bin.
        """
        self._again, self.last = list(again), []

    def draw(self, name: str) -> int:
        """A number, by its place.

        Parameters
        ----------
        name
            What it is drawn for.
        """
        if self._again:
            number = self._again.pop(0)
        else:
            number = len(self._names)
            self._names.append(name)
        self.last.append(number)
        return number

    def normal(self, parameter: str, name: str) -> int:
        """The number that a parameter stands for, the same at each use.

        Parameters
        ----------
        parameter
            The parameter.
        name
            What the number is called.
        """
        if parameter not in self._normals:
            self._normals[parameter] = len(self._names)
            self._names.append(name)
        return self._normals[parameter]

    def told(self, numbers: Collection[int]) -> tuple[str, ...]:
        """Names of some numbers; of two with one name the second ends in ``_2``.

        Parameters
        ----------
        numbers
            Their places, in order.
        """
        times = Counter[str]()
        found = []
        for number in numbers:
            name = self._names[number]
            times[name] += 1
            found.append(name if times[name] == 1 else f"{name}_{times[name]}")
        return tuple(found)
