"""The machine that a task runs on: its ngspice, and whether it has what the task was planned with."""

from __future__ import annotations

import os
import platform
from dataclasses import replace
from typing import TYPE_CHECKING

from rramsim.errors import InputError, ModelFileError, NgspiceVersionError
from rramsim.spice.engine import engine

if TYPE_CHECKING:
    from rramsim.ber.task import PointTask


def check_machine(task: PointTask) -> None:
    """Refuse to file a result as that of another ngspice, of other models or other code: those of a cluster may differ.

    Parameters
    ----------
    task
        As it was planned.

    Raises
    ------
    NgspiceVersionError
        This process has another ngspice than the task names.
    ModelFileError
        This machine has other model files, or other code of a user's bench, than the task was made from.
    """
    machine, version = platform.node(), engine().version_text
    if version != task.ngspice:
        raise NgspiceVersionError(f"the sweep was planned with ngspice {task.ngspice}, and {machine} has {version}")
    try:
        # Another bench of the same values: it reads the model files anew.
        same = replace(task, bench=replace(task.bench)).id == task.id
    except (OSError, InputError) as error:
        raise ModelFileError(f"a model file cannot be used on {machine}: {error}") from None
    if not same:
        technology = task.bench.environment.technology
        files = f"{technology.path}, {technology.library_path} or the code of {type(task.bench).__name__}"
        raise ModelFileError(f"{files} on {machine} is not what the sweep was planned with")


def probe() -> dict[str, str]:
    """Tell which ngspice this process runs, and where."""
    ngspice = engine()
    return {
        "ngspice": ngspice.version_text,
        "library": ngspice.library_path,
        "python": platform.python_version(),
        "pid": str(os.getpid()),
    }
