"""EEG motor movement/imagery database: imagined left or right fist, from 64 electrodes.

Runs 4, 8 and 12 of each subject that is there. With five subjects or more the parts differ in their subjects; with
fewer, each part is one run: 4 to train on, 8 for validation, 12 to test. Preprocessing as in the public code of Dose et
al.: no filter, 3 s from the cue on, each trial and electrode on its own to mean 0 and standard deviation 1; a subject
with another rate or fewer than 42 trials is left out.

References
----------
G. Schalk et al., BCI2000: a general-purpose brain-computer interface (BCI) system, IEEE Trans. Biomed. Eng. 51, 1034
(2004), doi 10.1109/TBME.2004.827072.

H. Dose, J. S. Møller, H. K. Iversen, S. Puthusserypady, An end-to-end deep learning approach to MI-EEG signal
classification for BCIs, Expert Syst. Appl. 114, 532 (2018), doi 10.1016/j.eswa.2018.08.031; code:
github.com/hauke-d/cnn-eeg.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import cast

import numpy as np
from numpy.typing import NDArray

from rramsim.data.dataset import Dataset, Labels, Split
from rramsim.data.files import DataFolder, published
from rramsim.data.preprocessing import on_grid, share_out
from rramsim.data.source import AbstractFileSource
from rramsim.errors import DataError, MissingExtraError

logger = logging.getLogger(__name__)

_RUNS = (4, 8, 12)
_CUES = {"T1": 0, "T2": 1}
_RATE_HZ = 160.0
_ELECTRODES = 64
_WINDOW = 480  # samples, 3 s
_FEWEST_TRIALS = 42
_FEWEST_SUBJECTS = 5  # that can be shared out
_SHARES = (0.6, 0.2, 0.2)

Trials = tuple[NDArray[np.float32], Labels]


@dataclass(frozen=True, kw_only=True)
class MotorImagery(AbstractFileSource):
    """Trials of shape (1, time, electrodes), so that a network may filter in time first and across the head then."""

    def read(self, found: DataFolder) -> Dataset:
        """Read all subjects that are there.

        Raises
        ------
        MissingResourceError
            A subject's run is not there, while another one is.
        MissingExtraError
            mne is not installed.
        DataError
            A run is damaged, or no subject is left.
        """
        names = sorted({file.name.split("/")[0] for file in self.files if found.holds(file)})
        subjects = {name: runs for name in names if (runs := _subject(found, name)) is not None}
        if not subjects:
            raise DataError(
                f"{found.path}: of no subject are there {_FEWEST_TRIALS} trials at {_RATE_HZ:g} Hz in runs 4, 8 and 12"
            )
        return self.dataset(*map(_split, _parts(subjects)))


def _parts(subjects: Mapping[str, Sequence[Trials]]) -> list[list[Trials]]:
    """Runs of each part: of its own subjects, or the n-th run of every one."""
    if len(subjects) < _FEWEST_SUBJECTS:
        return [[runs[part] for runs in subjects.values()] for part in range(len(_RUNS))]
    every = list(subjects.values())
    chosen = share_out(np.zeros(len(every), dtype=np.int64), _SHARES)
    return [[run for index in part for run in every[index]] for part in chosen]


def _split(runs: Sequence[Trials]) -> Split:
    return Split(
        images=np.concatenate([trials for trials, _ in runs]), labels=np.concatenate([labels for _, labels in runs])
    )


def _subject(found: DataFolder, subject: str) -> list[Trials] | None:
    """Trials of each run of a subject; None where it is left out."""
    runs = []
    for run in _RUNS:
        name = f"{subject}/{subject}R{run:02}.edf"
        trials = _trials(found.read(found.file(name)), told=f"{found.path}: {name}")
        if trials is None:
            logger.warning("%s: %s is left out: %s is not sampled at %g Hz", found.path, subject, name, _RATE_HZ)
            return None
        runs.append(trials)
    count = sum(len(labels) for _, labels in runs)
    if count < _FEWEST_TRIALS:
        logger.warning("%s: %s is left out: %d trials, fewer than %d", found.path, subject, count, _FEWEST_TRIALS)
        return None
    return runs


def _trials(content: bytes, *, told: str) -> Trials | None:
    """Trials of a run; None where it is sampled at another rate."""
    mne = _mne()
    try:
        raw = mne.io.read_raw_edf(io.BytesIO(content), preload=True, verbose="ERROR")
    except Exception as error:  # a damaged file may end in any of them
        raise DataError(f"{told}: {type(error).__name__}: {error}") from None
    if raw.info["sfreq"] != _RATE_HZ:
        return None
    signals = raw.get_data()
    if len(signals) != _ELECTRODES:
        raise DataError(f"{told}: {_ELECTRODES} electrodes are expected, it has {len(signals)}")
    cues = [(round(onset * _RATE_HZ), _CUES[cue]) for onset, cue in
            zip(raw.annotations.onset, raw.annotations.description, strict=True) if cue in _CUES]  # fmt: skip
    whole = [(start, label) for start, label in cues if start + _WINDOW <= signals.shape[1]]
    windows = [signals[:, start : start + _WINDOW] for start, _ in whole]
    images = [on_grid(_standard(window, told).T) for window in windows]
    shape = (len(images), 1, _WINDOW, _ELECTRODES)
    return np.array(images, dtype=np.float32).reshape(shape), np.array([label for _, label in whole], dtype=np.int64)


def _standard(window: NDArray[np.float64], told: str) -> NDArray[np.float64]:
    spread = window.std(axis=1, keepdims=True)
    if not bool((spread > 0).all()):
        raise DataError(f"{told}: an electrode shows no signal in a whole trial")
    standard: NDArray[np.float64] = (window - window.mean(axis=1, keepdims=True)) / spread
    return standard


def _mne() -> ModuleType:
    try:
        import mne
    except ModuleNotFoundError:
        raise MissingExtraError("mne", "data") from None
    return cast("ModuleType", mne)


EEGMMIDB = MotorImagery(
    name="eegmmidb",
    class_names=("left fist", "right fist"),
    shape=(1, _WINDOW, _ELECTRODES),
    origin="https://physionet.org/content/eegmmidb/1.0.0/",
    files=published("eegmmidb"),
    bundles=("eeg-motor-movementimagery-dataset-1.0.0",),  # the folder; the archive would have to be held in memory
)
