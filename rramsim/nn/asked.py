"""What a section of a study says of a network, whatever it is: how it comes to be, and which cells store it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rramsim.weights import WeightKind

if TYPE_CHECKING:
    import pandas as pd

    from rramsim.nn.abstract_network import AbstractNetwork
    from rramsim.nn.abstract_training import AbstractTraining
    from rramsim.nn.mapping.layers import WeightLayer
    from rramsim.nn.settings import ErrorsAt


class AskedNetwork(Protocol):
    """A section on one network. It imports what trains and runs it when that is asked for: a study needs no torch."""

    @property
    def name(self) -> str:
        """Its name in tables, and of its file."""

    @property
    def dataset(self) -> str:
        """Name of its data set, or a file of arrays."""

    @property
    def weights(self) -> str:
        """``binary``, ``ternary`` or ``real``."""

    @property
    def cells(self) -> tuple[str, ...] | None:
        """Cells whose errors it gets; None for all that store its kind of weights."""

    @property
    def kind(self) -> WeightKind | None:
        """The set of its weights; None for real ones."""

    @property
    def has_data(self) -> bool:
        """Whether it can be trained and measured; else only its shape is known."""

    @property
    def errors_at(self) -> ErrorsAt | None:
        """The cell and the corner whose errors it meets while it learns."""

    @property
    def asked(self) -> dict[str, Any]:
        """Every key that has a meaning as a plain value, without the path of any file."""

    def given(self, folder: Path) -> AbstractNetwork | None:
        """The network that it gives; None where it is to be trained.

        Parameters
        ----------
        folder
            Where relative paths start.

        Raises
        ------
        NetworkError, MissingResourceError
            It cannot be used, or is not what the section says.
        """

    def training_task(self, data_hash: str, *, seed: int, ber: pd.DataFrame | None) -> AbstractTraining[Any]:
        """Its training.

        Parameters
        ----------
        data_hash
            Of the data set that it is planned with, see :attr:`rramsim.data.dataset.Dataset.hash`.
        seed
            Seed of the study, for a network that has none of its own.
        ber
            BER table, for one that meets its errors while it learns.

        Raises
        ------
        InputError
            What it says does not fit together, or the table lacks a misread.
        """

    def untrained_layers(self) -> Sequence[WeightLayer]:
        """Its layers of weights as far as they are known before it is trained.

        Raises
        ------
        InputError
            A data set is missing, of which the shape is needed; or it takes no such images.
        """
