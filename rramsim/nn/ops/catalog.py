"""Operations by the names that files give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rramsim.nn.ops.activate import Activate
from rramsim.nn.ops.add import Add
from rramsim.nn.ops.affine import Affine
from rramsim.nn.ops.convolution import Convolution
from rramsim.nn.ops.dense import Dense
from rramsim.nn.ops.flatten import Flatten
from rramsim.nn.ops.op import AbstractOp
from rramsim.nn.ops.pool import AveragePool, MaxPool

OPS: Final[Mapping[str, type[AbstractOp]]] = {
    op.__name__: op for op in (Activate, Add, Affine, AveragePool, Convolution, Dense, Flatten, MaxPool)
}
