"""A network at work: weights, inputs and states in one place, moved step by step.

This is the one loop that everything goes through, the reference by autograd included. A step makes as few calls as
there are products and activations: drives are written to buffers that are made once, what comes from the input is
worked out once, and a map whose pooling looks at it is evaluated once for both directions. Where autograd follows, a
convolution may add up in another order, and no more. All buffers stay where they are, so that steps can be compiled, or
recorded: see :mod:`rramsim.eqprop.steppers`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rramsim.eqprop.activations.activation import AbstractActivation
from rramsim.eqprop.network import Network
from rramsim.eqprop.relaxation.schedule import AbstractSchedule
from rramsim.eqprop.relaxation.terms import Evaluated, FromBefore, FromBehind, FromEvaluated, Term
from rramsim.eqprop.wiring import Wire, wires
from rramsim.torch_backend import torch

State = tuple[torch.Tensor, ...]


class _Layer:
    """What drives a layer, and how it moves."""

    def __init__(self, number: int, function: AbstractActivation, out: torch.Tensor | None) -> None:
        self.number = number
        self.function = function
        self.out = out
        self.fixed: torch.Tensor | None = None  # from the input
        self.terms: list[Term] = []
        self.evaluated: list[Evaluated] = []  # maps from this layer

    def gather(self) -> torch.Tensor:
        """Its drive.

        Raises
        ------
        RuntimeError
            Nothing drives it, which a network refuses.
        """
        drive = self.fixed
        for term in self.terms:
            drive = term(drive, self.out)
        if drive is None:
            raise RuntimeError(f"nothing drives layer {self.number}")
        return drive


class Machine:
    r"""A network with weights, one batch of images and the state that they leave it in.

    Parameters
    ----------
    network
        The network.
    parameters
        Its parameters. Where they have the type of the states they are not copied, and may change in place; see
        :meth:`refresh`.
    inputs
        (batch, \*shape of an image).
    schedule
        Which layers move when.
    dtype
        Of states and drives; None for that of the parameters.
    followed
        Whether autograd can follow the steps: nothing is written in place then.
    """

    def __init__(
        self, network: Network, parameters: Mapping[str, torch.Tensor], inputs: torch.Tensor, *,
        schedule: AbstractSchedule, dtype: torch.dtype | None = None, followed: bool = False,
    ) -> None:  # fmt: skip
        self.network = network
        self._given = parameters
        example = next(iter(parameters.values()))
        dtype = dtype or example.dtype
        self._parameters = {name: value.to(dtype) for name, value in parameters.items()}
        self._followed = followed
        self._target: torch.Tensor | None = None
        self._beta: float | torch.Tensor = 0.0
        shapes = [(len(inputs), *shape) for shape in network.shapes]
        self._states = [inputs.to(example.device, dtype)]
        self._states += [torch.zeros(shape, dtype=dtype, device=example.device) for shape in shapes[1:]]
        self.rates = [state.clone() for state in self._states] if network.dynamics.activated else self._states
        self._wires = wires(network, self._parameters)
        self._layers = [
            _Layer(number, function, None if followed else torch.empty_like(self._states[number]))
            for number, function in enumerate(network.functions, 1)
        ]
        groups = schedule.groups(network.layers)
        self._groups = [[self._layers[number - 1] for number in group] for group in groups]
        for wire in self._wires:
            self._connect(wire)
        self.load(tuple(self._states[1:]))
        self.refresh()

    def _connect(self, wire: Wire) -> None:
        """Terms of both ends of a link; what comes from the input is none, it is made by :meth:`refresh`."""
        link, rates = wire.link, self.rates
        if link.pre == 0:
            return
        before, behind = self._layers[link.pre - 1], self._layers[link.post - 1]
        evaluated = Evaluated(wire.backward, rates, link.pre) if wire.backward.contextual else None
        if evaluated is not None:
            before.evaluated.append(evaluated)
        if evaluated is not None and wire.backward is wire.forward:
            behind.terms.append(FromEvaluated(evaluated))
        else:
            behind.terms.append(FromBefore(wire.forward, rates, link.pre))
        before.terms.append(FromBehind(wire.backward, rates, link.pre, link.post, evaluated))

    @property
    def wires(self) -> tuple[Wire, ...]:
        """Links with the weights that are at work."""
        return self._wires

    def add_term(self, number: int, term: Term) -> None:
        """Give a layer another drive.

        Parameters
        ----------
        number
            Of the layer, from 1 on.
        term
            What adds it.
        """
        self._layers[number - 1].terms.append(term)

    def refresh(self) -> None:
        """Take weights as they are now: they, or the input, have changed."""
        for name, value in self._given.items():
            if self._parameters[name] is not value:
                self._parameters[name].copy_(value)
        for layer in self._layers:
            layer.fixed = None
            self._moved(layer)
        for wire in self._wires:
            if wire.link.pre:
                for through in {wire.forward, wire.backward}:
                    through.prepare()
            else:
                layer = self._layers[wire.link.post - 1]
                layer.fixed = wire.forward.forward(wire.forward.view(self.rates[0]), layer.fixed)[0]

    def nudge(self, target: torch.Tensor | None, beta: float | torch.Tensor = 0.0) -> None:
        """Pull at the last layer from now on.

        Parameters
        ----------
        target
            (batch, classes); None to let it go.
        beta
            Strength, one or (batch, 1).
        """
        like = self._states[-1]
        self._target = None if target is None else target.to(like.device, like.dtype)
        self._beta = beta

    def load(self, state: Sequence[torch.Tensor]) -> None:
        """Put every layer somewhere.

        Parameters
        ----------
        state
            Of each layer, from layer 1 on.
        """
        for number, (layer, value) in enumerate(zip(self._layers, state, strict=True), 1):
            kept = self._states[number]
            self._put(number, value.to(kept.device, kept.dtype) if self._followed else kept.copy_(value))
            self._moved(layer)

    def state(self) -> State:
        """State of each layer, from layer 1 on; it stays as it is when the machine goes on."""
        return tuple(self._states[1:]) if self._followed else tuple(value.clone() for value in self._states[1:])

    def present(self) -> State:
        """State of each layer, from layer 1 on, where it is: it changes with the next step."""
        return tuple(self._states[1:])

    def drives(self) -> State:
        """Drive of each layer by the others at the present state, from layer 1 on."""
        return tuple(layer.gather().clone() for layer in self._layers)

    def forget(self) -> None:
        """Evaluate all maps again in the next step: what was kept of them is of other memory, or of other weights."""
        for layer in self._layers:
            self._moved(layer)

    def step(self) -> None:
        """Move every layer once."""
        for group in self._groups:
            drives = [layer.gather() for layer in group]
            pull = self._pull() if self._layers[-1] in group else None
            for layer, drive in zip(group, drives, strict=True):
                self._move(layer, drive, pull if layer is self._layers[-1] else None)

    def _pull(self) -> torch.Tensor | None:
        if self._target is None:
            return None
        return self.network.loss.pull(self._states[-1], self._target, self._beta, self._parameters)

    def _move(self, layer: _Layer, drive: torch.Tensor, pull: torch.Tensor | None) -> None:
        state = self._states[layer.number]
        out = None if self._followed else state
        self._put(layer.number, self.network.dynamics.move(layer.function, state, drive, pull, out))
        self._moved(layer)

    def _put(self, number: int, state: torch.Tensor) -> None:
        self._states[number] = state
        if self.rates is not self._states:
            out = None if self._followed else self.rates[number]
            self.rates[number] = self._layers[number - 1].function(state, out)

    @staticmethod
    def _moved(layer: _Layer) -> None:
        for evaluated in layer.evaluated:
            evaluated.forget()
