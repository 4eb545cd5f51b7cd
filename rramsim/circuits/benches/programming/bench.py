"""What FORMING, SET and RESET of a 1T1R cell have in common: deck, spread, judgement and signal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from rramsim.alphabets import Alphabet
from rramsim.circuits.bench import AbstractBench, SettingProblem
from rramsim.circuits.benches.programming.checks import pulse_problems
from rramsim.circuits.benches.programming.deck import SELECT, PulseDeck
from rramsim.circuits.benches.programming.measure import final_resistance, measure_pulse
from rramsim.circuits.benches.programming.settings import PulseSection
from rramsim.circuits.benches.programming.verdict import BETWEEN, HRS, LRS, OUTCOMES, verdict_commands
from rramsim.circuits.environment import Environment
from rramsim.circuits.record import Record, Summary
from rramsim.circuits.response import Signal
from rramsim.circuits.simulation import Waves
from rramsim.corners import Corner
from rramsim.devices.marginals import Lognormal, Normal
from rramsim.devices.spread import Level, Source
from rramsim.files import resolved
from rramsim.rare.limit_state import Event
from rramsim.validation import Section

# Bonnet et al. (2023) find cycle-to-cycle and device-to-device spread alike.
_HALF = ((Level.CELL, 0.5), (Level.READ, 0.5))
_QUANTILES = (0.05, 0.95)


@dataclass(frozen=True, kw_only=True)
class AbstractProgramming(AbstractBench):
    """A pulse on a 1T1R cell, and the resistance that it leaves."""

    Settings: ClassVar[type[Section]] = PulseSection
    supplied: ClassVar[bool] = False
    summaries: ClassVar[tuple[Summary, ...]] = (
        Summary(column="switched", quantity="switching_time", statistic="count"),
        Summary(column="switching_time_median_s", quantity="switching_time", statistic="median"),
        Summary(column="final_resistance_median_ohm", quantity="final_resistance", statistic="median"),
        *(
            Summary(column=f"final_resistance_p{share * 100:02.0f}_ohm", quantity="final_resistance", statistic=share)
            for share in _QUANTILES
        ),
        Summary(column="ln_resistance_mean", quantity="ln_resistance", statistic="mean"),
        Summary(column="ln_resistance_std", quantity="ln_resistance", statistic="std"),
        Summary(column="peak_current_median_a", quantity="peak_current", statistic="median"),
        Summary(column="energy_mean_j", quantity="energy", statistic="mean"),
        Summary(column="energy_std_j", quantity="energy", statistic="std"),
    )
    #: What the cell is before the pulse, and what it should be after it.
    before: ClassVar[str]
    after: ClassVar[str]
    #: What a reader of the report should know.
    told: ClassVar[str]

    settings: PulseSection

    @classmethod
    def resolved(cls, settings: Section, folder: Path) -> Section:
        """Settings whose card, if it is a file, has an absolute path."""
        pulse = _checked(settings)
        card = str(resolved(folder / pulse.card)) if pulse.card.endswith(".toml") else pulse.card
        return pulse.model_copy(update={"card": card})

    @classmethod
    def problems(cls, settings: Section, environment: Environment) -> Iterator[SettingProblem]:
        """Devices that are none, states that they do not have, voltages beyond what the models are good for."""
        yield from pulse_problems(_checked(settings), environment.technology)

    @property
    def alphabet(self) -> Alphabet:
        """One state before the pulse, three after it."""
        return Alphabet.of({self.before: self.after}, OUTCOMES)

    @property
    def identity(self) -> Mapping[str, Any]:
        """Settings without what the deck has: parameters of the card, content of the compiled model; no statistics."""
        found = dict(super().identity)
        del found["devices"]
        return {**found, "settings": self.settings.model_dump(mode="json", exclude={"card", "osdi"})}

    @cached_property
    def _decks(self) -> dict[Corner, PulseDeck]:
        return {}

    def deck(self, corner: Corner) -> PulseDeck:
        """Deck of the pulse and of the read after it."""
        if corner not in self._decks:
            self._decks[corner] = PulseDeck(
                name=f"{self.name}_{corner.id}",
                corner=corner,
                technology=self.environment.technology,
                card=self.settings.device,
                settings=self.settings,
            )
        return self._decks[corner]

    def sources(self, corner: Corner, programmed: str) -> tuple[Source, ...]:
        """Mismatch of the select transistor, current, barrier and field enhancement of the device, initial state."""
        s, deck = self.settings, self.deck(corner)
        return (
            *deck.variation.sources(SELECT, Level.CELL, mismatch=s.mismatch),
            Source(name="current", marginal=Lognormal(median=1.0, sigma_ln=s.sigma_ln_current), levels=_HALF),
            Source(name="barrier", marginal=Normal(sigma=s.sigma_barrier_ev), levels=_HALF),
            Source(name="gamma", marginal=Lognormal(median=1.0, sigma_ln=s.sigma_ln_gamma), levels=_HALF),
            Source(
                name="initial",
                marginal=Normal(mean=deck.initial, sigma=s.sigma_initial_nm),
                levels=((Level.READ, 1.0),),
            ),
        )

    def alterations(self, corner: Corner, programmed: str, values: Sequence[float]) -> list[tuple[str, float]]:
        """Values of the sources; a state beyond the device's bounds is that of the bound."""
        deck = self.deck(corner)
        low, high = deck.card.device.bounds
        *others, state = values
        numbers = len(others) - (len(deck.handles) - 1)  # of the select transistor
        device = zip(deck.handles, (*others[numbers:], min(max(state, low), high)), strict=True)
        return [*deck.variation.alterations(SELECT, others[:numbers]), *device]

    def measure(self, corner: Corner, waves: Waves) -> Record:
        """State and resistance, energy, peak current, and when the cell switched: never, where the state is wrong."""
        pulse = measure_pulse(waves, self.deck(corner))
        outcome = self._outcome(pulse.final_resistance)
        return Record(
            outcome=outcome,
            quantities={
                "final_resistance": pulse.final_resistance,
                "ln_resistance": math.log(pulse.final_resistance),
                "energy": pulse.energy,
                "peak_current": pulse.peak_current,
                "switching_time": pulse.switching_time if outcome == self.after else math.inf,
            },
        )

    def _outcome(self, resistance: float) -> str:
        if resistance <= self.settings.r_lrs_max_ohm:
            return LRS
        return HRS if resistance >= self.settings.r_hrs_min_ohm else BETWEEN

    def verdict(self, corner: Corner) -> tuple[str, ...]:
        """Outcome, final resistance and peak current."""
        return verdict_commands(self.deck(corner))

    def signal(self, corner: Corner) -> Signal:
        """Logarithm of the final resistance."""
        low, high = math.log(self.settings.r_lrs_max_ohm), math.log(self.settings.r_hrs_min_ohm)
        return Signal(
            value=lambda waves: math.log(final_resistance(waves)),
            events={LRS: Event(high=low), BETWEEN: Event(low=low, high=high), HRS: Event(low=high)},
        )

    def remark(self, corner: Corner, programmed: str, waves: Waves) -> str:
        """Where the typical cell does not end where it should."""
        record = self.judged(corner, waves)
        if record.outcome == self.after:
            return ""
        found = record.quantities
        return (
            f"{self.name} at {corner.id}: the typical cell, programmed {programmed}, ends at "
            f"{found['final_resistance']:.3g} Ω, which is {record.outcome}, not {self.after} (peak current "
            f"{found['peak_current']:.3g} A): it never switches as it should. Its waveforms: rramsim wave STUDY "
            f"--corner {corner.id} --cell {self.name} --weight {programmed}"
        )

    def about(self, corner: Corner) -> Mapping[str, Any]:
        """The select transistor, the device, the drives, and where the spread comes from."""
        s, deck = self.settings, self.deck(corner)
        file = deck.card.file
        size = {"width_m": s.w_select_m, "length_m": s.l_select_m}
        return {
            "text": f"{self.told} Device: {file.description}. {file.limits}{deck.form.told} Spread of the device "
            f"(current {s.sigma_ln_current:g}, barrier {s.sigma_barrier_ev:g} eV, gamma {s.sigma_ln_gamma:g}, "
            f"initial state {s.sigma_initial_nm:g} nm) is assumed, not measured. In waveforms "
            f"1 V of {deck.card.device.state} (STATE) stands for 1 nm.",
            "transistors": [{"name": SELECT, "type": "nfet", **size, **deck.variation.told(mismatch=s.mismatch)}],
            "conditions": [
                {"name": "bit line", "value": s.v_bl_v, "unit": "V"},
                {"name": "source line", "value": s.v_sl_v, "unit": "V"},
                {"name": "word line", "value": s.v_wl_v, "unit": "V"},
                {"name": "pulse", "value": s.t_pulse_s, "unit": "s"},
                {"name": "rise", "value": s.t_rise_s, "unit": "s"},
                {"name": "read", "value": s.v_read_v, "unit": "V"},
                {"name": "initial resistance", "value": s.r_initial_ohm, "unit": "Ω"},
            ],
            "netlists": {deck.card.device.subcircuit: deck.form.source},
        }


def _checked(settings: Section) -> PulseSection:
    if not isinstance(settings, PulseSection):
        raise TypeError(f"a programming pulse needs settings of its own, not {type(settings).__name__}")
    return settings
