"""A nominal device of each type, simulated: whether the library does what the technology file says of it.

A threshold handle that shifts nothing, or another amount, would leave the mismatch out of every rate; sizes in another
unit give devices whose currents are as they should be, and whose capacitances are not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rramsim.circuits.technology.technology import Technology
from rramsim.errors import InputError, SimulationError
from rramsim.spice.analyses import Analysis, Op, Tran
from rramsim.spice.engine import Engine
from rramsim.units import format_number

_WIDTH = 2e-6  # [m]
_LENGTHS = (0.6e-6, 0.3e-6, 0.18e-6, 0.1e-6, 0.05e-6, 1e-6)  # that of the netlists' devices; bins may lack it [m]
_SHIFT = 0.05  # of a threshold [V]
_REVERSE = 0.3  # of a bulk [V]
_LEAKAGE = 1e-11  # that may rise with it [A]
_OP = Op()
_RAMP = Tran(step=1e-11, stop=1e-9)  # of a gate
_SIGNS = {"nfet": 1.0, "pfet": -1.0}  # of voltages and currents
_SAME = 1e-3  # of the change by a threshold shift: what ngspice's convergence may leave of two equal currents
# Change of the current by a threshold shift over that by as much gate voltage: mobility makes up to 1.7 of it at 5 V.
_LEAST_EFFECT, _LARGEST_EFFECT = 0.75, 10.0
_LEAST_RATIO, _LARGEST_RATIO = 1.3, 3.5  # of the currents of two widths, one twice the other; 2 but for edges
# Gate capacitance [F/m²]: oxides of 1 to 100 nm have 35 to 0.35 mF/m², and there is the overlap.
_LEAST_CAPACITANCE, _LARGEST_CAPACITANCE = 1e-5, 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceReport:
    """A device, on with gate and drain at the supply.

    Parameters
    ----------
    kind
        ``nfet`` or ``pfet``.
    vdd
        Supply [V].
    width, length
        Drawn sizes [m].
    current
        Drain current, positive [A].
    shifted
        The same with its threshold shifted by 50 mV [A].
    off
        Drain current with its gate at its source [A].
    capacitance
        Gate charge over gate voltage, with all else grounded [F]; 0 of a model without capacitances.
    """

    kind: str
    vdd: float
    width: float
    length: float
    current: float
    shifted: float
    off: float
    capacitance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Currents:
    """Drain currents [A]: loaded; shifted by 0 and 50 mV; by gate voltage instead; bulk reversed; off; half as wide."""

    loaded: float
    unshifted: float
    shifted: float
    gated: float
    reversed: float
    off: float
    narrow: float


def examine_devices(technology: Technology, process: str, engine: Engine) -> tuple[DeviceReport, ...]:
    """Simulate both types of transistors of a process corner in the middle of the technology's validity.

    Parameters
    ----------
    technology
        The technology.
    process
        One of its process corners.
    engine
        The ngspice of this process.

    Raises
    ------
    InputError
        No current flows, a threshold handle does something else than to shift a threshold, source and bulk or width
        and length are exchanged, or a gate is of another size.
    SimulationError
        ngspice refuses the models or a threshold handle, at each of some usual sizes.
    """
    errors = []
    for length in dict.fromkeys(max(length, technology.file.validity.length_min_m) for length in _LENGTHS):
        try:
            return _examined(technology, process, engine, length)
        except SimulationError as error:
            errors.append(error)
            if engine.gave_up:
                break
    raise errors[0]


def _examined(technology: Technology, process: str, engine: Engine, length: float) -> tuple[DeviceReport, ...]:
    limits = technology.file.validity
    vdd = (limits.vdd_min_v + limits.vdd_max_v) / 2
    currents = _currents(technology, process, engine, vdd, length)
    where = {
        kind: f"{technology.path}: {kind} of {process}, {_WIDTH:g} m by {length:g} m at {vdd:g} V" for kind in _SIGNS
    }
    for kind, found in currents.items():
        _check_currents(kind, found, where[kind])
    if technology.file.mismatch:
        for kind, (altered, read, typical) in _numbers(technology, process, engine, vdd, length).items():
            _check_numbers(kind, altered, read, typical, where[kind])
    capacitances = _gate_capacitances(technology, process, engine, vdd, length)
    for kind, capacitance in capacitances.items():
        _check_capacitance(kind, capacitance, _WIDTH * length, where[kind])
    return tuple(
        DeviceReport(
            kind=kind, vdd=vdd, width=_WIDTH, length=length, current=currents[kind].loaded,
            shifted=currents[kind].shifted, off=currents[kind].off, capacitance=capacitances[kind],
        )
        for kind in _SIGNS
    )  # fmt: skip


def _currents(technology: Technology, process: str, engine: Engine, vdd: float, length: float) -> dict[str, _Currents]:
    handles = [binding.handle(f"x{kind[0]}", kind) for kind, binding in technology.file.bindings.items()]

    def run(*alterations: tuple[str, float], drain: str = "vd") -> dict[str, float]:
        engine.alter(alterations)
        found = engine.run(_OP, tuple(f"i({drain}{kind[0]})" for kind in _SIGNS))
        return {kind: -sign * float(found[f"i({drain}{kind[0]})"][0]) for kind, sign in _SIGNS.items()}

    engine.load(_deck(technology, process, vdd, length))
    try:
        states = {
            "loaded": run(),
            "narrow": run(drain="ve"),
            "unshifted": run(*((handle, 0.0) for handle in handles)),
            "shifted": run(*((handle, _SHIFT) for handle in handles)),
            # A positive shift weakens an NMOS and strengthens a PMOS, as a lower gate voltage does.
            "gated": run(
                *((handle, 0.0) for handle in handles),
                *((f"vg{kind[0]}", sign * vdd - _SHIFT) for kind, sign in _SIGNS.items()),
            ),
            "reversed": run(
                *((f"vg{kind[0]}", sign * vdd) for kind, sign in _SIGNS.items()),
                *((f"vb{kind[0]}", -sign * _REVERSE) for kind, sign in _SIGNS.items()),
            ),
            "off": run(*((f"v{terminal}{kind[0]}", 0.0) for terminal in "gb" for kind in _SIGNS)),
        }
    finally:
        engine.unload()
    return {kind: _Currents(**{state: found[kind] for state, found in states.items()}) for kind in _SIGNS}


def _numbers(
    technology: Technology, process: str, engine: Engine, vdd: float, length: float
) -> dict[str, tuple[float, float, float]]:
    """Drain currents with the kit's random numbers at one sigma, altered and read as such, and those at 0 [A]."""
    variations = {kind: technology.variation(process, kind, _WIDTH, length) for kind in _SIGNS}
    found = []
    for drawn, number in ((0.0, 1.0), (1.0, None), (0.0, 0.0)):
        engine.load(_deck(technology, process, vdd, length, drawn=drawn))
        try:
            if number is not None:
                for kind, variation in variations.items():
                    engine.alter(variation.alterations(f"x{kind[0]}", [number] * len(variation.names)))
            found.append(engine.run(_OP, tuple(f"i(vd{kind[0]})" for kind in _SIGNS)))
        finally:
            engine.unload()
    altered, read, typical = ({kind: abs(float(one[f"i(vd{kind[0]})"][0])) for kind in _SIGNS} for one in found)
    return {kind: (altered[kind], read[kind], typical[kind]) for kind in _SIGNS}


