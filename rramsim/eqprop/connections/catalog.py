"""Connections by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rramsim.eqprop.connections.connection import AbstractConnection
from rramsim.eqprop.connections.convolution import Convolution
from rramsim.eqprop.connections.dense import Dense

CONNECTIONS: Final[Mapping[str, type[AbstractConnection]]] = {kind.name: kind for kind in (Convolution, Dense)}
