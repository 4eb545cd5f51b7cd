"""What varies from read to read: both devices and the threshold of each transistor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rramsim.circuits.benches.pair.deck import AMPLIFIER, ReadDeck
from rramsim.circuits.benches.pair.read import ReadSample
from rramsim.circuits.circuit import Circuit, Geometry
from rramsim.circuits.symmetry import Asymmetry, find_symmetry
from rramsim.devices.resistance import AbstractResistance, DeviceStatistics
from rramsim.devices.spread import Level, Source
from rramsim.weights import Weight

_DEVICES = 2  # sources before the thresholds


def read_sources(
    deck: ReadDeck, devices: DeviceStatistics, programmed: Weight, *, mismatch: bool = True
) -> tuple[Source, ...]:
    """Sources of spread of the read of a weight: ``r_bl`` and ``r_blb``, then those of :func:`threshold_sources`.

    Parameters
    ----------
    deck
        What is read.
    devices
        Resistance statistics of both states.
    programmed
        The stored weight.
    mismatch
        Whether thresholds vary.
    """
    return (*weight_devices(devices, programmed), *threshold_sources(deck, mismatch=mismatch))


def weight_devices(devices: DeviceStatistics, programmed: Weight) -> tuple[Source, Source]:
    """Resistances of the pair that stores a weight: ``r_bl`` and ``r_blb`` [Ω].

    Parameters
    ----------
    devices
        Resistance statistics of both states.
    programmed
        The weight.
    """
    on_bl, on_blb = (getattr(devices, state) for state in programmed.states)
    return memory_device("r_bl", on_bl), memory_device("r_blb", on_blb)


def threshold_sources(deck: ReadDeck, *, mismatch: bool = True) -> tuple[Source, ...]:
    """Sources of spread of the transistors, of each in deck order: ``vth:PATH`` [V], or the kit's own numbers.

    Parameters
    ----------
    deck
        What is read.
    mismatch
        Whether transistors vary.
    """
    found: list[Source] = []
    for transistor, variation in zip(deck.transistors, deck.variations, strict=True):
        # A column's cells share its amplifier.
        level = Level.COLUMN if transistor.path.startswith(f"{AMPLIFIER}.") else Level.CELL
        found += variation.sources(transistor.path, level, mismatch=mismatch)
    return tuple(found)


def memory_device(name: str, state: AbstractResistance) -> Source:
    """Resistance of a device [Ω]: D2D spread stays with the cell, that from cycle to cycle is new at each programming.

    Parameters
    ----------
    name
        Of the source.
    state
        Statistics of the state that it is in.
    """
    return Source(name=name, marginal=state.marginal, levels=((Level.CELL, state.kept), (Level.READ, 1 - state.kept)))


def mirror_of(deck: ReadDeck) -> dict[str, str]:
    """Mirror image of each source of spread, by name, where the circuit is proved to be its own; else nothing.

    Parameters
    ----------
    deck
        What is read.
    """
    if deck.conditions.output_stage:  # its gates load the two outputs differently
        return {}
    images = _mirror(deck.cell.circuit, deck.conditions.geometry)
    if not images:
        return {}
    numbers = {t.path: variation.names for t, variation in zip(deck.transistors, deck.variations, strict=True)}
    mismatch = {f"{name}:{path}": f"{name}:{images[path]}" for path, names in numbers.items() for name in names}
    return {"r_bl": "r_blb", "r_blb": "r_bl", **mismatch}


@lru_cache(maxsize=64)
def _mirror(circuit: Circuit, geometry: Geometry) -> Mapping[str, str]:
    """Mirror image of each transistor of a circuit, at every corner; nothing where it is not its own image."""
    handles = circuit.resistance_handles
    found = find_symmetry(circuit.elements(geometry), ignore=("dvt", *handles))
    paths = [handle.partition(".")[2] for handle in handles]
    if isinstance(found, Asymmetry) or found.elements[paths[0]] != paths[1]:
        return {}
    return {t.path: found.elements[t.path] for t in circuit.transistors(geometry)}


def sample_of(values: Sequence[float]) -> ReadSample:
    """Devices of a read.

    Parameters
    ----------
    values
        One of each source of :func:`read_sources`.
    """
    return ReadSample(r_bl=values[0], r_blb=values[1], threshold_shifts=tuple(values[_DEVICES:]))


def read_samples(values: NDArray[np.float64]) -> list[ReadSample]:
    """Devices of reads.

    Parameters
    ----------
    values
        Values of the sources of :func:`read_sources`, shape (reads, sources).
    """
    return [sample_of(row) for row in values.tolist()]
