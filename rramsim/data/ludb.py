"""LUDB: twelve-lead electrocardiograms of 200 subjects, as they are and with the electrodes of the arms inverted.

The inversion is **simulated**: the database has none. Which leads change, and how, follows from what they measure
(:func:`rramsim.data.electrocardiogram.arms_inverted`). A subject's windows, inverted or not, are all in one part.

References
----------
A. I. Kalyakulina et al., LUDB: a new open-access validation tool for electrocardiogram delineation algorithms, IEEE
Access 8, 186181 (2020), doi 10.1109/ACCESS.2020.3029211.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rramsim.data.dataset import Dataset
from rramsim.data.electrocardiogram import INVERSION, LEADS, Signals, both_ways, in_band
from rramsim.data.files import DataFolder, published
from rramsim.data.preprocessing import share_out, standard_splits
from rramsim.data.source import AbstractFileSource
from rramsim.data.wfdb_files import read_record
from rramsim.errors import DataError

_RATE_HZ = 500.0
_EVERY = 2  # sample is kept: 250 Hz
_LENGTH_S = 10.0
_WINDOW = 750  # samples that are kept, 3 s
_SHARES = (0.6, 0.2, 0.2)


@dataclass(frozen=True, kw_only=True)
class Inversions(AbstractFileSource):
    """Windows of 3 s, three of each record, each once as recorded and once inverted.

    Parameters
    ----------
    records
        Paths of the records in the data set.
    """

    records: tuple[str, ...]

    def read(self, found: DataFolder) -> Dataset:
        """Read the records.

        Raises
        ------
        MissingExtraError
            wfdb is not installed.
        DataError
            A record is damaged, or has other leads, another rate or another length.
        """
        windows = [self._windows(found, record) for record in self.records]
        subjects = share_out(np.zeros(len(windows), dtype=np.int64), _SHARES)
        parts = [both_ways(np.concatenate([windows[subject] for subject in part])) for part in subjects]
        return self.dataset(*standard_splits([ecgs for ecgs, _ in parts], [labels for _, labels in parts]))

    def _windows(self, found: DataFolder, record: str) -> Signals:
        """Windows of a record in the middle of it, shape (n, 12, samples)."""
        recording = read_record(found, record)
        length = round(_LENGTH_S * _RATE_HZ)
        if (recording.leads, recording.rate_hz, recording.signals.shape[1]) != (LEADS, _RATE_HZ, length):
            raise DataError(
                f"{found.path}: record {record}: expected are {length} samples at {_RATE_HZ:g} Hz of the leads "
                f"{', '.join(LEADS)}; it has {recording.signals.shape[1]} at {recording.rate_hz:g} Hz of "
                f"{', '.join(recording.leads)}"
            )
        return _cut(in_band(recording.signals, recording.rate_hz)[:, ::_EVERY])


def _cut(signals: NDArray[np.float64]) -> Signals:
    count = signals.shape[1] // _WINDOW
    start = (signals.shape[1] - count * _WINDOW) // 2  # a filter's edges are left out
    return np.moveaxis(signals[:, start : start + count * _WINDOW].reshape(len(signals), count, _WINDOW), 0, 1)


LUDB = Inversions(
    name="ludb",
    class_names=INVERSION,
    shape=(12, _WINDOW),
    origin="https://physionet.org/content/ludb/1.0.1/",
    files=published("ludb"),
    bundles=("ludb-*.tar*", "lobachevsky-university-electrocardiography-database-1.0.1*"),
    records=tuple(f"data/{number}" for number in range(1, 201)),
)
