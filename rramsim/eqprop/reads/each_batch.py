"""Weights that are read once for each batch of images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.reads.reads import AbstractMisreads, Read, Stored, Tensors
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class EachBatch(AbstractMisreads):
    """Errors are drawn anew for each batch; all its phases meet the same."""

    name: ClassVar[str] = "batch"

    def batch(self, parameters: Mapping[str, torch.Tensor], stored: Stored, memory: Tensors) -> Read:
        """A new read."""
        found = self._read(parameters, stored, memory)
        self._next(memory)
        return Read(parameters=found)
