"""Networks from rramsim's own files."""

from __future__ import annotations

from rramsim.errors import NetworkError
from rramsim.nn.imports.wanted import Wanted
from rramsim.nn.network import StoredNetwork
from rramsim.nn.storage import parse_network


def read(content: bytes, wanted: Wanted) -> StoredNetwork:
    """Read a network.

    Parameters
    ----------
    content
        Of a file that :func:`rramsim.nn.storage.save_network` wrote.
    wanted
        What is asked of the network; the file itself says which layers are stored.

    Raises
    ------
    NetworkError
        It is damaged, or is none.
    """
    if wanted.real_layers:
        raise NetworkError("real_layers: a safetensors file says itself which layers are stored; leave the key out")
    return parse_network(content)
