"""A bench whose rates are closed forms: half of the supply, with noise, against a level.

Low is read where supply/2 + noise < level: Φ((level − supply/2)/σ). Too much is read above a second level. With two
widths the variance of the noise is σ²·(1/a + 4/b), in µm: of one area it is least at b = 2a.
"""

import math
from dataclasses import dataclass

from rramsim.alphabets import Alphabet, ErrorClass
from rramsim.circuits.bench import AbstractBench
from rramsim.circuits.record import Record
from rramsim.circuits.response import Signal
from rramsim.circuits.simulation import Deck
from rramsim.devices.marginals import Normal
from rramsim.devices.spread import Level, Source
from rramsim.quantities import Volts
from rramsim.rare.limit_state import Event
from rramsim.spice.analyses import Op
from rramsim.validation import Section

ALPHABET = Alphabet(
    programmed=("half",),
    read=("low", "right", "high"),
    classes=(ErrorClass(symbol="l", label="low", slug="low"), ErrorClass(symbol="h", label="high", slug="high")),
    confusions=(("half", "low", "l"), ("half", "high", "h")),
)


class DividerSettings(Section):
    """Levels and noise."""

    level_v: Volts = 0.5
    highest_v: Volts = 50.0
    sigma_v: Volts = 0.02
    note: str = ""
    a_m: float = 1e-6
    b_m: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Divider(AbstractBench):
    """Half of the supply against two levels."""

    Settings = DividerSettings

    @property
    def alphabet(self):
        return ALPHABET

    @property
    def spread_of_widths(self):
        a, b = self.settings.a_m * 1e6, self.settings.b_m * 1e6
        return math.sqrt(1 / a + (4 / b if b else 0))

    def about(self, corner):
        widths = {"a": self.settings.a_m, "b": self.settings.b_m}
        told = [
            {"name": name, "type": "nfet", "width_m": width, "length_m": 1e-6, "sigma_vth_v": 0.0}
            for name, width in widths.items()
        ]
        return {**super().about(corner), "transistors": told}

    def deck(self, corner):
        lines = [
            "* divider", f"vdd vdd 0 {corner.vdd!r}", "r1 vdd mid 1k", "r2 mid 0 1k", "vnoise out mid 0", "r3 out 0 1g",
            Op().card, ".save v(out)", ".end",
        ]  # fmt: skip
        return Deck(name=f"{self.name}_{corner.id}", text="\n".join(lines) + "\n", analysis=Op(), vectors=("out",))

    def sources(self, corner, programmed):
        noise = Normal(sigma=self.settings.sigma_v * self.spread_of_widths)
        return (Source(name="noise", marginal=noise, levels=((Level.READ, 1.0),)),)

    def alterations(self, corner, programmed, values):
        return [("vnoise", values[0])]

    def measure(self, corner, waves):
        out = float(waves["out"][0])
        assert math.isfinite(out)
        low, high = self.settings.level_v, self.settings.highest_v
        return Record(outcome="low" if out < low else "high" if out > high else "right", quantities={})

    def signal(self, corner):
        low, high = self.settings.level_v, self.settings.highest_v
        events = {"low": Event(high=low), "right": Event(low=low, high=high), "high": Event(low=high)}
        return Signal(value=lambda waves: float(waves["out"][0]), events=events)
