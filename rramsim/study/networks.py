"""What only shows when the networks of a study are seen together with its cells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rramsim.circuits.source import absolute
from rramsim.errors import NetworkError, Problem
from rramsim.files import resolved
from rramsim.nn.faults.catalog import find_faults
from rramsim.nn.mapping.arrays import map_network
from rramsim.nn.mapping.networks import shape_layers
from rramsim.nn.settings import ArraySection, NetworkSection
from rramsim.rare.method import Method

if TYPE_CHECKING:
    from rramsim.study.study import Study

_TOLD = 6  # of a long list


def resolve_network(section: NetworkSection, keys: dict[str, Any], folder: Path) -> None:
    """Leave out what has no meaning for a network, and make its paths absolute.

    Parameters
    ----------
    section
        The network.
    keys
        All of its keys; changed.
    folder
        Where relative paths start.
    """
    unused = set(section.unused_keys)
    if section.file is not None:
        keys["file"] = str(resolved(folder / section.file))
    if section.module is not None:
        keys["module"] = absolute(section.module, relative_to=folder)
    if section.file is not None or section.module is not None:
        unused |= section.recipe_keys - section.model_fields_set  # which a network that is given need not follow
    else:
        unused.add("real_layers")
    for key in unused:
        keys.pop(key, None)


def network_problems(study: Study) -> list[Problem]:
    """What is wrong with the networks of a study.

    Parameters
    ----------
    study
        The study, right in all else.
    """
    found = []
    names = [network.name for network in study.network]
    stored = dict(study.alphabets)
    caused = [mode for mode in study.injection.modes if find_faults(mode).caused]
    if study.measured and caused and study.ber.estimator == Method.MONTE_CARLO:
        message = f"counts only, and injection.modes has {caused[0]}, which needs to know what causes errors"
        found.append(Problem(key="ber.estimator", value=str(study.ber.estimator), message=message))
    for index, network in enumerate(study.network):
        if names.index(network.name) < index:
            found.append(Problem(key=f"network[{index}].name", value=network.name, message="is used twice"))
        found += [Problem(key=f"network[{index}].{key}", value=value, message=message)
                  for key, value, message in _shape_problems(network, study.array)]  # fmt: skip
        cells, kind = study.network_cells[network.name], network.kind
        if kind is None:
            continue
        if network.has_data and not cells and not study.injection.ladder:
            message = f"no cell in read.cells stores {network.weights} weights, and injection.ladder is empty"
            found.append(Problem(key=f"network[{index}].weights", value=str(network.weights), message=message))
        met = network.errors_at
        if met is not None and met.corner not in study.corners.grid:
            known = ", ".join(corner.id for corner in study.corners.grid[:_TOLD])
            message = f"is no corner of the study; the first are {known}"
            found.append(Problem(key=f"network[{index}].errors_at", value=met.corner.id, message=message))
        named = [("cells", cell) for cell in cells] + ([] if met is None else [("errors_at.cell", met.cell)])
        for key, cell in named:
            # What a cell of the user's own table stores, the first network says that names it.
            if stored.setdefault(cell, kind.alphabet) != kind.alphabet:
                message = f"does not store {network.weights} weights"
                found.append(Problem(key=f"network[{index}].{key}", value=cell, message=message))
    return found


def _shape_problems(network: NetworkSection, array: ArraySection) -> Iterator[tuple[str, list[int], str]]:
    """A shape that the model does not take, or too many weights for arrays: (key, value, message)."""
    if network.input_shape is None or network.classes is None:
        return
    try:
        map_network(shape_layers(network, network.input_shape, network.classes), array)
    except NetworkError as error:
        yield "input_shape", list(network.input_shape), str(error)
