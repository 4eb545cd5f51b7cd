"""What is wrong with the settings of a programming pulse, besides the types of their values."""

from __future__ import annotations

from collections.abc import Iterator

from rramsim.circuits.bench import SettingProblem
from rramsim.circuits.benches.programming.forms import AbstractForm, form_of
from rramsim.circuits.benches.programming.settings import PulseSection
from rramsim.circuits.technology import Technology
from rramsim.devices.compact.card import load_card
from rramsim.errors import InputError


def pulse_problems(settings: PulseSection, technology: Technology) -> Iterator[SettingProblem]:
    """Devices that are none, states that they do not have, voltages beyond what the models are good for.

    Parameters
    ----------
    settings
        Resolved settings.
    technology
        The select transistor.
    """
    try:
        card = load_card(settings.card)
    except InputError as error:
        yield ("card",), settings.card, str(error)
        return
    try:
        device = settings.device.device
        yield from _form_problems(form_of(device, settings.osdi), settings)
        device.state_of(settings.r_initial_ohm)
    except InputError as error:
        wrong = next((name for name in settings.parameters if name in str(error)), None)
        where = ("parameters",) if wrong or settings.parameters else ("r_initial_ohm",)
        value = dict(settings.parameters) if where == ("parameters",) else settings.r_initial_ohm
        yield where, value, str(error)
    lines = {"v_bl_v": settings.v_bl_v, "v_sl_v": settings.v_sl_v}
    if settings.v_bl_v == settings.v_sl_v:
        yield ("v_bl_v",), settings.v_bl_v, "is the voltage of the source line, too: nothing would be programmed"
    limits = {"v_wl_v": settings.v_wl_v, "v_word_line_read_v": settings.v_word_line_read_v, **lines}
    for key, value in limits.items():
        if value > technology.vdd_max:
            yield (key,), value, f"is beyond the validity of {technology.name}: at most {technology.vdd_max:g} V"
    most = card.file.validity.voltage_max_v
    for key, value in lines.items():
        if value > most:
            yield (key,), value, f"is beyond the validity of {card.file.name}: at most {most:g} V"
    longest = form_of(card.device, settings.osdi).longest_step(card)
    if longest is not None and (settings.max_step_s or 0.0) > longest:
        told = f"is beyond the validity of {card.file.name} as a sub-circuit: at most {longest:g} s"
        yield ("max_step_s",), settings.max_step_s, told
    if settings.v_read_v >= max(lines.values()):
        yield ("v_read_v",), settings.v_read_v, "must be below the pulse's voltage: the read would program the cell"
    least = technology.file.validity.length_min_m
    if settings.l_select_m < least * (1 - 1e-9):
        yield ("l_select_m",), settings.l_select_m, f"is beyond the validity of {technology.name}: at least {least:g} m"


def _form_problems(form: AbstractForm, settings: PulseSection) -> Iterator[SettingProblem]:
    try:
        form.check()
    except InputError as error:
        yield ("osdi",), settings.osdi, str(error)
