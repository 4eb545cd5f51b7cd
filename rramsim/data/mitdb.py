"""MIT-BIH arrhythmia database: heartbeats of two leads in the five classes of the AAMI, split by patient.

Training and test patients are DS1 and DS2 of de Chazal et al.; of DS1, five patients are for validation, chosen so that
every class is in both parts. The four records with a pacemaker (102, 104, 107, 217) are left out. Records 201 (DS1) and
202 (DS2) are of one man: the published split is kept as it is.

References
----------
G. B. Moody, R. G. Mark, The impact of the MIT-BIH arrhythmia database, IEEE Eng. Med. Biol. 20(3), 45 (2001), doi
10.1109/51.932724.

P. de Chazal, M. O'Dwyer, R. B. Reilly, Automatic classification of heartbeats using ECG morphology and heartbeat
interval features, IEEE Trans. Biomed. Eng. 51, 1196 (2004), doi 10.1109/TBME.2004.827359.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rramsim.data.dataset import Dataset, Labels
from rramsim.data.electrocardiogram import in_band
from rramsim.data.files import DataFolder, published
from rramsim.data.preprocessing import standard_splits
from rramsim.data.source import AbstractFileSource
from rramsim.data.wfdb_files import read_record
from rramsim.errors import DataError

# Symbols of beats in each class; any other annotation is no beat.
_AAMI = {"N": "NLRej", "S": "AaJS", "V": "VE", "F": "F", "Q": "/fQ"}
_CLASS = {symbol: index for index, symbols in enumerate(_AAMI.values()) for symbol in symbols}

_FIRST_LEAD = "mlii"  # in every record that is used, though not always the first
_RATE_HZ = 360.0
_EVERY = 3  # sample is kept: 120 Hz, three times the upper end of the band
# Samples that are kept before and from the R peak on: 1 s holds the beat before, too, above 60 a minute.
_BEFORE, _AFTER = 120, 72


@dataclass(frozen=True, kw_only=True)
class Heartbeats(AbstractFileSource):
    """Windows around annotated R peaks: the lead MLII, and the other one (V1 in most records, else V2, V4 or V5).

    Parameters
    ----------
    records
        Of training, validation and test.
    """

    records: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]] = field(repr=False)

    def read(self, found: DataFolder) -> Dataset:
        """Read the records.

        Raises
        ------
        MissingExtraError
            wfdb is not installed.
        DataError
            A record is damaged, or has other leads or another rate.
        """
        parts = [self._part(found, records) for records in self.records]
        return self.dataset(*standard_splits([beats for beats, _ in parts], [labels for _, labels in parts]))

    def _part(self, found: DataFolder, records: Sequence[str]) -> tuple[NDArray[np.float32], Labels]:
        read = [self._beats(found, record) for record in records]
        return np.concatenate([beats for beats, _ in read]), np.concatenate([labels for _, labels in read])

    def _beats(self, found: DataFolder, record: str) -> tuple[NDArray[np.float32], Labels]:
        """Beats of a record whose windows lie within it."""
        recording = read_record(found, record, annotator="atr")
        if recording.rate_hz != _RATE_HZ or len(recording.leads) != 2 or _FIRST_LEAD not in recording.leads:
            raise DataError(
                f"{found.path}: record {record}: two leads at {_RATE_HZ:g} Hz are expected, one of them MLII; it has "
                f"{', '.join(recording.leads)} at {recording.rate_hz:g} Hz"
            )
        first = recording.leads.index(_FIRST_LEAD)
        signals = in_band(recording.signals[[first, 1 - first]], recording.rate_hz)
        labels = np.array([_CLASS.get(symbol, -1) for symbol in recording.symbols], dtype=np.int64)
        windows = recording.samples[:, np.newaxis] + np.arange(-_BEFORE, _AFTER) * _EVERY
        kept = (labels >= 0) & (windows[:, 0] >= 0) & (windows[:, -1] < signals.shape[1])
        beats = np.moveaxis(signals[:, windows[kept]], 0, 1).astype(np.float32)
        return beats, labels[kept]


MITDB = Heartbeats(
    name="mitdb",
    class_names=tuple(_AAMI),
    shape=(2, _BEFORE + _AFTER),
    origin="https://physionet.org/content/mitdb/1.0.0/",
    files=published("mitdb"),
    bundles=("mit-bih-arrhythmia-database-1.0.0*",),
    records=(
        ("101", "106", "108", "109", "112", "115", "116", "118", "119", "122", "201", "205", "208", "209", "215", "220",
         "230"),
        ("114", "124", "203", "207", "223"),
        ("100", "103", "105", "111", "113", "117", "121", "123", "200", "202", "210", "212", "213", "214", "219", "221",
         "222", "228", "231", "232", "233", "234"),
    ),
)  # fmt: skip
