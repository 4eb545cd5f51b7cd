"""Steps from a recording: a CUDA graph of some steps is launched at once, and the processor is out of the way.

A step of a small network is a few dozen kernels of some microseconds each, and launching them one by one takes longer
than they do. All buffers of a machine stay where they are, which is what a recording needs. The recording of one step
is compared with a step made call by call before anything is made of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from rramsim.eqprop.relaxation.machine import Machine
from rramsim.eqprop.steppers.stepper import AbstractStepper, Steps
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch

_NEAR = {torch.float64: 1e-9, torch.float32: 1e-3, torch.bfloat16: 0.1}  # rounding, and no more


@dataclass(frozen=True, slots=True)
class Graph(AbstractStepper):
    """CUDA graphs of a block of steps and of one step.

    Parameters
    ----------
    block
        Steps of a launch.

    Raises
    ------
    NetworkError
        There is no step in a block.
    """

    name: ClassVar[str] = "graph"
    block: int = 10

    def __post_init__(self) -> None:
        if self.block < 1:
            raise NetworkError(f"a block has at least 1 step (got {self.block})")

    def check(self, device: str) -> None:
        """Refuse all but CUDA.

        Raises
        ------
        NetworkError
            It is another device.
        """
        if torch.device(device).type != "cuda":
            raise NetworkError(f"stepper 'graph' records on CUDA devices only (got {device!r}); 'eager' runs anywhere")

    def bind(self, machine: Machine) -> Steps:
        """Launches; that of one step is recorded and compared now.

        Raises
        ------
        NetworkError
            The machine is on no CUDA device; or a recorded step is not what a step is.
        """
        self.check(str(machine.present()[0].device))
        before = machine.state()
        _warm(machine)
        one = _recorded(machine, 1)
        _compare(machine, one, before)
        machine.load(before)
        blocks: list[Any] = []  # one, once there are steps enough for it

        def steps(count: int) -> None:
            launches, rest = divmod(count, self.block)
            if launches and not blocks:
                blocks.append(_recorded(machine, self.block))
            for _ in range(launches):
                blocks[0].replay()
            for _ in range(rest):
                one.replay()
            machine.forget()  # what was evaluated last lies in memory of the recordings

        return steps


def _warm(machine: Machine) -> None:
    """A step aside: libraries allocate what they need once, which must not be recorded."""
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        machine.step()
    torch.cuda.current_stream().wait_stream(stream)


def _recorded(machine: Machine, steps: int) -> Any:
    """A recording of steps, none of which is made."""
    machine.forget()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(steps):
            machine.step()
    machine.forget()
    return graph


def _compare(machine: Machine, one: Any, before: tuple[torch.Tensor, ...]) -> None:
    found = []
    for step in (machine.step, one.replay):
        machine.load(before)
        step()
        found.append(machine.state())
    machine.forget()
    for number, (exact, recorded) in enumerate(zip(*found, strict=True), 1):
        near = _NEAR[exact.dtype]
        if not torch.allclose(recorded, exact, rtol=near, atol=near, equal_nan=True):
            raise NetworkError(f"layer {number} moves otherwise in a recorded step than in one made call by call")
