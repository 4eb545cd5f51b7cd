"""New values of a loaded circuit's elements, as ngspice's commands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rramsim.errors import InputError
from rramsim.units import format_number

_COMMAND_BYTES = 1000  # ngspice cuts a command at 1023
# A handle goes to ngspice's interpreter, whose commands run programs: nothing that could begin another one.
_HANDLE = re.compile(r"@?[a-z][\w.:#-]*(?:\[\w+\])?", re.ASCII | re.IGNORECASE)


def check_handle(handle: str) -> None:
    """Refuse what is no name: it goes to ngspice's interpreter.

    Parameters
    ----------
    handle
        As for :func:`alter_commands`.

    Raises
    ------
    InputError
        It is none.
    """
    if not _HANDLE.fullmatch(handle):
        raise InputError(f"{handle!r} is no name of an element, as r.xcell.xbl.rmem or @m.xsa.xmn1.m1[delvto]")


def alter_commands(assignments: Iterable[tuple[str, float]]) -> Iterator[str]:
    """Commands that set element values and device parameters, as few as ngspice's command length allows.

    Parameters
    ----------
    assignments
        Pairs of a handle, ``r.xcell.xbl.rmem``, ``@m.xsa.xmn1.m1[delvto]`` or, of a model inside a sub-circuit,
        ``@xsa.xmn1.x1:model.3[vth0]``, and its value, SI.

    Raises
    ------
    InputError
        A handle is not the name of an element or of a device's or model's parameter.
    ValueError
        A value is not finite.

    Examples
    --------
    >>> list(alter_commands([("r1", 5e3), ("@m1[delvto]", -0.01)]))
    ['alter r1 = 5000.0;alter @m1[delvto] = -0.01']
    """
    pending = ""
    for handle, value in assignments:
        check_handle(handle)
        # ngspice flattens a model to instance:model; no device's name has a colon.
        command = f"{'altermod' if handle[0] == '@' and ':' in handle else 'alter'} {handle} = {format_number(value)}"
        if len(pending) + len(command) > _COMMAND_BYTES:
            yield pending
            pending = ""
        pending = f"{pending};{command}" if pending else command
    if pending:
        yield pending
