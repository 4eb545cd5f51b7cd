"""A model library as its transistors see it, where their mismatch is the kit's own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from rramsim.circuits.technology.block import Block, second
from rramsim.circuits.technology.scope import Definition, Scope
from rramsim.circuits.technology.statements import Statement
from rramsim.errors import InputError
from rramsim.units import spice_number


@dataclass(frozen=True, kw_only=True)
class KitLibrary:
    """A library as its transistors see it.

    Parameters
    ----------
    blocks
        What is used of it.
    parameters
        Values that the technology file sets, by name in lower case.
    normals
        Parameters that stand for a standard normal number of each transistor, in lower case.
    scale
        What ngspice multiplies sizes by.
    """

    blocks: tuple[Block, ...]
    parameters: Mapping[str, float]
    normals: Collection[str]
    scale: float

    def deck_scope(self) -> Scope:
        """The whole deck without its sub-circuits."""
        scope = Scope("")
        for block in self.blocks:
            if block.head.first != ".subckt":
                scope.define(block.statements)
        for name, value in self.parameters.items():
            scope.definitions[name] = Definition(repr(value), scope, None)
        return scope

    def check_normals(self) -> None:
        """Refuse a parameter of ``normals`` that is not 0 in the library: a typical transistor would be another one.

        Raises
        ------
        InputError
            It is not.
        """
        scope = self.deck_scope()
        for name in self.normals:
            found = scope.find(name)
            if found is None or found.statement is None:
                raise InputError(f"mismatch.normals names {name}, which no .param outside the sub-circuits sets")
            try:
                typical = spice_number(found.text.strip("{}'"))
            except ValueError:
                found.statement.refuse(f"mismatch.normals names {name}, which must be 0 here")
            if typical:
                found.statement.refuse(f"mismatch.normals names {name}, which must be 0 here")

    def bodies(self) -> dict[str, tuple[Statement, ...]]:
        """Statements of each sub-circuit, its head first."""
        found: dict[str, tuple[Statement, ...]] = {}
        for block in self.blocks:
            if block.head.first == ".subckt":
                found.setdefault(second(block.head), block.statements[:-1])
        return found