def _gate_capacitances(
    technology: Technology, process: str, engine: Engine, vdd: float, length: float
) -> dict[str, float]:
    engine.load(_deck(technology, process, vdd, length, ramp=True))
    try:
        found = engine.run(_RAMP, ("i(vgn)", "i(vgp)"))
    finally:
        engine.unload()
    return {kind: abs(float(np.trapezoid(found[f"i(vg{kind[0]})"], found["time"]))) / vdd for kind in _SIGNS}


def _deck(
    technology: Technology, process: str, vdd: float, length: float, *, ramp: bool = False, drawn: float = 0.0
) -> str:
    """Both devices with gate and drain at the supply; or a ramp at the gate, and all else grounded."""
    analysis: Analysis = _RAMP if ramp else _OP
    edge = format_number(_RAMP.stop)
    lines = [f"* nominal devices, {process}", technology.models(process, drawn=drawn).text.rstrip()]
    for kind, sign in _SIGNS.items():
        n, high = kind[0], format_number(sign * vdd)
        lines += [
            f"vg{n} g{n} 0 " + (f"dc 0 pulse(0 {high} 0 {edge} {edge} 1 2)" if ramp else f"dc {high}"),
            f"vd{n} d{n} 0 dc {0 if ramp else high}",
            f"vb{n} b{n} 0 dc 0",
            f"x{n} d{n} g{n} 0 b{n} {kind} w={format_number(_WIDTH)} l={format_number(length)} dvt=0",
        ]
        if not ramp:  # and one half as wide
            lines += [
                f"ve{n} e{n} 0 dc {high}",
                f"xe{n} e{n} g{n} 0 b{n} {kind} w={format_number(_WIDTH / 2)} l={format_number(length)} dvt=0",
            ]
    saved = "i(vgn) i(vgp)" if ramp else "i(vdn) i(vdp) i(ven) i(vep)"
    return "\n".join([*lines, analysis.card, f".save {saved}", ".end"]) + "\n"


