"""What a value was clipped to, where that does not matter, and what is taken in company only."""

from __future__ import annotations

from typing import Final

import numpy as np

from rramsim.errors import NetworkError
from rramsim.nn.imports.assembly.values import (
    Clipped,
    Graph,
    Magnitude,
    Normalised,
    Numbers,
    Outside,
    Rounded,
    Signed,
    Value,
)
from rramsim.nn.ops.op import require

AT_ZERO: Final = (
    "a sign is 0 at 0, where a binary activation is +1: use torch.where(x >= 0, 1.0, -1.0), or BipolarQuant of QONNX; "
    "it can be taken as it stands only where sums are integers and none gives 0"
)
ALONE: Final[dict[type, str]] = {
    Magnitude: "a magnitude is taken only as torch.sign(x) * (x.abs() > threshold)",
    Outside: "a comparison of a magnitude is taken only as torch.sign(x) * (x.abs() > threshold)",
    Clipped: (
        "a clip (hardtanh, ReLU6) is taken only before a sign, a comparison or a rounding to two or three levels; "
        "activations are binary, ternary or real (ReLU)"
    ),
    Rounded: "a rounding is taken only with a clip to two or three levels, as -1, 0 and +1",
    Normalised: "a softmax is taken only as the last thing before the scores",
}
_ZERO = np.zeros(1)


def sign(graph: Graph) -> Signed:
    """Its sign.

    Parameters
    ----------
    graph
        The value.
    """
    unclipped(graph, _ZERO, closed_above=False)
    return Signed(unclipped(graph, _ZERO, closed_above=True))


def magnitude(graph: Graph) -> Magnitude:
    """It without its sign.

    Parameters
    ----------
    graph
        The value.

    Raises
    ------
    NetworkError
        It is no number, but something else that is worked out.
    """
    if not isinstance(graph, Value | Clipped):
        raise NetworkError(ALONE[Magnitude])
    return Magnitude(graph)


def unclipped(graph: Graph, bound: Numbers, *, closed_above: bool) -> Value:
    """A value that is compared with a bound: what it was clipped to before does not matter if the bound is between.

    Parameters
    ----------
    graph
        The value, clipped or not.
    bound
        One number, or one for each channel.
    closed_above
        Whether the comparison goes at the bound as it goes above it (x >= b), else as below (x > b).

    Raises
    ------
    NetworkError
        It matters, or the value is none that can be compared.
    """
    if isinstance(graph, Value):
        return graph
    if isinstance(graph, Signed) and not bound.any():
        return graph.of
    if not isinstance(graph, Clipped):
        raise NetworkError(ALONE.get(type(graph), AT_ZERO))
    low, high = float(bound.min()), float(bound.max())
    within = graph.low < low and high <= graph.high if closed_above else graph.low <= low and high < graph.high
    require(within, f"it is clipped to {graph.low:g} and {graph.high:g}, and then compared with {low:g}")
    return graph.of
