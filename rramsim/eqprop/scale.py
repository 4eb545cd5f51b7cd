"""Images of a data set as a network takes them: one way, for trainings, tests, diagnoses and arrays."""

from __future__ import annotations

from dataclasses import dataclass

from rramsim.data.dataset import Dataset
from rramsim.eqprop.network import Network
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Values that become 0 and 1, one of each channel; one for all of images that have no channels.

    Parameters
    ----------
    lowest, highest
        The extremes of the training images: of pixels, black and white.
    """

    lowest: tuple[float, ...]
    highest: tuple[float, ...]

    @classmethod
    def of(cls, dataset: Dataset) -> Scale:
        """That of a data set.

        Parameters
        ----------
        dataset
            The data set.

        Raises
        ------
        NetworkError
            A training image has a value that is not finite.
        """
        images = torch.from_numpy(dataset.train.images)
        axes = (0, *range(2, images.dim())) if images.dim() > 2 else (0, 1)
        lowest, highest = (edge(axes).reshape(-1) for edge in (images.amin, images.amax))
        if not bool(torch.isfinite(highest - lowest).all()):
            raise NetworkError(f"{dataset.name} has images with values that are not finite")
        return cls(lowest=tuple(lowest.tolist()), highest=tuple(highest.tolist()))

    def inputs(self, images: torch.Tensor, network: Network) -> torch.Tensor:
        r"""Images from 0 to 1, then normalised if the network says so.

        Parameters
        ----------
        images
            (n, \*shape of the data set).
        network
            What takes them; a channel that is everywhere the same becomes 0.

        Returns
        -------
        Tensor
            (n, \*shape of an image of the network).
        """
        shape = (1, -1, *(1 for _ in images.shape[2:]))
        lowest, highest = (images.new_tensor(values).reshape(shape) for values in (self.lowest, self.highest))
        range_ = torch.where(highest == lowest, 1.0, highest - lowest)
        inputs = ((images - lowest) / range_).reshape(-1, *network.shapes[0])
        return inputs if network.normalisation is None else network.normalisation(inputs)
