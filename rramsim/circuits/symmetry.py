"""Prove that a circuit is its own mirror image: exchanging given nets maps its elements onto each other.

A read that is the mirror image of another is then the same random variable. The flattened circuit is a bipartite graph
of elements and nets, an edge for each terminal; the mirror is an automorphism that exchanges the given nets, keeps the
fixed ones, and maps each element onto one of the same kind, model and values, terminal by terminal. The two terminals
of a resistor, a capacitor or an inductor are alike; drain and source of a transistor are so only where the caller says
it, since its model need not be symmetric.

References
----------
Isomorphism by VF2, as networkx has it: L. P. Cordella, P. Foggia, C. Sansone, M. Vento, A (sub)graph isomorphism
algorithm for matching large graphs, IEEE Trans. Pattern Anal. Mach. Intell. 26, 1367 (2004), doi
10.1109/TPAMI.2004.75.

The element without an image is found by colour refinement: B. Weisfeiler, A. Leman, The reduction of a graph to
canonical form and the algebra which appears therein, Nauchno-Technicheskaya Informatsia 2 (9), 12 (1968).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from rramsim.circuits.flatten import FlatElement
from rramsim.errors import InputError

if TYPE_CHECKING:
    import networkx as nx

MIRRORED = (("bl", "blb"), ("q", "qb"))
FIXED = ("wl", "sl", "sen", "senb", "x", "xb", "vdd", "vss", "0")

_ALIKE = ("r", "c", "l")  # elements with exchangeable terminals
_Colours = dict[str, Hashable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Symmetry:
    """The mirror: path of each element -> path of its image, and the same for nets."""

    elements: Mapping[str, str]
    nets: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asymmetry:
    """Why there is no mirror: the first element without an image (empty if none alone is to blame), and the reason."""

    element: str
    reason: str


def find_symmetry(
    elements: Sequence[FlatElement],
    *,
    mirrored: Sequence[tuple[str, str]] = MIRRORED,
    fixed: Collection[str] = FIXED,
    ignore: Collection[str] = ("dvt",),
    reversible: Collection[str] = (),
) -> Symmetry | Asymmetry:
    """Look for the mirror of a flattened circuit.

    Parameters
    ----------
    elements
        The circuit.
    mirrored
        Pairs of nets that are exchanged.
    fixed
        Nets that are their own image. Every other net may be the image of any other that is not named.
    ignore
        What is drawn at random for each sample and may differ: names of parameters (``dvt``), and handles of elements
        whose value is altered (``r.xcell.xbl.rmem``). An altered element is the image of an altered one only.

    reversible
        Transistors (``nfet``, ``pfet``) whose drain and source are alike. An equaliser between two mirrored nets is its
        own image only so.

    Returns
    -------
    Symmetry or Asymmetry
        The mirror, or an element that has no image in it. Where elements are exchangeable (two equal capacitors in
        parallel) it is one of several mirrors.

    Raises
    ------
    InputError
        A net is named twice among ``mirrored`` and ``fixed``, or two elements have one path.
    """
    image = _image(mirrored, fixed)
    if len({element.path for element in elements}) < len(elements):
        raise InputError("two elements of the flattened circuit have the same path")
    kinds = {element.path: _kind(element, ignore) for element in elements}
    nets = sorted({node for element in elements for node in element.nodes})
    terminals = {element.path: _terminals(element, reversible) for element in elements}
    graph = _graph(kinds, terminals, {net: net if net in image else "" for net in nets})
    # The same graph with the names of its nets exchanged: what it must look like.
    target = _graph(kinds, terminals, {net: image.get(net, "") for net in nets})
    culprit = _without_image(elements, graph, target)
    if culprit is not None:
        return Asymmetry(element=culprit.path, reason=_reason(culprit, image, ignore))
    found = _mirror(graph, target)
    if found is None:
        return Asymmetry(element="", reason=f"exchanging {_pairs(mirrored)} does not map the circuit onto itself")
    return Symmetry(
        elements=MappingProxyType({e.path: found["element", e.path] for e in elements}),
        nets=MappingProxyType({net: found["net", net] for net in nets}),
    )


def _mirror(graph: nx.Graph, target: nx.Graph) -> dict[tuple[str, str], str] | None:
    import networkx as nx

    matcher = nx.isomorphism.GraphMatcher(
        graph,
        target,
        node_match=lambda one, other: one["colour"] == other["colour"],
        edge_match=lambda one, other: one["terminals"] == other["terminals"],
    )
    if not matcher.is_isomorphic():
        return None
    return {node: image for node, (_, image) in matcher.mapping.items()}


def _image(mirrored: Sequence[tuple[str, str]], fixed: Collection[str]) -> dict[str, str]:
    named = Counter([*fixed, *(net for pair in mirrored for net in pair)])
    twice = [net for net, count in named.items() if count > 1]
    if twice:
        raise InputError(f"nets are named more than once among those to exchange and to keep: {', '.join(twice)}")
    image = {net: net for net in fixed}
    for one, other in mirrored:
        image |= {one: other, other: one}
    return image


def _kind(element: FlatElement, ignore: Collection[str]) -> Hashable:
    """What an element's image must share."""
    value = "altered" if element.handle in ignore else element.value
    parameters = tuple(sorted((key, number) for key, number in element.parameters.items() if key not in ignore))
    return (element.kind, element.model, value, parameters)


