"""Whether simulations and their mirror images come out alike: what no netlist tells, since a model library may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from rramsim.circuits.coding import Mirror
from rramsim.circuits.record import Record
from rramsim.circuits.simulation import Simulation
from rramsim.devices.spread import SpreadSpace
from rramsim.errors import ConvergenceError, MeasurementError

if TYPE_CHECKING:
    from rramsim.ber.task import PointTask

_COMPARED = 3  # samples
_MIRROR_STREAM = (2**31, 0)  # not that of any block or event

Simulate = Callable[[Sequence[float]], Record]


def images_agree(
    mirror: Mirror, spread: SpreadSpace, rng: np.random.Generator,
    *, simulate: Simulate, simulate_image: Simulate, alike: Callable[[Mirror, Record, Record], bool],
) -> bool:  # fmt: skip
    """Compare drawn samples with their mirror images.

    Parameters
    ----------
    mirror
        What is the image of what.
    spread
        What varies.
    rng
        Draws the samples.
    simulate, simulate_image
        Simulate a sample, values of each source, where it is drawn and in the image.
    alike
        Whether one record is the mirror image of the other.

    Returns
    -------
    bool
        Whether all of them are; not where one failed.
    """
    images = dict(mirror.sources)
    order = [spread.names.index(images.get(name, name)) for name in spread.names]
    values = spread.values(rng.standard_normal((_COMPARED, len(order))))
    for one, image in zip(values.tolist(), values[:, order].tolist(), strict=True):
        try:
            records = simulate(one), simulate_image(image)
        except (ConvergenceError, MeasurementError):
            return False
        if not alike(mirror, *records):
            return False
    return True


def is_symmetric(task: PointTask, simulation: Simulation) -> bool:
    """Whether drawn samples of a point and their mirror images come out alike.

    Parameters
    ----------
    task
        The point.
    simulation
        Its deck, loaded.
    """
    if task.mirror is None:
        return False
    image = replace(task, programmed=task.mirror.image(task.programmed))
    return images_agree(
        task.mirror, task.spread, task.stream(*_MIRROR_STREAM), simulate=partial(task.simulate, simulation),
        simulate_image=partial(image.simulate, simulation), alike=task.bench.mirrors,
    )  # fmt: skip
