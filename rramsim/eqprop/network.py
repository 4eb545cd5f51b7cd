"""A network as a plain value: its layers, what joins them, how they move and what is learnt; no tensor is in it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rramsim.eqprop.activations.activation import AbstractActivation
from rramsim.eqprop.activations.catalog import activation
from rramsim.eqprop.connections.connection import AbstractConnection, Shape
from rramsim.eqprop.dynamics.dynamics import AbstractDynamics
from rramsim.eqprop.dynamics.inside import NudgeInside
from rramsim.eqprop.feedback.feedback import BACKWARD, BIAS, WEIGHT, AbstractFeedback
from rramsim.eqprop.feedback.shared import Shared
from rramsim.eqprop.losses.loss import AbstractLoss
from rramsim.eqprop.normalisation import Normalisation
from rramsim.errors import NetworkError
from rramsim.files import content_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What joins two layers.

    Parameters
    ----------
    name
        Of the link; its parameters are called ``name.weight``, ``name.bias`` and ``name.backward``.
    pre, post
        Numbers of the layers; 0 is the input, which nothing drives.
    connection
        What it is.
    feedback
        How it drives the layer before it; what comes from the input has none.
    """

    name: str
    pre: int
    post: int
    connection: AbstractConnection
    feedback: AbstractFeedback = field(default_factory=Shared)

    def parameter(self, part: str) -> str:
        """Name of a parameter of the network.

        Parameters
        ----------
        part
            ``weight``, ``bias`` or ``backward``.
        """
        return f"{self.name}.{part}"

    @property
    def separate(self) -> bool:
        """Whether it has backward weights."""
        return self.pre > 0 and self.feedback.separate


@dataclass(frozen=True, kw_only=True)
class Network:
    """Layers 1 to N of units, an input (layer 0) that does not move, and links between them.

    Parameters
    ----------
    inputs
        Shape of one image.
    links
        In the order of the layers behind them; see :func:`chain` for one after the other.
    activations
        Name of that of each layer, from layer 1 on.
    loss
        What is learnt.
    dynamics
        How layers move, and where the nudge is.
    normalisation
        What images from 0 to 1 become before the network is given them; None for nothing else. Whoever makes inputs of
        a data set applies it (:func:`~rramsim.eqprop.trainers.images.unit_images`).

    Raises
    ------
    NetworkError
        Links do not fit the layers that they join, or leave one of them without any.
    """

    inputs: Shape
    links: tuple[Link, ...]
    activations: tuple[str, ...]
    loss: AbstractLoss
    dynamics: AbstractDynamics = field(default_factory=NudgeInside)
    normalisation: Normalisation | None = None

    def __post_init__(self) -> None:
        if len({link.name for link in self.links}) < len(self.links):
            raise NetworkError(f"two links have the same name: {[link.name for link in self.links]}")
        shapes = self.shapes
        if self.normalisation is not None:
            self.normalisation.check(shapes[0])
        if len(self.activations) != len(shapes) - 1:
            raise NetworkError(f"{len(shapes) - 1} layers have {len(self.activations)} activations")
        _ = self.functions, self.classes  # which refuse what they do not know

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """Shape of each layer without the batch, the input first.

        Raises
        ------
        NetworkError
            See the class.
        """
        found = {0: tuple(self.inputs)}
        for link in self.links:
            if not 0 <= link.pre < link.post or link.pre not in found:
                raise NetworkError(f"link {link.name!r} joins {link.pre} to {link.post}: it comes from no layer before")
            try:
                shape = link.connection.shape(found[link.pre])
            except NetworkError as error:
                raise NetworkError(f"link {link.name!r}, behind layer {link.pre}: {error}") from None
            if found.setdefault(link.post, shape) != shape:
                told = f"link {link.name!r} gives layer {link.post} the shape {shape}"
                raise NetworkError(f"{told}, another link gives it {found[link.post]}")
        if len(found) == 1 or sorted(found) != list(range(len(found))):
            raise NetworkError(f"layers are numbered from 1 on, each with a link to it (got {sorted(found)[1:]})")
        return tuple(found[number] for number in range(len(found)))

    @property
    def layers(self) -> int:
        """Those of the state, without the input."""
        return len(self.shapes) - 1

    @property
    def units(self) -> int:
        """Units of the state."""
        return sum(math.prod(shape) for shape in self.shapes[1:])

    @cached_property
    def functions(self) -> tuple[AbstractActivation, ...]:
        """Activation of each layer, from layer 1 on."""
        return tuple(activation(name) for name in self.activations)

    @cached_property
    def classes(self) -> int:
        """Length of a target."""
        return self.loss.classes(self.shapes[-1])

    @cached_property
    def parameter_shapes(self) -> dict[str, Shape]:
        """Shape of each parameter by its name."""
        return {name: shape for link in self.links for name, shape in self.shapes_of(link)} | self.loss.shapes(
            self.shapes[-1]
        )

    def shapes_of(self, link: Link) -> Iterator[tuple[str, Shape]]:
        """Name and shape of each parameter of a link.

        Parameters
        ----------
        link
            Of the network.
        """
        weight = link.connection.weight_shape(self.shapes[link.pre])
        yield link.parameter(WEIGHT), weight
        yield link.parameter(BIAS), weight[:1]
        if link.separate:
            yield link.parameter(BACKWARD), weight

    @property
    def reciprocal(self) -> bool:
        """Whether all weights are shared between the two directions: there is a primitive function then."""
        return not any(link.separate for link in self.links)

    @cached_property
    def id(self) -> str:
        """SHA-256 of its description: parameters of one network are those of no other."""
        return content_id({"network": repr(self)})


def chain(
    inputs: Shape,
    connections: Sequence[AbstractConnection],
    *,
    activation: str,
    loss: AbstractLoss,
    output: str | None = None,
    feedback: AbstractFeedback | None = None,
    dynamics: AbstractDynamics | None = None,
    normalisation: Normalisation | None = None,
) -> Network:
    """A network of layers one after the other.

    Parameters
    ----------
    inputs
        Shape of one image.
    connections
        The first from the input; one for each layer.
    activation
        Name of that of each layer.
    loss
        What is learnt.
    output
        Activation of the last layer, where it is another one.
    feedback
        Of each connection that does not come from the input; None for shared weights.
    dynamics
        How layers move; None for discrete time with the nudge inside the activation.
    normalisation
        See :class:`Network`.

    Raises
    ------
    NetworkError
        A connection does not take what comes from the one before it, or there is none.

    Examples
    --------
    >>> from rramsim.eqprop.connections.dense import Dense
    >>> from rramsim.eqprop.losses.mean_square import MeanSquare
    >>> network = chain((784,), [Dense(512), Dense(10)], activation="tanh", loss=MeanSquare())
    >>> network.shapes, network.units
    (((784,), (512,), (10,)), 522)
    """
    links = tuple(
        Link(name=f"link{number}", pre=number - 1, post=number, connection=connection, feedback=feedback or Shared())
        for number, connection in enumerate(connections, 1)
    )
    names = [activation] * len(links)
    if output is not None:
        names[-1:] = [output]
    return Network(
        inputs=inputs, links=links, activations=tuple(names), loss=loss, dynamics=dynamics or NudgeInside(),
        normalisation=normalisation,
    )  # fmt: skip