def _terminals(element: FlatElement, reversible: Collection[str]) -> dict[str, tuple[int, ...]]:
    """Terminals at each net by number; exchangeable ones have the same."""
    numbers = list(range(len(element.nodes)))
    if element.kind in _ALIKE:
        numbers = [0, 0]
    elif element.kind == "x" and element.model in reversible:
        numbers = [0, 1, 0, 3]  # drain, gate, source, body
    found: dict[str, tuple[int, ...]] = {}
    for node, number in sorted(zip(element.nodes, numbers, strict=True), key=lambda item: item[1]):
        found[node] = (*found.get(node, ()), number)
    return found


def _graph(
    kinds: Mapping[str, Hashable], terminals: Mapping[str, Mapping[str, tuple[int, ...]]], nets: Mapping[str, str]
) -> nx.Graph:
    import networkx as nx

    graph = nx.Graph()
    for net, name in nets.items():
        graph.add_node(("net", net), colour=("net", name))
    for path, kind in kinds.items():
        node = ("element", path)
        graph.add_node(node, colour=kind)
        for net, numbers in terminals[path].items():
            graph.add_edge(node, ("net", net), terminals=numbers)
    return graph


def _without_image(elements: Sequence[FlatElement], graph: nx.Graph, target: nx.Graph) -> FlatElement | None:
    """The first element whose surroundings occur less often in the target; None where refinement tells nothing."""
    import networkx as nx

    here, there = (nx.get_node_attributes(g, "colour") for g in (graph, target))
    classes = 0
    while True:
        seen = Counter(there[node] for node in there)
        count = Counter(here[node] for node in here)
        for element in elements:
            colour = here["element", element.path]
            if count[colour] != seen[colour]:
                return element
        if len(count) == classes:  # no finer than before
            return None
        classes = len(count)
        numbers: dict[Hashable, int] = {}
        here, there = (_refined(g, colours, numbers) for g, colours in ((graph, here), (target, there)))


def _refined(graph: nx.Graph, colours: _Colours, numbers: dict[Hashable, int]) -> _Colours:
    """Each node's colour together with those around it; equal ones get one number in both graphs."""
    found: _Colours = {}
    for node in graph:
        around = Counter((data["terminals"], colours[other]) for other, data in graph[node].items())
        found[node] = numbers.setdefault((colours[node], frozenset(around.items())), len(numbers))
    return found


def _reason(element: FlatElement, image: Mapping[str, str], ignore: Collection[str]) -> str:
    values = {} if element.value is None or element.handle in ignore else {"value": element.value}
    values |= {key: number for key, number in element.parameters.items() if key not in ignore}
    what = " ".join((element.model or element.kind, *(f"{key}={number:g}" for key, number in values.items())))
    nets = " ".join(image.get(node, "?") for node in element.nodes)
    beyond = ", or what is connected to its inner nets (?) is not" if "?" in nets else ""
    return f"{element.path} ({what} on {' '.join(element.nodes)}) has no image: nothing like it is on {nets}{beyond}"


def _pairs(mirrored: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{one} and {other}" for one, other in mirrored)
