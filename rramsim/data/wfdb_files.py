"""Records in PhysioNet's WFDB format, read by the wfdb package.

References
----------
A. L. Goldberger et al., PhysioBank, PhysioToolkit, and PhysioNet, Circulation 101, e215 (2000), doi
10.1161/01.CIR.101.23.e215.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import cast

import numpy as np
from numpy.typing import NDArray

from rramsim.data.files import DataFolder
from rramsim.errors import DataError, MissingExtraError


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Signals of one record, and its annotations where they were asked for.

    Parameters
    ----------
    signals
        Shape (leads, samples) [mV].
    leads
        Names, in lower case.
    rate_hz
        Samples a second.
    samples
        Where each annotation is, shape (n,).
    symbols
        What each annotation says.
    """

    signals: NDArray[np.float64]
    leads: tuple[str, ...]
    rate_hz: float
    samples: NDArray[np.int64]
    symbols: tuple[str, ...]


def read_record(found: DataFolder, record: str, *, annotator: str | None = None) -> Recording:
    """Read a record.

    Parameters
    ----------
    found
        The folder that its files are in.
    record
        Path of its files in the data set, without endings.
    annotator
        Ending of the file of annotations; None to read none.

    Raises
    ------
    MissingResourceError
        A file is not there.
    DataError
        A file is damaged, or a signal has a gap.
    MissingExtraError
        wfdb is not installed.
    """
    wfdb = _wfdb()
    endings = [ending for ending in ("hea", "dat", annotator) if ending is not None]
    contents = {ending: found.read(found.file(f"{record}.{ending}")) for ending in endings}
    name = PurePosixPath(record).name
    with TemporaryDirectory() as folder:  # wfdb reads paths only
        for ending, content in contents.items():
            (Path(folder) / f"{name}.{ending}").write_bytes(content)
        path = f"{folder}/{name}"
        try:
            with _unwarned():
                read = wfdb.rdrecord(path)
                beats = None if annotator is None else wfdb.rdann(path, annotator)
        except Exception as error:  # a damaged file may end in any of them
            raise DataError(f"{found.path}: record {record}: {type(error).__name__}: {error}") from None
    signals = np.ascontiguousarray(read.p_signal.T)
    if not bool(np.isfinite(signals).all()):
        raise DataError(f"{found.path}: record {record}: a signal has a gap")
    return Recording(
        signals=signals,
        leads=tuple(lead.lower() for lead in read.sig_name),
        rate_hz=float(read.fs),
        samples=np.empty(0, np.int64) if beats is None else np.asarray(beats.sample, dtype=np.int64),
        symbols=() if beats is None else tuple(beats.symbol),
    )


def _wfdb() -> ModuleType:
    try:
        with _unwarned():
            import wfdb
    except ModuleNotFoundError:
        raise MissingExtraError("wfdb", "data") from None
    return cast("ModuleType", wfdb)


@contextmanager
def _unwarned() -> Iterator[None]:
    """Without what pandas warns of in how wfdb uses it: nothing that a user could mend."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
