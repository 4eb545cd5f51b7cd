"""A nominal device of each type, simulated: whether the library does what the technology file says of it.

A threshold handle that shifts nothing, or shifts it the wrong way, would leave the mismatch out of every rate.
"""

from __future__ import annotations

from dataclasses import dataclass

from rramsim.circuits.technology.technology import Technology
from rramsim.errors import InputError
from rramsim.spice.analyses import Op
from rramsim.spice.engine import Engine
from rramsim.units import format_number

_WIDTH, _LENGTH = 2e-6, 0.6e-6  # of the netlists' devices [m]
_SHIFT = 0.05  # of a threshold [V]
_OP = Op()


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
    """

    kind: str
    vdd: float
    width: float
    length: float
    current: float
    shifted: float


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
        No current flows, or a threshold shift changes nothing or the wrong way.
    SimulationError
        ngspice refuses the models, these sizes or a threshold handle.
    """
    limits = technology.file.validity
    vdd, length = (limits.vdd_min_v + limits.vdd_max_v) / 2, max(_LENGTH, limits.length_min_m)
    deck = _deck(technology, process, vdd, length)
    try:
        engine.load(deck)
        before = engine.run(_OP, ("i(vdn)", "i(vdp)"))
        handles = [binding.handle(f"x{kind[0]}", kind) for kind, binding in technology.file.bindings.items()]
        engine.alter((handle, _SHIFT) for handle in handles)
        after = engine.run(_OP, ("i(vdn)", "i(vdp)"))
    finally:
        engine.unload()
    reports = tuple(
        DeviceReport(
            kind=kind,
            vdd=vdd,
            width=_WIDTH,
            length=length,
            current=sign * float(before[f"i({source})"][0]),
            shifted=sign * float(after[f"i({source})"][0]),
        )
        for kind, source, sign in (("nfet", "vdn", -1.0), ("pfet", "vdp", 1.0))
    )
    for report in reports:
        _check(technology, process, report)
    return reports


def _deck(technology: Technology, process: str, vdd: float, length: float) -> str:
    high, sizes = format_number(vdd), f"w={format_number(_WIDTH)} l={format_number(length)} dvt=0"
    lines = [
        f"* nominal devices, {process}",
        technology.models_text(process).rstrip(),
        f"vgn gn 0 {high}\nvdn dn 0 {high}\nxn dn gn 0 0 nfet {sizes}",
        f"vgp gp 0 -{high}\nvdp dp 0 -{high}\nxp dp gp 0 0 pfet {sizes}",
        f"{_OP.card}\n.save i(vdn) i(vdp)\n.end\n",
    ]
    return "\n".join(lines)


def _check(technology: Technology, process: str, report: DeviceReport) -> None:
    size = f"{report.width:g} m by {report.length:g} m"
    where = f"{technology.path}: {report.kind} of {process}, {size} at {report.vdd:g} V"
    if report.current <= 0:
        raise InputError(f"{where}: its drain current is {report.current:g} A; is {report.kind}.device of that type?")
    # A positive shift weakens an NMOS and strengthens a PMOS.
    weaker = report.shifted < report.current
    if report.shifted == report.current or weaker != (report.kind == "nfet"):
        what = "nothing" if report.shifted == report.current else "the wrong way"
        raise InputError(
            f"{where}: {report.kind}.threshold_handle shifts {what}: with {_SHIFT:g} V the drain current goes from "
            f"{report.current:.6g} to {report.shifted:.6g} A"
        )
