"""Recipes of training, by name: what a study's network takes where it says nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from rramsim.errors import InputError, close_matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A recipe.

    Parameters
    ----------
    epochs
        Passes over the training images.
    batch_size
        Images a step.
    learning_rate
        At the beginning of each cosine [1].
    weight_decay, decay
        ``plain``: the decay itself. ``normalized``: it is divided by the root of the steps of a cosine, that is,
        multiplied by √(batch_size / (images · epochs of the cosine)).
    restarts
        Epochs of each cosine, which add up to ``epochs``; none for one cosine.
    augmentation
        ``flip``: left and right, for every second image. ``crop``: moved by up to 4 pixels, the edge repeated.

    References
    ----------
    I. Loshchilov, F. Hutter, SGDR: stochastic gradient descent with warm restarts, ICLR 2017, arXiv 1608.03983;
    Decoupled weight decay regularization, ICLR 2019, arXiv 1711.05101 (normalized decay: appendix B.1).
    """

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    decay: Literal["plain", "normalized"]
    restarts: tuple[int, ...] = ()
    augmentation: tuple[Literal["flip", "crop"], ...] = ()

    @property
    def keys(self) -> dict[str, Any]:
        """Keys of a network in a study."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


# quantized_vgg: A. Laborieux et al., IEEE AICAS 2020, arXiv 2005.01973; code Laborieux-Axel/Quantized_VGG, 2e17aba, and
# the options that its README names for the figures.
PRESETS: Final[Mapping[str, Preset]] = {
    "small": Preset(epochs=30, batch_size=64, learning_rate=0.01, weight_decay=1e-3, decay="plain"),
    "quantized_vgg": Preset(
        epochs=700, batch_size=128, learning_rate=0.01, weight_decay=2.0, decay="normalized", restarts=(100, 200, 400),
        augmentation=("flip", "crop"),
    ),
}  # fmt: skip


def find_preset(name: str) -> Preset:
    """A recipe by its name.

    Parameters
    ----------
    name
        As in a study.

    Raises
    ------
    InputError
        There is none of that name.
    """
    if name not in PRESETS:
        raise InputError(f"unknown preset {name!r}; {close_matches(name, PRESETS)}")
    return PRESETS[name]
