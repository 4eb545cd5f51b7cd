"""What every engine does: classes of images, from weights as they were read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from rramsim.nn.faults.misreads import Misreads


class AbstractEngine(ABC):
    """Runs one network."""

    @abstractmethod
    def scores(self, images: NDArray[np.float32], misreads: Sequence[Misreads] | None = None) -> NDArray[np.float32]:
        """Class scores.

        Parameters
        ----------
        images
            (n, *input shape).
        misreads
            Of each layer that an array stores; None for weights as they were programmed.

        Returns
        -------
        numpy.ndarray
            (n, classes).
        """

    def scores_of_each(
        self, images: NDArray[np.float32], maps: Sequence[Sequence[Misreads]]
    ) -> Iterator[NDArray[np.float32]]:
        """Class scores of the same images under several fault maps.

        Parameters
        ----------
        images
            (n, *input shape).
        maps
            Misreads of each layer that an array stores, of each map.

        Yields
        ------
        numpy.ndarray
            (n, classes), of each map.
        """
        for misreads in maps:
            yield self.scores(images, misreads)

    def classes(self, images: NDArray[np.float32], misreads: Sequence[Misreads] | None = None) -> NDArray[np.int64]:
        """Class of each image, the first one of equal scores.

        Parameters
        ----------
        images, misreads
            As for :meth:`scores`.

        Returns
        -------
        numpy.ndarray
            (n,).
        """
        classes: NDArray[np.int64] = self.scores(images, misreads).argmax(axis=1)
        return classes
