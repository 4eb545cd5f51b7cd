"""Layers of a model as plain values: their shapes, and what each is in training."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rramsim.errors import NetworkError
from rramsim.nn.ops.op import Shape
from rramsim.weights import WeightKind

if TYPE_CHECKING:
    import torch

    from rramsim.nn.layers import TrainableLayer


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is chosen for one layer.

    Parameters
    ----------
    kind
        The set of its weights; None for real ones.
    activations
        What an activation gives: ``binary``, ``ternary`` or ``real``.
    """

    kind: WeightKind | None
    activations: str


class AbstractLayer(ABC):
    """A layer."""

    @abstractmethod
    def shape(self, inputs: Shape) -> Shape:
        """Shape of the result.

        Parameters
        ----------
        inputs
            Shape of what goes in, without the batch.

        Raises
        ------
        NetworkError
            It takes no such shape.
        """

    def weights(self, inputs: Shape) -> int:
        """How many weights it has.

        Parameters
        ----------
        inputs
            Shape of what goes in.
        """
        return 0

    @abstractmethod
    def build(self, inputs: Shape, choice: Choice, generator: torch.Generator) -> TrainableLayer:
        """The layer in training.

        Parameters
        ----------
        inputs
            Shape of what goes in.
        choice
            What is chosen for it.
        generator
            Draws the initial weights.
        """


