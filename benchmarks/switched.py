"""Sweep a study with levers switched on: python -m benchmarks.switched STUDY OUT [circuit] [mirror] [early].

The product has no such switch: what is known is not simulated. Here a bench says that it does not know it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rramsim.ber.sweep import sweep
from rramsim.circuits.benches.pair.deck import ReadDeck
from rramsim.circuits.benches.pcsa_read import PcsaRead
from rramsim.circuits.coding import Mirror
from rramsim.corners import Corner
from rramsim.runs.folder import RunFolder
from rramsim.spice.until import Until
from rramsim.spice.workers import local_workers
from rramsim.study import load_study


class WholeRead(ReadDeck):
    """A read that does not end before its cycle does."""

    @property
    def decided(self) -> tuple[Until, ...]:
        """Nowhere."""
        return ()


@dataclass(frozen=True, kw_only=True)
class SwitchedRead(PcsaRead):
    """Reads of which less is known."""

    mirrored: bool
    early: bool

    def mirror(self, corner: Corner) -> Mirror | None:
        """The mirror image, if it is to be known."""
        return super().mirror(corner) if self.mirrored else None

    def deck(self, corner: Corner) -> ReadDeck:
        """The deck, whose reads end early if they are to."""
        if not self.early and corner not in self._decks:
            deck = super().deck(corner)
            self._decks[corner] = WholeRead(
                cell=deck.cell, corner=corner, technology=deck.technology, conditions=deck.conditions,
                prefix=deck.prefix,
            )  # fmt: skip
        return super().deck(corner)


def switched(read: PcsaRead, levers: Sequence[str]) -> Iterator[SwitchedRead]:
    """Benches of a read with some levers: one for all codings, or one for each."""
    together = [read.cells] if "circuit" in levers else [(cell,) for cell in read.cells]
    for cells in together:
        name = read.name if "circuit" in levers else f"{read.prefix}{cells[0].name}"
        yield SwitchedRead(
            name=name, settings=read.settings, environment=read.environment, cells=cells, prefix=read.prefix,
            mirrored="mirror" in levers, early="early" in levers,
        )  # fmt: skip


def main() -> None:
    """Sweep."""
    study, out, *levers = sys.argv[1:]
    swept = load_study(Path(study)).sweep
    benches = [bench for read in swept.benches if isinstance(read, PcsaRead) for bench in switched(read, levers)]
    folder = RunFolder(Path(out))
    folder.prepare()
    with local_workers() as executor:
        sweep(replace(swept, benches=tuple(benches)), folder, executor, fresh=True)


if __name__ == "__main__":
    # By its module's name, by which the workers find its classes.
    from benchmarks import switched as module

    module.main()
