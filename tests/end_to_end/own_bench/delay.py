"""A bench with a transient, two codings, and other handles for each symbol: has the output followed by the end?"""

from dataclasses import dataclass

from rramsim.alphabets import Alphabet, ErrorClass
from rramsim.circuits.bench import AbstractBench
from rramsim.circuits.coding import Coding
from rramsim.circuits.record import Record
from rramsim.circuits.simulation import Deck
from rramsim.devices.marginals import Normal
from rramsim.devices.spread import Level, Source
from rramsim.spice.analyses import Tran

LATE = ErrorClass(symbol="late", label="too late", slug="late")
EARLY = ErrorClass(symbol="early", label="too early", slug="early")
BOTH = Alphabet(
    programmed=("fast", "slow"),
    read=("there", "away"),
    classes=(LATE, EARLY),
    confusions=(("fast", "away", "late"), ("slow", "there", "early")),
)
FAST = Alphabet(programmed=("fast",), read=("there", "away"), classes=(LATE,), confusions=(("fast", "away", "late"),))


@dataclass(frozen=True, kw_only=True)
class Delay(AbstractBench):
    """A resistor and a capacitor."""

    @property
    def alphabet(self):
        return BOTH

    @property
    def codings(self):
        words = tuple((outcome, outcome) for outcome in BOTH.read)
        return (Coding(name="once", alphabet=FAST, words=words), Coding(name="twice", alphabet=BOTH, words=words))

    def deck(self, corner):
        analysis = Tran(step=1e-11, stop=2e-9)
        lines = ["* delay", "v1 in 0 pulse(0 1 0.1n 1p 1p 1)", "r1 in out 1k", "c1 out 0 1p", analysis.card,
                 ".save v(out)", ".end"]  # fmt: skip
        return Deck(name=f"delay_{corner.id}", text="\n".join(lines) + "\n", analysis=analysis, vectors=("out",))

    def sources(self, corner, programmed):
        return (Source(name="scatter", marginal=Normal(sigma=0.05), levels=((Level.CHIP, 1.0),)),)

    def alterations(self, corner, programmed, values):
        # The fast one has another resistor, the slow one another capacitor.
        return [("r1", 100 * (1 + values[0]))] if programmed == "fast" else [("c1", 10e-12 * (1 + values[0]))]

    def measure(self, corner, waves):
        return Record(outcome="there" if waves["out"][-1] > 0.5 else "away", quantities={})
