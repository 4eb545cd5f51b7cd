"""What only shows when the networks of a study are seen together with its cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rramsim.alphabets import Alphabet
from rramsim.circuits.source import absolute
from rramsim.errors import NetworkError, Problem
from rramsim.files import content_id, resolved
from rramsim.nn.asked import AskedNetwork
from rramsim.nn.faults.catalog import find_faults
from rramsim.nn.mapping.arrays import map_network
from rramsim.nn.mapping.networks import shape_layers
from rramsim.nn.settings import ArraySection, NetworkSection
from rramsim.rare.method import Method

if TYPE_CHECKING:
    from rramsim.study.study import Study

_TOLD = 6  # of a long list


def _resolve(section: NetworkSection, keys: dict[str, Any], folder: Path) -> None:
    """Leave out what has no meaning for a network, and make its paths absolute."""
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


def networks_identity(study: Study) -> dict[str, str]:
    """Digests of what is injected into which networks, and of what is mapped; without paths.

    Parameters
    ----------
    study
        The study.
    """
    asked: dict[str, Any] = {"network": [network.asked for network in study.network], "seed": study.study.seed}
    asked |= {"eqprop": [network.asked for network in study.eqprop]} if study.eqprop else {}
    asked |= study.model_dump(mode="json", include={"array", "injection"})
    mapped = {key: value for key, value in asked.items() if key != "injection"}
    return {"injection": content_id(asked), "mapping": content_id(mapped)}


def resolve_networks(study: Study, data: dict[str, Any]) -> None:
    """Resolve the networks of a study, each as its section does.

    Parameters
    ----------
    study
        The study.
    data
        Every key of it as plain values; changed.
    """
    for section, keys in zip(study.network, data.get("network", []), strict=True):
        _resolve(section, keys, study.folder)
    for learnt, keys in zip(study.eqprop, data.get("eqprop", []), strict=True):
        learnt.resolve(keys, study.folder)


def cells_of(network: AskedNetwork, alphabets: Mapping[str, Alphabet]) -> tuple[str, ...]:
    """Cells whose errors a network gets.

    Parameters
    ----------
    network
        The network.
    alphabets
        Of the cells of the study, by name.
    """
    kind = network.kind
    if network.cells or kind is None:
        return network.cells or ()
    return tuple(name for name, stored in alphabets.items() if stored == kind.alphabet)


def network_problems(study: Study) -> list[Problem]:
    """What is wrong with the networks of a study.

    Parameters
    ----------
    study
        The study, right in all else.
    """
    found = []
    caused = [mode for mode in study.injection.modes if find_faults(mode).caused]
    if study.measured and caused and study.ber.estimator == Method.MONTE_CARLO:
        message = f"counts only, and injection.modes has {caused[0]}, which needs to know what causes errors"
        found.append(Problem(key="ber.estimator", value=str(study.ber.estimator), message=message))
    names: set[str] = set()
    stored = dict(study.alphabets)
    for place, network in _placed(study):
        if network.name in names:
            found.append(Problem(key=f"{place}.name", value=network.name, message="is used twice"))
        names.add(network.name)
        found += [Problem(key=f"{place}.{key}", value=value, message=message)
                  for key, value, message in _cell_problems(network, study, stored)]  # fmt: skip
    found += [Problem(key=f"network[{index}].{key}", value=value, message=message)
              for index, section in enumerate(study.network)
              for key, value, message in _shape_problems(section, study.array)]  # fmt: skip
    return found


def _placed(study: Study) -> Iterator[tuple[str, AskedNetwork]]:
    """Each network with its place in the file."""
    yield from ((f"network[{index}]", network) for index, network in enumerate(study.network))
    yield from ((f"eqprop[{index}]", network) for index, network in enumerate(study.eqprop))


def _cell_problems(
    network: AskedNetwork, study: Study, stored: dict[str, Alphabet]
) -> Iterator[tuple[str, object, str]]:
    """Cells that there are none of, or that store something else: (key, value, message); ``stored`` is added to."""
    cells, kind = study.network_cells[network.name], network.kind
    if kind is None:
        return
    if network.has_data and not cells and not study.injection.ladder:
        yield (
            "weights", network.weights,
            f"no cell in read.cells stores {network.weights} weights, and injection.ladder is empty",
        )  # fmt: skip
    met = network.errors_at
    if met is not None and met.corner not in study.corners.grid:
        known = ", ".join(corner.id for corner in study.corners.grid[:_TOLD])
        yield "errors_at", met.corner.id, f"is no corner of the study; the first are {known}"
    for key, cell in [("cells", cell) for cell in cells] + ([] if met is None else [("errors_at.cell", met.cell)]):
        # What a cell of the user's own table stores, the first network says that names it.
        if stored.setdefault(cell, kind.alphabet) != kind.alphabet:
            yield key, cell, f"does not store {network.weights} weights"


def _shape_problems(network: NetworkSection, array: ArraySection) -> Iterator[tuple[str, list[int], str]]:
    """A shape that the model does not take, or too many weights for arrays: (key, value, message)."""
    if network.input_shape is None or network.classes is None:
        return
    try:
        map_network(shape_layers(network, network.input_shape, network.classes), array)
    except NetworkError as error:
        yield "input_shape", list(network.input_shape), str(error)
