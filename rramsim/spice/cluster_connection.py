"""Reach a Dask scheduler, or say why not, without waiting for ever and without Dask's log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rramsim.errors import InputError

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 10.0

# Those to which Dask gives a level, and that of its event loop, which tells of connections that were reset.
_LOGGERS = ("distributed", "distributed.client", "tornado.application")


def is_address(text: str) -> bool:
    """Whether a text is the address of a scheduler.

    Parameters
    ----------
    text
        Scheme, host and port are needed: ``tcp://node1:8786``.

    Examples
    --------
    >>> is_address("tcp://node1:8786"), is_address("node1:8786"), is_address("")
    (True, False, False)
    """
    try:
        parts = urlsplit(text)
        return parts.scheme in ("tcp", "tls") and bool(parts.hostname) and bool(parts.port) and not parts.path
    except ValueError:
        return False


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Dask from logging here: what matters of it, such as a lost scheduler, is raised as an error instead."""
    before = {logger: logger.level for logger in map(logging.getLogger, _LOGGERS)}
    try:
        for logger in before:
            logger.setLevel(logging.CRITICAL + 1)
        yield
    finally:
        for logger, level in before.items():
            logger.setLevel(level)


def connect(address: str) -> Client:
    """Client of the scheduler at an address.

    Parameters
    ----------
    address
        As :func:`is_address` allows it.

    Raises
    ------
    InputError
        No scheduler answers there within ``CONNECT_SECONDS``.
    """
    from distributed import Client

    try:
        with ThreadPoolExecutor(1) as thread:  # the caller's may have an event loop already, as a notebook's has
            thread.submit(asyncio.run, _greet(address)).result()
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except Exception as error:  # whatever Dask makes of the answers of something else
        reason = str(error) or type(error).__name__
        raise InputError(f"no Dask scheduler can be reached at {address}: {reason}") from None


async def _greet(address: str) -> None:
    """Ask what listens there: Dask's client waits without end for a server that accepts but does not answer."""
    from distributed import Security
    from distributed.comm.core import connect as open_comm

    options = Security().get_connection_args("client")
    try:
        async with asyncio.timeout(CONNECT_SECONDS + 1):  # after connect's own, which tells more
            comm = await open_comm(address, timeout=CONNECT_SECONDS, **options)
            await comm.write({"op": "identity"})
            kind = (await comm.read()).get("type")
            comm.abort()
    except TimeoutError:
        raise TimeoutError(f"what listens there did not answer within {CONNECT_SECONDS:g} s") from None
    if kind != "Scheduler":
        raise ConnectionError(f"it is the address of a {kind}")
