"""Networks from modules of torch, whatever they are written like."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Literal

from rramsim.data.catalog import check_name
from rramsim.errors import InputError, NetworkError
from rramsim.nn.engines.torch import TorchEngine
from rramsim.nn.imports.assembly.arithmetic import scores
from rramsim.nn.imports.assembly.assembly import Assembly
from rramsim.nn.imports.assembly.values import Normalised
from rramsim.nn.imports.torch.operation import Widened
from rramsim.nn.imports.torch.trace import Trace
from rramsim.nn.imports.wanted import Wanted
from rramsim.nn.network import StoredNetwork
from rramsim.nn.ops.op import Shape
from rramsim.torch_backend import one_thread, torch
from rramsim.validation import is_name
from rramsim.weights import WeightKind

_BATCH = 3  # images that are followed
_CHECKED = 16  # images of each scale that the stored network is held against the module with
_SCALES = (1.0, 30.0)
_AGREE = 0.75  # of them
_CLOSE = 1e-3  # of the largest score


def from_torch(
    module: torch.nn.Module,
    input_shape: Sequence[int],
    *,
    name: str,
    dataset: str = "digits",
    weights: str | None = None,
    quantized: Literal["all", "classifier"] = "all",
    real_layers: Sequence[str] = (),
) -> StoredNetwork:
    """Make a network that arrays can store of a module of torch that has learnt.

    Parameters
    ----------
    module
        Any module; it is run on images of random numbers and is not changed. Weights that are to be stored must be -1
        or +1, or -1, 0 or +1, times a scale for each output, when it computes with them; the scale goes into what
        follows the layer, which is exact but for rounding. Batch normalisation is that of running statistics.
    input_shape
        Of one image: (features,) or (channels, *positions).
    name
        Its name in tables.
    dataset
        The data set that it is for.
    weights
        ``binary``, ``ternary`` or ``real``; None for the smallest set that holds them.
    quantized
        ``all``: every layer of weights is stored; ``classifier``: fully connected ones alone.
    real_layers
        Names of other layers, as ``module.named_modules()`` has them, whose weights are in no array.

    Returns
    -------
    StoredNetwork
        With the scores of the module, to rounding: 32 images of random numbers, small and large ones, are compared.

    Raises
    ------
    NetworkError
        A layer cannot be stored, and what would make it so; or the module fails.
    InputError
        The other arguments cannot be used.

    Examples
    --------
    >>> class Binary(torch.nn.Linear):
    ...     def forward(self, x):
    ...         return torch.nn.functional.linear(x, torch.where(self.weight >= 0, 1.0, -1.0))
    >>> network = from_torch(torch.nn.Sequential(Binary(64, 10), torch.nn.BatchNorm1d(10)), (64,), name="mine")
    >>> network.kind.value, network.weights[0].shape
    ('binary', (10, 64))
    """
    shape = tuple(int(size) for size in input_shape)
    return stored_module(module, _wanted(name, dataset, shape, weights, quantized, tuple(real_layers)))


def _wanted(
    name: str, dataset: str, shape: Shape, weights: str | None, quantized: str, real_layers: tuple[str, ...]
) -> Wanted:
    """What is asked for, checked."""
    if not is_name(name):
        raise InputError(f"name {name!r} must be letters, digits, _, . and -")
    if weights not in (None, "real", *WeightKind):
        raise InputError(f"weights must be one of binary, ternary, real, got {weights!r}")
    if quantized not in ("all", "classifier"):
        raise InputError(f"quantized must be one of all, classifier, got {quantized!r}")
    check_name(dataset)
    return Wanted(
        name=name, dataset=dataset, input_shape=shape,
        weights="real" if weights == "real" else None if weights is None else WeightKind(weights),
        quantized="classifier" if quantized == "classifier" else "all", real_layers=real_layers,
    )  # fmt: skip


def stored_module(module: torch.nn.Module, wanted: Wanted) -> StoredNetwork:
    """Make a network of a module, as :func:`from_torch` does.

    Parameters
    ----------
    module
        The module.
    wanted
        What is asked of the network.

    Raises
    ------
    NetworkError
        A layer cannot be stored, or the module fails.
    """
    if not isinstance(module, torch.nn.Module):
        raise NetworkError(f"it is no torch.nn.Module, but {type(module).__name__}")
    with one_thread():
        return _stored(module, wanted)


def _stored(module: torch.nn.Module, wanted: Wanted) -> StoredNetwork:
    try:
        own = copy.deepcopy(module).cpu().float().eval()
    except Exception as error:  # whatever its parts do
        raise NetworkError(f"the module cannot be copied: {type(error).__name__}: {error}") from None
    assembly = Assembly(wanted)
    generator = torch.Generator().manual_seed(0)
    images = torch.randn((_BATCH, *wanted.input_shape), generator=generator)
    trace = Trace(assembly, images)
    with torch.inference_mode():
        with trace.named(own), trace:
            given = _run(own, images)
        found = trace.found(given)
        if found is None or isinstance(found, Widened):
            raise NetworkError(f"{trace.where}: its scores depend on no image")
        network = assembly.network(scores(assembly, found))
        _check(own, network, generator, found if isinstance(found, Normalised) else None)
    return network


def _run(module: torch.nn.Module, images: torch.Tensor) -> torch.Tensor:
    try:
        given = module(images)
    except NetworkError:
        raise
    except Exception as error:  # whatever its code does
        raise NetworkError(
            f"the module fails on images of shape {tuple(images.shape)}: {type(error).__name__}: {error}"
        ) from error
    if not isinstance(given, torch.Tensor):
        raise NetworkError(f"the module gives {type(given).__name__}; class scores are one tensor, (images, classes)")
    return given


def _check(
    module: torch.nn.Module, network: StoredNetwork, generator: torch.Generator, ending: Normalised | None
) -> None:
    """Hold the scores against those of the module: nothing it does may have gone unseen."""
    shape = (_CHECKED, *network.input_shape)
    images = torch.cat([scale * torch.randn(shape, generator=generator) for scale in _SCALES])
    expected, again = _run(module, images), _run(module, images)
    if not torch.allclose(expected, again, equal_nan=True):
        raise NetworkError("the module gives other scores each time that it runs")
    found = torch.from_numpy(TorchEngine(network).scores(images.numpy()))
    if ending is not None:  # which was left out
        found = torch.log_softmax(found, 1) if ending.logarithm else torch.softmax(found, 1)
    for start, scale in zip(range(0, len(images), _CHECKED), _SCALES, strict=True):
        part = slice(start, start + _CHECKED)
        others = _others(found[part], expected[part])
        if others > (1 - _AGREE) * _CHECKED:
            raise NetworkError(
                f"as stored it gives other scores than the module for {others} of {_CHECKED} images of random numbers, "
                f"of standard deviation {scale:g}: something that its forward does was not seen"
            )
    parts = torch.cat([_run(module, part) for part in (images[:_BATCH], images[_BATCH:])])
    if _others(parts, expected) > (1 - _AGREE) * len(images):
        raise NetworkError("the module gives other scores for an image where other images are beside it")


def _others(found: torch.Tensor, expected: torch.Tensor) -> int:
    """For how many images scores of (images, classes) differ; a rounding may turn the sign of a sum near 0."""
    scale = expected.abs().amax().clamp(min=1e-30)
    alike = (found - expected).abs().amax(dim=1) <= _CLOSE * scale
    return int((~alike).sum())
