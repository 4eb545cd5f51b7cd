"""Steps of a compiled machine: what lies between two products is fused into one kernel.

Compiled once for a network, a size of batch and a nudge; later machines of the same kind use what is there. The whole
step is one graph, or it is refused: so no value is fetched from the device in between.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import ClassVar

from rramsim.eqprop.relaxation.machine import Machine
from rramsim.eqprop.steppers.stepper import AbstractStepper, Steps
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch

_KINDS = 64  # of machine that are compiled at most: phases, sizes of batches


@cache
def _compiled(backend: str) -> Callable[[Machine], None]:
    made: Callable[[Machine], None] = torch.compile(Machine.step, backend=backend, fullgraph=True, dynamic=False)
    return made


@dataclass(frozen=True, slots=True)
class Compiled(AbstractStepper):
    """Steps by ``torch.compile``, which needs a compiler of C++ on a processor and Triton on a graphics processor.

    Parameters
    ----------
    backend
        Of torch's: ``inductor`` compiles, ``aot_eager`` only traces and needs no compiler.
    """

    name: ClassVar[str] = "compiled"
    backend: str = "inductor"

    def bind(self, machine: Machine) -> Steps:
        """Compiled steps; the first may take seconds.

        Raises
        ------
        NetworkError
            There is no such backend; by the first step, that it cannot compile here.
        """
        if self.backend not in torch._dynamo.list_backends(exclude_tags=()):
            raise NetworkError(f"torch compiles by {', '.join(torch._dynamo.list_backends())} (got {self.backend!r})")
        step = _compiled(self.backend)
        machine.forget()
        return partial(_run, step, machine)


def _run(step: Callable[[Machine], None], machine: Machine, count: int) -> None:
    """Make steps; the first of a kind of machine is compiled.

    Raises
    ------
    NetworkError
        It cannot be.
    """
    config = torch._dynamo.config
    limit = "recompile_limit" if hasattr(config, "recompile_limit") else "cache_size_limit"  # before torch 2.6
    try:
        with config.patch({limit: _KINDS}):
            for _ in range(count):
                step(machine)
    except torch._dynamo.exc.TorchDynamoException as error:
        told = " ".join(str(error).split("\n\n")[0].split())
        raise NetworkError(f"steps cannot be compiled here: {told}; 'eager' needs no compiler") from error
