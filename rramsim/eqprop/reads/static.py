"""A chip that misreads the same cells for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.reads.reads import AbstractMisreads, Read, Stored, Tensors
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticReads(AbstractMisreads):
    """Every phase, batch and test meets the same cells, which misread whatever they store at the time."""

    name: ClassVar[str] = "static"

    def batch(self, parameters: Mapping[str, torch.Tensor], stored: Stored, memory: Tensors) -> Read:
        """The first read over again."""
        return Read(parameters=self._read(parameters, stored, memory))
