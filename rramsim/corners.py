"""Process, voltage and temperature (PVT) corners."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from rramsim.errors import InputError

if TYPE_CHECKING:
    from pandas import Series


class ProcessCorner(StrEnum):
    """The usual global process corners; the first letter is the NMOS, the second the PMOS: typical, fast or slow.

    A technology may have others, by names of its own.
    """

    TT = "TT"
    FF = "FF"
    SS = "SS"
    FS = "FS"
    SF = "SF"


_NOMINAL_TEMPERATURE_C = 27.0  # of SPICE [°C]

# How every table names a corner.
CORNER_COLUMNS = ("process", "vdd_v", "temperature_c")

_USUAL = tuple(map(str, ProcessCorner))
_PROCESS = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*", re.ASCII)
_LONGEST_PROCESS = 20
_ID = re.compile(r"^(?P<process>[a-z]\w*?)_(?P<temperature>m?\d+(?:p\d+)?)c_(?P<vdd>\d+v\d+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Corner:
    """One operating point of the circuit.

    Parameters
    ----------
    process
        Global process corner: one of :class:`ProcessCorner`, or another of the technology's, in upper case.
    vdd
        Supply voltage [V], above 0.
    temperature_c
        Temperature [°C], above absolute zero.

    Raises
    ------
    InputError
        A value is out of range.

    Examples
    --------
    >>> Corner(process=ProcessCorner.SS, vdd=1.08, temperature_c=-40).id
    'ss_m40c_1v08'
    """

    process: str
    vdd: float
    temperature_c: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.vdd) and self.vdd > 0):
            raise InputError(f"vdd must be above 0 V, got {self.vdd!r}")
        if not (math.isfinite(self.temperature_c) and self.temperature_c > -273.15):
            raise InputError(f"temperature_c must be above -273.15 °C, got {self.temperature_c!r}")
        object.__setattr__(self, "process", parse_process(self.process))
        object.__setattr__(self, "vdd", float(self.vdd))
        object.__setattr__(self, "temperature_c", float(self.temperature_c))

    @property
    def id(self) -> str:
        """Readable name, unique for every corner, such as ``ss_125c_1v08``."""
        temperature = _plain(self.temperature_c).replace("-", "m").replace(".", "p").removesuffix("p0")
        return f"{self.process.lower()}_{temperature}c_{_plain(self.vdd).replace('.', 'v')}"

    @property
    def labels(self) -> dict[str, str | float]:
        """Values of ``CORNER_COLUMNS``."""
        return dict(zip(CORNER_COLUMNS, (self.process, self.vdd, self.temperature_c), strict=True))

    @property
    def sort_key(self) -> tuple[tuple[int, str], float, float]:
        """Table order: process (TT, FF, SS, FS, SF, others by name), then supply, then temperature."""
        return (process_order(self.process), self.vdd, self.temperature_c)


def parse_corner(text: str) -> Corner:
    """Read a corner's id back.

    Parameters
    ----------
    text
        As :attr:`Corner.id` writes it, in either case.

    Raises
    ------
    InputError
        ``text`` is not of the form ``tt_27c_1v2``.

    Examples
    --------
    >>> parse_corner("ss_m40c_1v08")
    Corner(process='SS', vdd=1.08, temperature_c=-40.0)
    """
    match = _ID.match(text.strip().lower())
    if match is None:
        raise InputError(
            f"corner {text!r} is not of the form process_temperature_vdd, such as tt_27c_1v2 or ss_m40c_1v08"
        )
    return Corner(
        process=parse_process(match["process"]),
        vdd=float(match["vdd"].replace("v", ".")),
        temperature_c=float(match["temperature"].replace("m", "-").replace("p", ".")),
    )


def corner_of(row: Mapping[str, Any] | Series) -> Corner:
    """Corner of a table's row.

    Parameters
    ----------
    row
        Has ``CORNER_COLUMNS``.

    Raises
    ------
    InputError
        There is no such corner.
    """
    process, vdd, temperature = (row[name] for name in CORNER_COLUMNS)
    return Corner(process=parse_process(str(process)), vdd=float(vdd), temperature_c=float(temperature))


def parse_process(name: str) -> str:
    """Name of a process corner as tables spell it: in upper case.

    Parameters
    ----------
    name
        TT, FF, SS, FS, SF or another, in any case.

    Raises
    ------
    InputError
        It is not a name of letters and digits, with single ``_`` between, of at most 20.

    Examples
    --------
    >>> parse_process("ff"), parse_process("wafer_1")
    ('FF', 'WAFER_1')
    """
    if len(name) > _LONGEST_PROCESS or not _PROCESS.fullmatch(name):
        raise InputError(
            f"a process corner is named by letters and digits, with single '_' between, at most {_LONGEST_PROCESS}, "
            f"as TT or wafer_1; got {name[:100]!r}"
        )
    return name.upper()


def process_order(name: str) -> tuple[int, str]:
    """What process corners are sorted by: TT, FF, SS, FS, SF, others by name.

    Parameters
    ----------
    name
        As :func:`parse_process` returns it.
    """
    return (_USUAL.index(name) if name in _USUAL else len(_USUAL), name)


def pvt_grid(processes: Iterable[str], vdds: Iterable[float], temperatures_c: Iterable[float]) -> tuple[Corner, ...]:
    """Every combination of the three lists, in table order whatever the order of the lists.

    Parameters
    ----------
    processes
        Process corners.
    vdds
        Supply voltages [V], above 0.
    temperatures_c
        Temperatures [°C], above absolute zero.

    Raises
    ------
    InputError
        A list is empty or names a value twice.
    """
    axes = (tuple(processes), tuple(map(float, vdds)), tuple(map(float, temperatures_c)))
    for name, values in zip(("process", "vdd", "temperature_c"), axes, strict=True):
        if not values:
            raise InputError(f"the corner list {name} is empty")
        twice = [str(value) for value, count in Counter(values).items() if count > 1]
        if twice:
            raise InputError(f"the corner list {name} names {', '.join(twice)} more than once")
    corners = (
        Corner(process=process, vdd=vdd, temperature_c=temperature)
        for process, vdd, temperature in itertools.product(*axes)
    )
    return tuple(sorted(corners, key=lambda corner: corner.sort_key))


def typical_corner(grid: Iterable[Corner]) -> Corner:
    """The corner nearest to the middle of a grid: TT if there is one, middle supply, temperature nearest to 27 °C.

    Parameters
    ----------
    grid
        Corners in any order.

    Raises
    ------
    InputError
        The grid is empty.
    """
    corners = sorted(grid, key=lambda corner: corner.sort_key)
    if not corners:
        raise InputError("a grid without corners has no typical one")
    vdds = sorted({corner.vdd for corner in corners})
    middle = vdds[len(vdds) // 2]

    def distance(corner: Corner) -> tuple[bool, float, float]:
        temperature = abs(corner.temperature_c - _NOMINAL_TEMPERATURE_C)
        return (corner.process != ProcessCorner.TT, abs(corner.vdd - middle), temperature)

    return min(corners, key=distance)


def _plain(value: float) -> str:
    """Shortest exact decimal text without an exponent, with a decimal point."""
    text = format(Decimal(repr(value)), "f")
    return text if "." in text else f"{text}.0"