class AbstractWeighted(AbstractLayer):
    """A layer with weights.

    Attributes
    ----------
    called
        As tables name it.
    """

    called: ClassVar[str]

    @abstractmethod
    def matrix(self, inputs: Shape) -> Shape:
        """Shape of its weights: (outputs, inputs of a group, *kernel).

        Parameters
        ----------
        inputs
            Shape of what goes in.
        """

    def weights(self, inputs: Shape) -> int:
        """How many weights it has."""
        return math.prod(self.matrix(inputs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Full(AbstractWeighted):
    """Every input to every output, without bias."""

    called: ClassVar[str] = "dense"
    outputs: int

    def shape(self, inputs: Shape) -> Shape:
        """(outputs,), of (inputs,).

        Raises
        ------
        NetworkError
            Its input is no row of features.
        """
        if len(inputs) != 1:
            raise NetworkError(f"a fully connected layer takes a row of features, not {inputs}")
        return (self.outputs,)

    def matrix(self, inputs: Shape) -> Shape:
        """(outputs, inputs)."""
        return (self.outputs, inputs[0])

    def build(self, inputs: Shape, choice: Choice, generator: torch.Generator) -> TrainableLayer:
        """With latent weights."""
        from rramsim.nn.layers import QuantizedDense

        return QuantizedDense(self.matrix(inputs), choice.kind, generator)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conv(AbstractWeighted):
    """Convolution without bias, over one axis or two.

    Parameters
    ----------
    outputs
        Channels.
    kernel, stride, padding
        One number for every axis, or one for each.
    groups
        Groups of channels that do not see each other; 0 for a group a channel (depthwise).
    """

    called: ClassVar[str] = "convolution"
    outputs: int
    kernel: int | tuple[int, ...]
    stride: int | tuple[int, ...] = 1
    padding: int | tuple[int, ...] = 0
    groups: int = 1

    def shape(self, inputs: Shape) -> Shape:
        """(outputs, *positions), of (channels, *positions).

        Raises
        ------
        NetworkError
            The kernel does not fit into its input.
        """
        kernel, stride, padding = self._axes(inputs)
        sizes = zip(inputs[1:], kernel, stride, padding, strict=True)
        found = tuple((size + 2 * pad - width) // step + 1 for size, width, step, pad in sizes)
        if not found or min(found) < 1:
            raise NetworkError(f"a kernel of {list(kernel)} does not fit into {inputs}")
        return (self.outputs, *found)

    def matrix(self, inputs: Shape) -> Shape:
        """(outputs, channels of a group, *kernel)."""
        return (self.outputs, inputs[0] // (self.groups or inputs[0]), *self._axes(inputs)[0])

    def build(self, inputs: Shape, choice: Choice, generator: torch.Generator) -> TrainableLayer:
        """With latent weights."""
        from rramsim.nn.layers import QuantizedConvolution

        _, stride, padding = self._axes(inputs)
        shape, groups = self.matrix(inputs), self.groups or inputs[0]
        return QuantizedConvolution(shape, choice.kind, generator, stride=stride, padding=padding, groups=groups)

    def _axes(self, inputs: Shape) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        axes = len(inputs) - 1
        kernel, stride, padding = (on_axes(value, axes) for value in (self.kernel, self.stride, self.padding))
        return kernel, stride, padding


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool(AbstractLayer):
    """The greatest value, or the mean, of each window.

    Parameters
    ----------
    size, stride
        One number for every axis, or one for each; 0 for a window of all positions; the stride is the size where it is
        None.
    mean
        Whether the mean.
    """

    size: int | tuple[int, ...]
    stride: int | tuple[int, ...] | None = None
    mean: bool = False

    def shape(self, inputs: Shape) -> Shape:
        """(channels, *positions).

        Raises
        ------
        NetworkError
            The window does not fit into its input.
        """
        size, stride = self._axes(inputs)
        sizes = zip(inputs[1:], size, stride, strict=True)
        found = tuple((there - wide) // step + 1 for there, wide, step in sizes)
        if not found or min(found) < 1:
            raise NetworkError(f"a window of {list(size)} does not fit into {inputs}")
        return (inputs[0], *found)

    def build(self, inputs: Shape, choice: Choice, generator: torch.Generator) -> TrainableLayer:
        """The same in training."""
        from rramsim.nn.layers import Fixed
        from rramsim.nn.ops.pool import AveragePool, MaxPool

        size, stride = self._axes(inputs)
        return Fixed((AveragePool if self.mean else MaxPool)(size=size, stride=stride))

    def _axes(self, inputs: Shape) -> tuple[tuple[int, ...], tuple[int, ...]]:
        axes = len(inputs) - 1
        size = tuple(wide or there for wide, there in zip(on_axes(self.size, axes), inputs[1:], strict=True))
        return size, size if self.stride is None else on_axes(self.stride, axes)


@dataclass(frozen=True, slots=True)
class Norm(AbstractLayer):
    """Batch normalisation of each channel."""

    def shape(self, inputs: Shape) -> Shape:
        """The same."""
        return inputs

    def build(self, inputs: Shape, choice: Choice, generator: torch.Generator) -> TrainableLayer:
        """With running statistics."""
        from rramsim.nn.layers import Normalisation

        return Normalisation(inputs)


@dataclass(frozen=True, slots=True)
class Act(AbstractLayer):
    """Activation."""

    def shape(self, inputs: Shape) -> Shape:
        """The same."""
        return inputs

    def build(self, inputs: Shape, choice: Choice, generator: torch.Generator) -> TrainableLayer:
        """As it is chosen."""
        from rramsim.nn.layers import Fixed
        from rramsim.nn.ops.activate import Activate

        return Fixed(Activate(to=choice.activations))


@dataclass(frozen=True, slots=True)
class Flat(AbstractLayer):
    """All positions in one row."""

    def shape(self, inputs: Shape) -> Shape:
        """(features,)."""
        return (math.prod(inputs),)

    def build(self, inputs: Shape, choice: Choice, generator: torch.Generator) -> TrainableLayer:
        """The same in training."""
        from rramsim.nn.layers import Fixed
        from rramsim.nn.ops.flatten import Flatten

        return Fixed(Flatten())


def on_axes(value: int | tuple[int, ...], axes: int) -> tuple[int, ...]:
    """One number for each axis.

    Parameters
    ----------
    value
        One for all, or one for each.
    axes
        How many there are.

    Raises
    ------
    NetworkError
        There are as many as other axes.
    """
    found = (value,) * axes if isinstance(value, int) else value
    if len(found) != axes:
        raise NetworkError(f"{list(found)} is for {len(found)} axes, there are {axes}")
    return found
