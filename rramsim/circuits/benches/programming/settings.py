"""Settings of a programming pulse on a 1T1R cell."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, StrictBool, StrictStr, model_validator

from rramsim.devices.compact.card import DeviceCard, load_card
from rramsim.quantities import Number, Ohms, Seconds, Sigma, Volts, in_unit
from rramsim.spice.needs import OSDI_NAME
from rramsim.validation import PathText, Section

OsdiName = Annotated[StrictStr, Field(pattern=OSDI_NAME, max_length=100)]
# Lines may stay at ground.
Level = Annotated[float, in_unit("V"), Field(ge=0, le=100)]
_Metres = Annotated[float, in_unit("m"), Field(ge=1e-9, le=1e-3)]
_ElectronVolts = Annotated[Number, Field(ge=0, le=0.5)]
_Nanometres = Annotated[Number, Field(ge=0, le=1)]


class PulseSection(Section):
    """Drives, timing, device and spread of a programming pulse, and what its outcomes are called.

    ``card`` is a built-in device card or the path of one; ``parameters`` differ from it; ``osdi`` is the file of the
    model as compiled Verilog-A, in a folder of ``RRAMSIM_OSDI``: without it the sub-circuit is simulated. Bit line,
    source line and word line are at ``v_bl_v``, ``v_sl_v`` and ``v_wl_v`` for ``t_pulse_s``, which bit line and source
    line take ``t_rise_s`` to reach. Then the cell is read at ``v_read_v`` on the bit line: up to ``r_lrs_max_ohm`` it
    is in LRS, from ``r_hrs_min_ohm`` on in HRS. The spreads of the device are assumptions of rramsim's, not measured.
    """

    card: PathText = "stanford_1t1r"
    osdi: OsdiName | None = None
    parameters: dict[StrictStr, Number] = Field(default={})
    r_initial_ohm: Ohms
    v_bl_v: Level = 0.0
    v_sl_v: Level = 0.0
    v_wl_v: Volts
    t_pulse_s: Seconds
    t_rise_s: Seconds = 1e-9
    v_read_v: Volts = 0.1
    v_word_line_read_v: Volts = 3.3
    w_select_m: _Metres = 2e-6
    l_select_m: _Metres = 0.6e-6
    r_lrs_max_ohm: Ohms = 20e3
    r_hrs_min_ohm: Ohms = 100e3
    mismatch: StrictBool = True
    sigma_ln_current: Sigma = 0.1
    sigma_barrier_ev: _ElectronVolts = 0.02
    sigma_ln_gamma: Sigma = 0.05
    sigma_initial_nm: _Nanometres = 0.03
    max_step_s: Seconds | None = None

    @model_validator(mode="after")
    def _check(self) -> PulseSection:
        if self.r_lrs_max_ohm >= self.r_hrs_min_ohm:
            raise ValueError(
                f"r_lrs_max_ohm ({self.r_lrs_max_ohm:g} Ω) must be below r_hrs_min_ohm ({self.r_hrs_min_ohm:g} Ω)"
            )
        if self.max_step_s is not None and self.max_step_s > self.t_pulse_s:
            raise ValueError(f"max_step_s ({self.max_step_s:g} s) must not exceed t_pulse_s ({self.t_pulse_s:g} s)")
        return self

    @property
    def device(self) -> DeviceCard:
        """The memory device, of resolved settings.

        Raises
        ------
        InputError
            The card or a parameter cannot be used.
        """
        return load_card(self.card, relative_to=Path(), overrides=self.parameters)


class SetSection(PulseSection):
    """SET: by default 1.8 V on the bit line for 1 µs, with the word line at 1.8 V [1]_.

    References
    ----------
    .. [1] D. Bonnet et al., Nat. Commun. 14, 7530 (2023), doi 10.1038/s41467-023-43317-9.
    """

    r_initial_ohm: Ohms = 300e3
    v_bl_v: Level = 1.8
    v_wl_v: Volts = 1.8
    t_pulse_s: Seconds = 1e-6


class ResetSection(PulseSection):
    """RESET: by default 2.6 V on the source line for 100 ns, with the word line at 4.8 V [1]_.

    References
    ----------
    .. [1] D. Bonnet et al., Nat. Commun. 14, 7530 (2023), doi 10.1038/s41467-023-43317-9.
    """

    r_initial_ohm: Ohms = 5e3
    v_sl_v: Level = 2.6
    v_wl_v: Volts = 4.8
    t_pulse_s: Seconds = 100e-9


class FormSection(PulseSection):
    """FORMING: by default a ramp to 4 V on the bit line, with the word line at 1.6 V [1]_; the timing is chosen.

    References
    ----------
    .. [1] D. Bonnet et al., Nat. Commun. 14, 7530 (2023), doi 10.1038/s41467-023-43317-9.
    """

    r_initial_ohm: Ohms = 480e3
    v_bl_v: Level = 4.0
    v_wl_v: Volts = 1.6
    t_pulse_s: Seconds = 100e-9
    t_rise_s: Seconds = 10e-6
