r"""Deck of a programming pulse on a 1T1R cell, and of the read after it.

    t     0 ... t_on ......... t_off ............ t_read ........ t_stop
    wl    0 v_wl                     v_word_line_read
    bl    0     /‾‾ v_bl ‾‾‾‾‾\ 0                 v_read
    sl    0     /‾‾ v_sl ‾‾‾‾‾\ 0

The device lies between bit line and select transistor. Everything starts at 0 V, and the state at its initial value: no
operating point is looked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from rramsim.circuits.benches.programming.forms import AbstractForm, form_of
from rramsim.circuits.benches.programming.settings import PulseSection
from rramsim.circuits.technology import Technology
from rramsim.circuits.technology.variation import Variation
from rramsim.corners import Corner
from rramsim.devices.compact.card import DeviceCard
from rramsim.errors import InputError
from rramsim.spice.analyses import Tran
from rramsim.units import format_number

SELECT, STATE = "xsel", "state"  # the select transistor, and the node of the state
VECTORS = ("bl", "wl", "sl", "mid", STATE, "i(vbl)", "i(vsl)", "i(vwl)")
_EDGE = 1e-9  # of the word line, and of the read [s]
_WORD_LINE = 1e-9  # when the word line rises [s]
_WAIT = 5e-9  # between drives [s]
_READ = 30e-9  # how long the read lasts [s]
_STEPS = 100  # of a pulse at least, where the study sets no largest step
_LONGEST_STEP = 1e-9  # of a read and its edges, between breakpoints, where a pulse is longer [s]
# Of the state, too: SET and RESET run away, and three digits of it are a tenth of a resistance. With 1e-4 single cells
# of sky130_reram end 6 % elsewhere, with 1e-5 0.5 % (0.03 % of stanford_1t1r), in a tenth more time.
_OPTIONS = ".options noinit reltol=1e-5"


@dataclass(frozen=True, kw_only=True)
class PulseDeck:
    """One deck a corner.

    Parameters
    ----------
    name
        Name of its file.
    corner
        Where; its supply means nothing here.
    technology
        The select transistor.
    card
        The memory device.
    settings
        Drives and timing.

    Raises
    ------
    InputError
        The card is not good for the corner's temperature.
    """

    name: str
    corner: Corner
    technology: Technology
    card: DeviceCard
    settings: PulseSection

    def __post_init__(self) -> None:
        limits, temperature = self.card.file.validity, self.corner.temperature_c
        if not limits.temperature_min_c <= temperature <= limits.temperature_max_c:
            raise InputError(
                f"temperature_c {temperature:g} is beyond the validity of {self.card.file.name}: "
                f"{limits.temperature_min_c:g} to {limits.temperature_max_c:g} °C"
            )

    @property
    def t_on(self) -> float:
        """When the pulse begins to rise [s]."""
        return _WORD_LINE + _EDGE + _WAIT

    @property
    def t_off(self) -> float:
        """When it begins to fall [s]."""
        return self.t_on + self.settings.t_rise_s + self.settings.t_pulse_s

    @property
    def t_end(self) -> float:
        """When it is over [s]: as the word line, it falls within an edge."""
        return self.t_off + _EDGE + _WAIT

    @property
    def t_stop(self) -> float:
        """End of the read and of the simulation [s]."""
        return self.t_end + _EDGE + _WAIT + _EDGE + _READ

    @cached_property
    def analysis(self) -> Tran:
        """The transient, from the initial state."""
        whole = self.settings.t_rise_s + self.settings.t_pulse_s
        step = self.settings.max_step_s or max(whole / _STEPS, _LONGEST_STEP)
        step = min(step, self.form.longest_step(self.card) or step)  # the checks refuse a longer one that was asked for
        return Tran(step=step, stop=self.t_stop, max_step=step, uic=True)

    @property
    def vectors(self) -> tuple[str, ...]:
        """What is fetched."""
        return VECTORS

    @property
    def handles(self) -> tuple[str, ...]:
        """What is altered of the device: factor of the current, shift of the barrier, factor of gamma, state."""
        return self.form.handles

    @cached_property
    def form(self) -> AbstractForm:
        """How the device stands in the deck."""
        return form_of(self.card.device, self.settings.osdi)

    @property
    def variation(self) -> Variation:
        """What varies of the select transistor."""
        s = self.settings
        return self.technology.variation(self.corner.process, "nfet", s.w_select_m, s.l_select_m)

    @property
    def initial(self) -> float:
        """The state before the pulse [nm]."""
        return self.card.device.state_of(self.settings.r_initial_ohm)

    @cached_property
    def text(self) -> str:
        """The deck."""
        s = self.settings
        size = f"w={format_number(s.w_select_m)} l={format_number(s.l_select_m)}"
        lines = [
            f"* rramsim: {self.name}, {self.technology.name}, {self.card.file.name}",
            *self.form.needs,
            self.technology.models_text(self.corner.process).rstrip(),
            *self.form.definition,
            f"vbl bl 0 dc 0 {_pwl([*self._pulse(s.v_bl_v), *self._read])}",
            f"vsl sl 0 dc 0 {_pwl(self._pulse(s.v_sl_v))}",
            f"vwl wl 0 dc 0 {_pwl(self._word_line)}",
            f"{SELECT} mid wl sl 0 nfet {size}",
            *self.form.instance(("bl", "mid", STATE), self.initial),
            _OPTIONS,
            f".temp {format_number(self.corner.temperature_c)}",
            self.analysis.card,
            f".save {' '.join(name if '(' in name else f'v({name})' for name in VECTORS)}",
            ".end",
        ]
        return "\n".join(lines) + "\n"

    def _pulse(self, level: float) -> list[tuple[float, float]]:
        flat = self.t_on + self.settings.t_rise_s
        return [(0, 0), (self.t_on, 0), (flat, level), (self.t_off, level), (self.t_off + _EDGE, 0)]

    @property
    def _read(self) -> list[tuple[float, float]]:
        start = self.t_stop - _READ
        return [(start - _EDGE, 0), (start, self.settings.v_read_v)]

    @property
    def _word_line(self) -> list[tuple[float, float]]:
        high, read = self.settings.v_wl_v, self.settings.v_word_line_read_v
        return [(0, 0), (_WORD_LINE, 0), (_WORD_LINE + _EDGE, high), (self.t_end, high), (self.t_end + _EDGE, read)]


def _pwl(corners: Iterable[tuple[float, float]]) -> str:
    return f"pwl({' '.join(f'{format_number(time)} {format_number(value)}' for time, value in corners)})"
