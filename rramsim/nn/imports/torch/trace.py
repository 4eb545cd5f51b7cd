"""Follow an image through a module of torch.

The module runs once on images of random numbers. What it computes of its weights alone, quantisers and parametrisations
included, is computed by it; each operation of torch on what depends on the image becomes nodes of the stored network.
An operation that changes such a value behind its back is found by a copy of what it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from rramsim.errors import NetworkError
from rramsim.nn.imports.assembly.assembly import Assembly
from rramsim.nn.imports.assembly.instead import unsupported
from rramsim.nn.imports.assembly.values import base
from rramsim.nn.imports.torch.operation import SHAPES, Followed, Operation, Widened
from rramsim.nn.imports.torch.operators import OPERATORS
from rramsim.torch_backend import torch

_UNFOLLOWED = object()
_KNOWN = (
    "Linear, Conv1d, Conv2d, BatchNorm, ReLU, MaxPool, AvgPool, Flatten, Dropout and what is written with them, sums "
    "of two values, sums and products with constants, comparisons, torch.where, torch.sign, clamps before these"
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A tensor that depends on the image: it is kept, so that no other one gets its identity."""

    tensor: torch.Tensor
    before: torch.Tensor
    found: Any


class Trace(TorchDispatchMode):
    """Takes note of what is done with images.

    Parameters
    ----------
    assembly
        Takes the nodes.
    images
        (batch, *shape).
    """

    def __init__(self, assembly: Assembly, images: torch.Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._assembly = assembly
        self._seen: dict[int, _Seen] = {}
        self._inside: list[str] = []
        self._images = len(images)
        self._follow(images, assembly.image)

    def found(self, tensor: torch.Tensor) -> Followed | None:
        """What a tensor is; None where it depends on no image.

        Parameters
        ----------
        tensor
            What the module gave.

        Raises
        ------
        NetworkError
            It was changed by what was not followed.
        """
        seen = self._seen.get(id(tensor))
        if seen is None:
            return None
        if seen.found is _UNFOLLOWED:
            raise NetworkError("it takes a second result of an operation, which cannot be stored")
        if not torch.allclose(seen.before, tensor.to(seen.before.dtype), rtol=0, atol=0, equal_nan=True):
            raise NetworkError(
                "it takes values that were changed in place, through .data or a view, which cannot be followed: "
                "compute new ones instead"
            )
        found: Followed = seen.found
        return found

    @contextmanager
    def named(self, module: torch.nn.Module) -> Iterator[None]:
        """Know in which layer operations are.

        Parameters
        ----------
        module
            The module; its layers are told when they begin and when they end.
        """
        handles = []
        for name, layer in module.named_modules():
            label = f"{name} {type(layer).__name__}" if name else f" {type(layer).__name__}"
            handles.append(layer.register_forward_pre_hook(lambda *_, label=label: self._inside.append(label)))
            handles.append(layer.register_forward_hook(lambda *_: self._leave(), always_call=True))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    @property
    def where(self) -> str:
        """What messages call the place."""
        name, _, kind = (self._inside[-1] if self._inside else " module").partition(" ")
        return f"layer {name!r} ({kind})" if name else f"the forward of {kind}"

    @property
    def layer(self) -> str:
        """Name of the layer; that of its class for the module itself."""
        name, _, kind = (self._inside[-1] if self._inside else " module").partition(" ")
        return name or kind

    def _leave(self) -> None:
        self._inside.pop()

    def _follow(self, tensor: torch.Tensor, found: object) -> None:
        self._seen[id(tensor)] = _Seen(tensor, tensor.detach().clone(), found)

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Run an operation, and take note of it where it depends on an image."""
        given = dict(kwargs or {})
        followed = [
            one for one in tree_leaves((args, given)) if isinstance(one, torch.Tensor) and id(one) in self._seen
        ]
        name = func.overloadpacket.__name__
        if name.removesuffix("_") not in OPERATORS:
            with self:
                made = func.decompose(*args, **given)
            if made is not NotImplemented:
                return made
        if not followed or name in SHAPES:
            return func(*args, **given)
        if all(self._seen[id(one)].found is _UNFOLLOWED for one in followed):  # places of maxima, which nobody needs
            return self._made(func(*args, **given), _UNFOLLOWED)
        try:
            return self._run(func, name, args, given)
        except NetworkError as error:
            raise NetworkError(f"{self.where}: {error}") from None

    def _run(self, func: Any, name: str, args: tuple[Any, ...], given: dict[str, Any]) -> Any:
        changes = func._schema.is_mutable
        plain = name.removesuffix("_") if changes else name
        if plain not in OPERATORS or (changes and (not args or id(args[0]) not in self._seen)):
            raise NetworkError(unsupported(name, _KNOWN))
        named = {one.name: value for one, value in zip(func._schema.arguments, args, strict=False)} | given
        defaults = {one.name: one.default_value for one in func._schema.arguments if one.has_default_value()}
        arguments = tree_map(self._operand, defaults | named)
        made = func(*args, **given)
        shape = next(tuple(one.shape) for one in tree_leaves(made) if isinstance(one, torch.Tensor))
        if len(shape) < 2 or shape[0] != self._images:
            raise NetworkError(f"{name} makes one value of several images: shape {shape} of {self._images} images")
        operation = Operation(name=plain, layer=self.layer, arguments=arguments, shape=shape[1:])
        found = OPERATORS[plain](self._assembly, operation)
        if not isinstance(found, Widened) and self._assembly.shape(base(found)) != shape[1:]:
            raise NetworkError(f"{name} gives values of shape {shape[1:]}, which cannot be stored")
        return self._made(made, found)

    def _made(self, made: Any, found: object) -> Any:
        """Follow what an operation gave: the first tensor of it."""
        first, *others = [one for one in tree_leaves(made) if isinstance(one, torch.Tensor)]
        self._follow(first, found)
        for other in others:
            self._follow(other, _UNFOLLOWED)
        return made

    def _operand(self, argument: Any) -> Any:
        """A value, a constant array, or what else an operation is told."""
        if not isinstance(argument, torch.Tensor):
            return argument
        found = self.found(argument)
        if found is not None:
            return found
        constant = argument.detach().cpu()
        return np.array((constant.float() if constant.dtype is torch.bfloat16 else constant).numpy())
