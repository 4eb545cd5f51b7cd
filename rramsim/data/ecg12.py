"""Twelve-lead electrocardiograms that neurokit2 simulates, with the arms' electrodes inverted or not.

For trying a study of :mod:`rramsim.data.ludb` where no data is at hand, never for a result: each lead is scaled to the
same range, and they do not obey Einthoven's law. It takes about a second a subject.

References
----------
P. E. McSharry, G. D. Clifford, L. Tarassenko, L. A. Smith, A dynamical model for generating synthetic electrocardiogram
signals, IEEE Trans. Biomed. Eng. 50, 289 (2003), doi 10.1109/TBME.2003.808805.

D. Makowski et al., NeuroKit2: a Python toolbox for neurophysiological signal processing, Behav. Res. Methods 53, 1689
(2021), doi 10.3758/s13428-020-01516-y.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import cast

import numpy as np

from rramsim.data.dataset import Dataset
from rramsim.data.electrocardiogram import INVERSION, Signals, both_ways
from rramsim.data.preprocessing import share_out, standard_splits
from rramsim.data.source import AbstractSource
from rramsim.errors import MissingExtraError

_RATE_HZ = 250
_WINDOW_S = 3
_SEED = 0
_SHARES = (0.6, 0.2, 0.2)
# Beats a minute at rest, and the amplitude of the noise against the signal's: what differs from subject to subject.
_HEART_RATE = (55.0, 95.0)
_NOISE = (0.01, 0.05)


@dataclass(frozen=True, kw_only=True)
class SimulatedInversions(AbstractSource):
    """One window of 3 s of each subject, once as simulated and once inverted; the subjects of the parts differ.

    Parameters
    ----------
    subjects
        How many there are, at least 5.
    """

    subjects: int = 50

    def load(self, _folder: Path | None) -> Dataset:
        """Simulate it; the same every time with the same versions of neurokit2 and its libraries.

        Raises
        ------
        MissingExtraError
            neurokit2 is not installed.
        """
        neurokit = _neurokit()
        windows = np.stack([_window(neurokit, subject) for subject in range(self.subjects)])
        subjects = share_out(np.zeros(self.subjects, dtype=np.int64), _SHARES)
        parts = [both_ways(windows[part]) for part in subjects]
        return self.dataset(*standard_splits([ecgs for ecgs, _ in parts], [labels for _, labels in parts]))


def _window(neurokit: ModuleType, subject: int) -> Signals:
    generator = np.random.default_rng([_SEED, subject])
    leads = neurokit.ecg_simulate(
        duration=_WINDOW_S,
        sampling_rate=_RATE_HZ,
        heart_rate=generator.uniform(*_HEART_RATE),
        noise=generator.uniform(*_NOISE),
        method="multileads",
        random_state=int(generator.integers(2**31)),
    )
    signals: Signals = leads.to_numpy(dtype=np.float64).T
    return signals


def _neurokit() -> ModuleType:
    try:
        with warnings.catch_warnings():
            # At what neurokit2 imports of scipy: nothing that a user could mend.
            warnings.simplefilter("ignore", DeprecationWarning)
            import neurokit2
    except ModuleNotFoundError:
        raise MissingExtraError("neurokit2", "data") from None
    return cast("ModuleType", neurokit2)


ECG12 = SimulatedInversions(name="ecg12", class_names=INVERSION, shape=(12, _WINDOW_S * _RATE_HZ))
