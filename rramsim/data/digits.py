"""Scikit-learn's 1,797 handwritten digits of 8 × 8 pixels, split 60/20/20 with equal class shares.

References
----------
E. Alpaydin, C. Kaynak, Optical recognition of handwritten digits, UCI Machine Learning Repository 1998, doi
10.24432/C50P49.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rramsim.data.dataset import Dataset
from rramsim.data.preprocessing import share_out, standard_splits
from rramsim.data.source import AbstractSource
from rramsim.errors import MissingExtraError


@dataclass(frozen=True, kw_only=True)
class Digits(AbstractSource):
    """The digits, which scikit-learn brings along."""

    def load(self, _folder: Path | None) -> Dataset:
        """Load them; images are rows of 64 values.

        Raises
        ------
        MissingExtraError
            scikit-learn is not installed.
        """
        try:
            from sklearn.datasets import load_digits
        except ModuleNotFoundError:
            raise MissingExtraError("scikit-learn", "nn") from None
        images, labels = load_digits(return_X_y=True)
        parts = share_out(labels, (0.6, 0.2, 0.2))
        splits = standard_splits([images[part] for part in parts], [labels[part].astype(np.int64) for part in parts])
        return self.dataset(*splits)


DIGITS = Digits(name="digits", class_names=tuple("0123456789"), shape=(64,))
