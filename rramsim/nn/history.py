"""How a training went: what each epoch came to, kept with the network."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rramsim.intervals import share_interval
from rramsim.tables.training import TRAINING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """What one pass over the training images came to.

    Parameters
    ----------
    learning_rate
        Of its steps, at least 0.
    loss
        Mean cross-entropy over the training images [nat].
    correct
        Validation images that are classified rightly after it, without errors.
    images
        Validation images, above 0.

    Raises
    ------
    ValueError
        A value is not finite or lies outside its bounds.
    """

    learning_rate: float
    loss: float
    correct: int
    images: int

    def __post_init__(self) -> None:
        finite = math.isfinite(self.loss) and math.isfinite(self.learning_rate)
        if not (finite and self.loss >= 0 <= self.learning_rate and 0 <= self.correct <= self.images > 0):
            raise ValueError(f"impossible epoch: {self}")

    @property
    def accuracy(self) -> float:
        """On the validation images [1]."""
        return self.correct / self.images


History = tuple[Epoch, ...]


def training_table(histories: Mapping[str, Sequence[Epoch]]) -> pd.DataFrame:
    """The table ``training.csv``: a row for each epoch that is known.

    Parameters
    ----------
    histories
        By the name of the network.
    """
    return TRAINING.frame(row for name, history in histories.items() for row in _rows(name, history))


def _rows(network: str, history: Sequence[Epoch]) -> Iterator[dict[str, Any]]:
    for number, epoch in enumerate(history, start=1):
        low, high = share_interval(epoch.accuracy, epoch.images)
        yield {
            "network": network, "epoch": number, "learning_rate": epoch.learning_rate, "loss": epoch.loss,
            "accuracy": epoch.accuracy, "ci_low": low, "ci_high": high, "images": epoch.images,
        }  # fmt: skip