def _check_currents(kind: str, found: _Currents, where: str) -> None:
    if found.loaded <= 0:
        raise InputError(f"{where}: its drain current is {found.loaded:g} A; is {kind}.device of that type?")
    handle, goes = f"{where}: {kind}.threshold_handle", f"{_SHIFT:g} V the drain current goes from"
    by_handle, by_gate = found.shifted - found.unshifted, found.gated - found.unshifted
    if abs(found.unshifted - found.loaded) > _SAME * abs(by_gate):
        raise InputError(
            f"{handle} has a value of the library's or of {kind}.parameters, which the shift of a read would replace: "
            f"with 0 V the drain current goes from {found.loaded:.6g} to {found.unshifted:.6g} A; use 'gate_source'"
        )
    if by_handle == 0 or (by_handle < 0) != (kind == "nfet"):
        what = "nothing" if by_handle == 0 else f"the wrong way (or {kind}.device is not of that type)"
        raise InputError(f"{handle} shifts {what}: with {goes} {found.unshifted:.6g} to {found.shifted:.6g} A")
    if not _LEAST_EFFECT * abs(by_gate) <= abs(by_handle) <= _LARGEST_EFFECT * abs(by_gate):
        raise InputError(
            f"{handle} shifts another amount than it is given, or a part of the device: with {goes} "
            f"{found.unshifted:.6g} to {found.shifted:.6g} A, with as much gate voltage to {found.gated:.6g} A"
        )
    if not _LEAST_RATIO * found.narrow <= found.loaded <= _LARGEST_RATIO * found.narrow:
        raise InputError(
            f"{where}: its drain current is {found.loaded:.6g} A, with half the width {found.narrow:.6g} A: are "
            f"{kind}.width_parameter and {kind}.length_parameter right?"
        )
    if found.reversed > found.unshifted * (1 + _SAME) + _LEAKAGE:
        raise InputError(
            f"{where}: {_REVERSE:g} V of reverse bulk voltage raise its drain current from {found.unshifted:.6g} to "
            f"{found.reversed:.6g} A: are the ports of {kind}.device in the order d g s b?"
        )


def _check_numbers(kind: str, altered: float, read: float, typical: float, where: str) -> None:
    """Refuse a mismatch that does other than the kit's own: ngspice then reads its expressions otherwise."""
    if read == typical:
        raise InputError(f"{where}: the random numbers of [mismatch] do not change its drain current, {typical:g} A")
    if abs(altered - read) > _SAME * abs(read - typical):
        raise InputError(
            f"{where}: with the random numbers of [mismatch] at one sigma its drain current is {altered:.6g} A as "
            f"rramsim alters it, {read:.6g} A as ngspice reads the kit ({typical:.6g} A at 0)"
        )


def _check_capacitance(kind: str, capacitance: float, area: float, where: str) -> None:
    """Refuse a gate that cannot be of the drawn size."""
    if capacitance and not _LEAST_CAPACITANCE <= capacitance / area <= _LARGEST_CAPACITANCE:
        raise InputError(
            f"{where}: its gate has {capacitance:.3g} F, {capacitance / area:.3g} F/m² of what is drawn, which no "
            f"transistor has: is {kind}.unit_m the unit in which the library takes sizes, and is there a .option scale?"
        )
