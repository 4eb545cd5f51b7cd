"""Compiled models (OSDI) that an ngspice holds. None can be unloaded, and of two with one name it uses the first."""

from __future__ import annotations

from collections.abc import Callable

from rramsim.spice.log import is_error

_NO_COMMAND = "no such command"
_DEVICE = " :\t"  # between the name of a device type and its description, as devhelp prints them


class CompiledModels:
    """What an ngspice has loaded.

    Parameters
    ----------
    command
        Runs a command of the ngspice and gives the lines that it printed.
    """

    def __init__(self, command: Callable[[str], list[str]]) -> None:
        self._command = command
        self._loaded: set[str] = set()
        self._refused: dict[str, list[str]] = {}

    def load(self, content: str, command: str) -> list[str]:
        """Load one that is not here yet; the lines of ngspice's refusal, none where it is loaded.

        Parameters
        ----------
        content
            SHA-256 of its file.
        command
            ``osdi PATH``.
        """
        if content in self._loaded:
            return []
        if content in self._refused:
            return self._refused[content]
        before = self._types()
        lines = self._command(command)
        if any(_NO_COMMAND in line for line in lines):
            return [
                f"Error: this ngspice is built without OSDI and cannot load {command.split()[-1]}: Debian's 39 has "
                "none, 46 of its bookworm-backports does; NGSPICE_LIBRARY_PATH chooses a library"
            ]
        if any(map(is_error, lines)):
            return lines
        new = self._types()[len(before) :]
        if not new or set(new) & set(before):
            told = f"Error: this process has already loaded another compiled model in place of {command.split()[-1]}"
            self._refused[content] = [f"{told}: ngspice would use that one; run in a new process"]
            return self._refused[content]
        self._loaded.add(content)
        return []

    def _types(self) -> list[str]:
        """Names of the device types that ngspice knows, the newest last."""
        lines = self._command("devhelp")
        return [line.split(_DEVICE)[0].strip().lower() for line in lines if _DEVICE in line]
