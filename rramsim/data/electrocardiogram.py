"""What data sets of electrocardiograms share: a band, windows, and electrodes in each other's place.

References
----------
Leads and electrodes: P. W. Macfarlane et al. (eds.), Comprehensive Electrocardiology, Springer 2010, ISBN
978-1-84882-045-6.

Band: P. Kligfield et al., Recommendations for the standardization and interpretation of the electrocardiogram,
Circulation 115, 1306 (2007), doi 10.1161/CIRCULATIONAHA.106.180200.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Signals = NDArray[np.float64]

LEADS = ("i", "ii", "iii", "avr", "avl", "avf", "v1", "v2", "v3", "v4", "v5", "v6")

# From the drift of the baseline to below the mains' 50 Hz, as monitors do, not the 0.05 to 150 Hz of a diagnosis.
BAND_HZ = (0.5, 40.0)
_ORDER = 2  # of the filter, which is run forwards and backwards

# An inversion in two classes.
INVERSION = ("as recorded", "arms inverted")

# With the arms' electrodes in each other's place I is measured backwards; II and III change places, aVR and aVL too.
_INVERTED = (0, 2, 1, 4, 3, 5, 6, 7, 8, 9, 10, 11)
_SIGNS = np.array([-1.0] + 11 * [1.0])[:, np.newaxis]


def in_band(signals: Signals, rate_hz: float) -> Signals:
    """Signals without drift and mains, not shifted in time.

    Parameters
    ----------
    signals
        Shape (leads, samples).
    rate_hz
        Samples a second.
    """
    from scipy.signal import butter, sosfiltfilt

    sections = butter(_ORDER, BAND_HZ, btype="bandpass", fs=rate_hz, output="sos")
    filtered: Signals = sosfiltfilt(sections, signals, axis=-1)
    return filtered


def arms_inverted(signals: Signals) -> Signals:
    """What would have been recorded with the electrodes of the right and the left arm in each other's place.

    Parameters
    ----------
    signals
        Twelve leads in the order of :data:`LEADS`, shape (..., 12, samples).

    Notes
    -----
    I = LA - RA, II = LL - RA, III = LL - LA, aVR = RA - (LA + LL)/2, aVL = LA - (RA + LL)/2, aVF = LL - (RA + LA)/2.
    The chest leads are measured against the mean of the three, which stays as it is.
    """
    inverted: Signals = signals[..., _INVERTED, :] * _SIGNS
    return inverted


def both_ways(windows: Signals) -> tuple[Signals, NDArray[np.int64]]:
    """Each window as it is and with the arms inverted, one after the other, and their labels in :data:`INVERSION`.

    Parameters
    ----------
    windows
        Shape (n, 12, samples).
    """
    pairs = np.stack([windows, arms_inverted(windows)], axis=1)
    return pairs.reshape(-1, *windows.shape[1:]), np.tile(np.arange(2, dtype=np.int64), len(windows))
