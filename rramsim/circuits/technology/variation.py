"""What varies from one transistor to another of its size: by a shift of the threshold, or by the kit's own numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rramsim.devices.marginals import Normal
from rramsim.devices.spread import Level, Source
from rramsim.errors import InputError

PATH = "{path}"  # of a transistor's instance, in a handle


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What ngspice alters of a transistor: ``typical`` plus each number times its slope.

    Parameters
    ----------
    handle
        With ``{path}`` for the transistor's instance.
    typical
        Value of a typical device, in the library's own unit.
    slopes
        One for each number.
    """

    handle: str
    typical: float
    slopes: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """Numbers that a transistor's mismatch is drawn as, and what they change in it.

    Parameters
    ----------
    names
        Of the numbers: ``vth`` [V], or as the kit calls its own, which are in standard deviations.
    sigmas
        Standard deviation of each.
    targets
        What they change.
    """

    names: tuple[str, ...]
    sigmas: tuple[float, ...]
    targets: tuple[Target, ...]

    def told(self, *, mismatch: bool = True) -> dict[str, object]:
        """What a bench's ``about`` says of a transistor's mismatch.

        Parameters
        ----------
        mismatch
            Whether transistors vary at all.

        Returns
        -------
        dict
            ``sigma_vth_v`` [V], or ``numbers``: names of the kit's own, whose effect on the threshold it need not say.
        """
        if self.names == ("vth",):
            return {"sigma_vth_v": self.sigmas[0] if mismatch else 0.0}
        return {"numbers": list(self.names) if mismatch else []}

    def source_names(self, path: str) -> tuple[str, ...]:
        """Names of the sources of spread of a transistor, ``vth:xsa.xmn1``.

        Parameters
        ----------
        path
            Its instance as ngspice flattens it.
        """
        return tuple(f"{name}:{path}" for name in self.names)

    def sources(self, path: str, level: Level, *, mismatch: bool = True) -> tuple[Source, ...]:
        """Sources of spread of a transistor.

        Parameters
        ----------
        path
            Its instance as ngspice flattens it.
        level
            How long their values stay.
        mismatch
            Whether they vary at all.
        """
        return tuple(
            Source(name=name, marginal=Normal(sigma=sigma if mismatch else 0.0), levels=((level, 1.0),))
            for name, sigma in zip(self.source_names(path), self.sigmas, strict=True)
        )

    def alterations(self, path: str, values: Sequence[float]) -> list[tuple[str, float]]:
        """What ngspice alters to give a transistor its numbers: handles and values.

        Parameters
        ----------
        path
            Its instance as ngspice flattens it.
        values
            One of each source of :meth:`sources`.

        Raises
        ------
        InputError
            There is another number of values than of sources.
        """
        if len(values) != len(self.names):
            raise InputError(f"the mismatch of {path} is {len(self.names)} numbers, given were {len(values)}")
        found = []
        for target in self.targets:
            change = sum(slope * value for slope, value in zip(target.slopes, values, strict=True))
            found.append((target.handle.replace(PATH, path), target.typical + change))
        return found


def split_values(variations: Sequence[Variation], values: Sequence[float]) -> list[tuple[float, ...]]:
    """Values of several transistors' sources, one after the other, apart by transistor.

    Parameters
    ----------
    variations
        Of the transistors.
    values
        One of each of their sources.

    Raises
    ------
    InputError
        There is another number of values than of sources.
    """
    wanted = sum(len(variation.names) for variation in variations)
    if len(values) != wanted:
        raise InputError(f"the mismatch of {len(variations)} transistors is {wanted} numbers, given were {len(values)}")
    found, start = [], 0
    for variation in variations:
        found.append(tuple(values[start : start + len(variation.names)]))
        start += len(variation.names)
    return found
