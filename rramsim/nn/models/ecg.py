"""ConvNet over time for electrocardiograms of several leads, and for single beats.

References
----------
Binary networks for the same task: B. Penkovsky et al., In-memory resistive RAM implementation of binarized neural
networks for medical applications, DATE 2020, doi 10.23919/DATE48585.2020.9116439, arXiv 2006.11595. Its abstract has no
sizes: those here are this project's.
"""

from __future__ import annotations

from typing import Annotated, Self, cast

from pydantic import Field, StrictInt, model_validator

from rramsim.nn.models.layers import Act, Conv, Flat, Full, Norm, Pool
from rramsim.nn.models.mlp import Size
from rramsim.nn.models.model import AbstractModel, Layers
from rramsim.nn.ops.op import Shape
from rramsim.validation import Section


class EcgSettings(Section):
    """``width``: channels; ``kernels``, ``pools``: of each convolution and after it; ``hidden``: of the full layer."""

    width: Size = 32
    kernels: Annotated[tuple[Size, ...], Field(min_length=1, max_length=16)] = (13, 11, 9, 7, 5)
    pools: tuple[Annotated[StrictInt, Field(ge=1, le=100)], ...] = (2, 2, 2, 2, 2)
    hidden: Size = 75

    @model_validator(mode="after")
    def _as_many(self) -> Self:
        if len(self.pools) != len(self.kernels):
            raise ValueError(f"{len(self.kernels)} kernels need as many pools, got {len(self.pools)}")
        return self


class Ecg(AbstractModel):
    """Convolutions over time, each with the maximum of some samples, then two full layers; inputs (leads, samples)."""

    Settings = EcgSettings

    @classmethod
    def layers(cls, settings: Section, inputs: Shape, classes: int) -> Layers:
        """A batch normalisation after each layer."""
        given = cast("EcgSettings", settings)
        body: list[Layers] = []
        for kernel, pool in zip(given.kernels, given.pools, strict=True):
            pooled = [Pool(size=pool)] if pool > 1 else []
            body.append((Conv(outputs=given.width, kernel=kernel, padding=kernel // 2), *pooled, Norm(), Act()))
        head = (Flat(), Full(outputs=given.hidden), Norm(), Act(), Full(outputs=classes), Norm())
        return [layer for part in (*body, head) for layer in part]
