"""Peak resident memory of estimates of equilibrium propagation with few steps and with many, each in its own process.

Backpropagation through the same steps stands beside it: it keeps what every one of them needs.
"""

from __future__ import annotations

from pathlib import Path

import torch

from benchmarks.eqprop_authors import cifar, problem
from benchmarks.measurement import Effort, Figure, Part, in_process
from rramsim.eqprop.estimators.catalog import ESTIMATORS
from rramsim.eqprop.estimators.phases import Phases
from rramsim.eqprop.relaxation.stop import Stop
from rramsim.torch_backend import one_thread

_BATCH = 4
_STEPS = (30, 250)
_GROWTH = 1.02
_STATUS = Path("/proc/self/status")


def measure(effort: Effort) -> Part:
    """The ConvNet 128-256-512-512."""
    title = "Equilibrium propagation: peak memory over the number of steps"
    if not _STATUS.exists():
        return Part(title=title, figures=[], notes=["not measured: it is read from /proc, which only Linux has"])
    rounds = min(effort.rounds, 3)
    few, many = ([in_process(peak, "symmetric", steps, 25) for _ in range(rounds)] for steps in _STEPS)
    followed = [in_process(peak, "bptt", steps, steps) for steps in (5, 30)]
    return Part(
        title=title,
        figures=[
            Figure.of(f"symmetric, T1 = {_STEPS[0]}", few, "MiB"),
            Figure.of(f"symmetric, T1 = {_STEPS[1]}", many, "MiB"),
            Figure.of(
                f"symmetric, T1 = {_STEPS[1]} / {_STEPS[0]}", [b / a for a, b in zip(few, many, strict=True)], "×",
                at_most=_GROWTH,
            ),
            Figure.of("backpropagation through 5 steps", followed[:1], "MiB"),
            Figure.of("backpropagation through 30 steps", followed[1:], "MiB"),
        ],
        notes=[f"128-256-512-512, batches of {_BATCH}, float32, one thread; torch itself is in all of them"],
    )  # fmt: skip


def peak(estimator: str, free: int, nudged: int) -> float:
    """Peak resident memory of this process after one estimate [MiB]."""
    asked = problem(cifar(), _BATCH, torch.float32)
    phases = Phases(free=Stop(steps=free), nudged=Stop(steps=nudged), beta=1.0)
    with one_thread():
        ESTIMATORS[estimator]().estimate(asked, phases)
    (line,) = (line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 2**10  # of this program alone: what getrusage says begins with the parent's peak
