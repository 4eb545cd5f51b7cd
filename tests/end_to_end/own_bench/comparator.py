"""A bench that rramsim has never heard of: is a level under, inside or over the window of two inverters?"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from rramsim.alphabets import Alphabet, ErrorClass
from rramsim.circuits.bench import AbstractBench
from rramsim.circuits.record import Record, Summary
from rramsim.circuits.response import Signal
from rramsim.circuits.simulation import Deck
from rramsim.circuits.technology.variation import split_values
from rramsim.devices.marginals import Normal
from rramsim.devices.spread import Level, Source
from rramsim.rare.limit_state import Event
from rramsim.spice.analyses import Dc
from rramsim.validation import Section

NETLIST = Path(__file__).with_name("comparator.cir")
# (name, kind, width [m], length [m]), as in the netlist.
TRANSISTORS = (
    ("xmp1", "pfet", 1e-6, 0.6e-6), ("xmn1", "nfet", 6e-6, 0.6e-6),
    ("xmp2", "pfet", 12e-6, 0.6e-6), ("xmn2", "nfet", 1e-6, 0.6e-6),
)  # fmt: skip
ALPHABET = Alphabet(
    programmed=("bottom", "middle", "top"),
    read=("under", "inside", "over"),
    classes=(
        ErrorClass(symbol="near", label="taken for the next level", slug="near"),
        ErrorClass(symbol="far", label="taken for the opposite level", slug="far"),
    ),
    confusions=(
        ("bottom", "inside", "near"), ("bottom", "over", "far"), ("middle", "under", "near"),
        ("middle", "over", "near"), ("top", "inside", "near"), ("top", "under", "far"),
    ),
)  # fmt: skip


class ComparatorSettings(Section):
    """Levels as parts of the supply, and their noise."""

    levels: tuple[float, float, float]
    sigma_v: Annotated[float, Field(gt=0, lt=1)] = 0.02


@dataclass(frozen=True, kw_only=True)
class Comparator(AbstractBench):
    """Two inverters that switch at different levels of their common input."""

    Settings = ComparatorSettings
    summaries = (
        Summary(column="window_mean_v", quantity="window", statistic="mean"),
        Summary(column="window_std_v", quantity="window", statistic="std"),
    )

    @property
    def alphabet(self):
        return ALPHABET

    def deck(self, corner):
        sweep = Dc(source="vsweep", start=0.0, stop=corner.vdd, step=corner.vdd / 48)
        lines = [
            f"* window comparator at {corner.id}",
            self.environment.technology.models_text(corner.process),
            NETLIST.read_text(),
            f"vdd vdd 0 {corner.vdd!r}",
            "vsweep in 0 0",
            "vlevel level 0 0",
            "xdut in lo hi vdd 0 comparator",
            f".temp {corner.temperature_c!r}",
            sweep.card,
            ".save v(lo) v(hi) v(level)",
            ".end",
        ]
        return Deck(
            name=f"{self.name}_{corner.id}", text="\n".join(lines) + "\n", analysis=sweep, vectors=("lo", "hi", "level")
        )

    def _variations(self, corner):
        technology = self.environment.technology
        return [
            (f"xdut.{name}", technology.variation(corner.process, kind, width, length))
            for name, kind, width, length in TRANSISTORS
        ]

    def sources(self, corner, programmed):
        noise = Source(name="level", marginal=Normal(sigma=self.settings.sigma_v), levels=((Level.READ, 1.0),))
        return (
            noise,
            *(one for path, variation in self._variations(corner) for one in variation.sources(path, Level.CHIP)),
        )

    def alterations(self, corner, programmed, values):
        level = self.settings.levels[ALPHABET.programmed.index(programmed)] * corner.vdd
        variations = self._variations(corner)
        apart = split_values([variation for _, variation in variations], values[1:])
        changes = [variation.alterations(path, own) for (path, variation), own in zip(variations, apart, strict=True)]
        return [("vlevel", level + values[0]), *(one for some in changes for one in some)]

    def _position(self, corner, waves):
        """Where the level lies in the window: -1 at its lower and +1 at its upper end; and how wide that is [V]."""
        low, high = (self._switching(corner, waves, output) for output in ("lo", "hi"))
        return (float(waves["level"][0]) - (low + high) / 2) / ((high - low) / 2), high - low

    def _switching(self, corner, waves, output):
        return float(np.interp(-corner.vdd / 2, -waves[output], waves["v-sweep"]))

    def measure(self, corner, waves):
        position, window = self._position(corner, waves)
        outcome = "under" if position < -1 else "over" if position > 1 else "inside"
        return Record(outcome=outcome, quantities={"window": window})

    def signal(self, corner):
        return Signal(
            value=lambda waves: self._position(corner, waves)[0],
            events={"under": Event(high=-1.0), "inside": Event(low=-1.0, high=1.0), "over": Event(low=1.0)},
        )

    def about(self, corner):
        switches = {"name": "level of the middle", "value": self.settings.levels[1] * corner.vdd, "unit": "V"}
        assert math.isfinite(switches["value"])
        return {**super().about(corner), "conditions": [switches], "netlists": {"comparator": NETLIST.read_text()}}
