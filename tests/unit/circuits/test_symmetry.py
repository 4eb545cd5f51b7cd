"""The mirror of a circuit: the right images where there is one, and a guilty element named where there is none."""

import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rramsim.circuits.catalog import CELLS
from rramsim.circuits.circuit_file import load_cell
from rramsim.circuits.flatten import FlatElement, flatten
from rramsim.circuits.netlist import parse_subcircuit
from rramsim.circuits.symmetry import Asymmetry, Symmetry, find_symmetry
from rramsim.errors import InputError
from rramsim.resources import netlist_path

CIRCUIT = CELLS["ternary_2t2r"].circuit
NETLISTS = {
    "pcsa": netlist_path("sense/pcsa.cir").read_text(),
    "cell_2t2r": netlist_path("cells/cell_2t2r.cir").read_text(),
    "half_cell_1t1r": netlist_path("cells/half_cell_1t1r.cir").read_text(),
}
IGNORE = ("dvt", *CIRCUIT.resistance_handles)


def elements(netlists):
    library = {name: parse_subcircuit(text, source=name) for name, text in netlists.items()}
    found = []
    for part in (CIRCUIT.amplifier, CIRCUIT.cell):
        found += flatten(
            library[part.subcircuit], path=part.instance, nodes=part.nets, values={}, library=library
        )  # fmt: skip
    return found


def broken(name, old, new):
    assert old in NETLISTS[name]
    return elements(NETLISTS | {name: NETLISTS[name].replace(old, new)})


def test_the_built_in_circuit_is_its_own_mirror_image():
    found = find_symmetry(CIRCUIT.elements(), ignore=IGNORE)
    assert isinstance(found, Symmetry)
    pairs = [
        ("xsa.xmp1", "xsa.xmp2"), ("xsa.xmp3", "xsa.xmp4"), ("xsa.xmn1", "xsa.xmn2"), ("xsa.xmn3", "xsa.xmn3"),
        ("xsa.cq", "xsa.cqb"), ("xcell.xbl.xmn1", "xcell.xblb.xmn1"), ("xcell.xbl.rmem", "xcell.xblb.rmem"),
        ("xcell.cbl", "xcell.cblb"), ("xcell.csl", "xcell.csl"),
    ]  # fmt: skip
    assert dict(found.elements) == dict(pairs) | {image: path for path, image in pairs}
    assert found.nets["xcell.xbl.d"] == "xcell.xblb.d"
    assert (found.nets["q"], found.nets["bl"], found.nets["sen"]) == ("qb", "blb", "sen")


def test_an_equaliser_is_its_own_image_where_drain_and_source_are_alike():
    circuit = load_cell(str(Path(__file__).parents[2] / "end_to_end" / "own_circuit" / "latch.toml")).circuit
    ignore = ("dvt", *circuit.resistance_handles)
    strict = find_symmetry(circuit.elements(), ignore=ignore)
    assert (type(strict), strict.element) == (Asymmetry, "xsa.xmp5")
    found = find_symmetry(circuit.elements(), ignore=ignore, reversible=("nfet", "pfet"))
    assert found.elements["xsa.xmn5"] == "xsa.xmn6"
    assert {path for path, image in found.elements.items() if path == image} == {
        "xsa.xmp5", "xsa.xmp6", "xsa.xmn3", "xsa.xmn4", "xsa.xmn7", "xcell.csl",
    }  # fmt: skip


BREAKS = {
    "capacitance": (("pcsa", "cqb qb vss {c_q}", "cqb qb vss {c_q*1.001}"), {"xsa.cq", "xsa.cqb"}),
    "width": (("pcsa", "qb q vdd vdd pfet w={w_latch_p}", "qb q vdd vdd pfet w=2u"), {"xsa.xmp1", "xsa.xmp2"}),
    "select width": (("cell_2t2r", "xblb blb wl sl vss half_cell_1t1r r={r_blb} w_select={w_select}",
                      "xblb blb wl sl vss half_cell_1t1r r={r_blb} w_select=7u"),
                     {"xcell.xbl.rmem", "xcell.xblb.rmem"}),  # from bl on, these lead to different transistors
    "extra transistor": (("pcsa", "cq q vss", "xmn9 q sen vss vss nfet w=1u l=1u\ncq q vss"), {"xsa.xmn9"}),
    "body": (("pcsa", "xmn2 qb q blb vss", "xmn2 qb q blb blb"), {"xsa.xmn1", "xsa.xmn2"}),
    "drain and source": (("pcsa", "xmn2 qb q blb vss", "xmn2 blb q qb vss"), {"xsa.xmn1", "xsa.xmn2"}),
    "kind": (("pcsa", "xmn2 qb q blb vss nfet", "xmn2 qb q blb vss pfet"), {"xsa.xmn1", "xsa.xmn2"}),
    "gate": (("pcsa", "xmp4 qb sen", "xmp4 qb q"), {"xsa.xmp3", "xsa.xmp4"}),
    "series resistor": (("cell_2t2r", "cbl bl vss", "rs bl vss 1meg\ncbl bl vss"), {"xcell.rs"}),
}  # fmt: skip


@pytest.mark.parametrize(("change", "blamed"), BREAKS.values(), ids=BREAKS)
def test_a_broken_mirror_names_an_element(change, blamed):
    found = find_symmetry(broken(*change), ignore=IGNORE)
    assert isinstance(found, Asymmetry)
    assert found.element in blamed
    assert "has no image" in found.reason


def test_what_is_not_ignored_counts():
    shifted = broken("pcsa", "dvt_mp2=0", "dvt_mp2=0.01")
    assert isinstance(find_symmetry(shifted, ignore=IGNORE), Symmetry)
    assert find_symmetry(shifted, ignore=CIRCUIT.resistance_handles).element in {"xsa.xmp1", "xsa.xmp2"}
    found = find_symmetry(CIRCUIT.elements())
    assert (found.element, "value=5000" in found.reason) == ("xcell.xbl.rmem", True)


def test_a_changed_resistor_beside_the_memory_devices_is_no_memory_device():
    # The altered resistor on bl has no altered one on blb to map to.
    found = find_symmetry(CIRCUIT.elements(), ignore=("dvt", CIRCUIT.resistance_handles[0]))
    assert found.element in {"xcell.xbl.rmem", "xcell.xblb.rmem"}


def test_resistors_and_capacitors_may_be_turned_and_sources_not():
    turned = broken("pcsa", "cqb qb vss", "cqb vss qb")
    assert isinstance(find_symmetry(turned, ignore=IGNORE), Symmetry)
    sources = "v1 q n1 1\nv2 qb n2 1\nr1 n1 vss 5\nr2 n2 vss 5\ncq q vss"
    assert isinstance(find_symmetry(broken("pcsa", "cq q vss", sources), ignore=IGNORE), Symmetry)
    wrong = broken("pcsa", "cq q vss", sources.replace("v2 qb n2", "v2 n2 qb"))
    assert isinstance(find_symmetry(wrong, ignore=IGNORE), Asymmetry)


def test_nets_named_twice_are_refused():
    with pytest.raises(InputError, match="named more than once among those to exchange and to keep: bl"):
        find_symmetry(CIRCUIT.elements(), fixed=("bl",))


@given(st.data())
def test_neither_the_order_of_lines_nor_inner_names_matter(data):
    netlists = {}
    for name, text in NETLISTS.items():
        lines = [line for line in text.splitlines() if line[0] not in "*." and not line.startswith("+")]
        head = [line for line in text.splitlines() if line.startswith((".subckt", "+"))]
        body = data.draw(st.permutations(lines))
        if name == "half_cell_1t1r":
            taken = set(re.findall(r"\w+", text))
            inner = data.draw(
                st.from_regex(r"[a-z]{3,6}", fullmatch=True).filter(lambda name, taken=taken: name not in taken)
            )
            body = [re.sub(r"\bd\b", inner, line) for line in body]
        netlists[name] = "\n".join([*head, *body, ".ends"])
    found = find_symmetry(elements(netlists), ignore=IGNORE)
    assert dict(found.elements) == dict(find_symmetry(CIRCUIT.elements(), ignore=IGNORE).elements)


NETS = ("q", "qb", "vdd", "n1", "n2", "n3")


@st.composite
def tiny(draw):
    """Two to six elements on six nets; often the mirror image of the first half, so that both answers occur."""

    def element(index):
        kind = draw(st.sampled_from("rvx"))
        count = 4 if kind == "x" else 2
        nodes = tuple(draw(st.sampled_from(NETS)) for _ in range(count))
        model = draw(st.sampled_from(("nfet", "pfet"))) if kind == "x" else ""
        value = None if kind == "x" else float(draw(st.integers(1, 2)))
        return FlatElement(path=f"e{index}", kind=kind, nodes=nodes, model=model, value=value, parameters={})

    half = [element(index) for index in range(draw(st.integers(1, 3)))]
    image = {"q": "qb", "qb": "q", "n1": "n2", "n2": "n1"}
    other = [
        FlatElement(path=f"m{e.path}", kind=e.kind, nodes=tuple(image.get(n, n) for n in e.nodes), model=e.model,
                    value=e.value, parameters={})
        for e in half
    ]  # fmt: skip
    if draw(st.booleans()):
        other.pop()
    return half + other


def described(element, image):
    """An element as it looks when its nets are exchanged."""
    nodes = [image[node] for node in element.nodes]
    return (element.kind, element.model, element.value, tuple(sorted(nodes) if element.kind == "r" else nodes))


def mirrored_by_brute_force(circuit):
    """Whether any permutation of the inner nets makes the circuit its own image."""
    inner = sorted({node for e in circuit for node in e.nodes if node.startswith("n")})
    same = {net: net for net in NETS}
    target = sorted(str(described(e, same)) for e in circuit)
    for images in itertools.permutations(inner):
        image = same | {"q": "qb", "qb": "q"} | dict(zip(inner, images, strict=True))
        if sorted(str(described(e, image)) for e in circuit) == target:
            return True
    return False


@given(tiny())
def test_brute_force_finds_the_same(circuit):
    found = find_symmetry(circuit, mirrored=(("q", "qb"),), fixed=("vdd",))
    assert isinstance(found, Symmetry) == mirrored_by_brute_force(circuit)
    if isinstance(found, Symmetry):
        by_path = {e.path: e for e in circuit}
        image = {net: found.nets.get(net, net) for net in NETS}
        for path, other in found.elements.items():
            assert described(by_path[path], image) == described(by_path[other], {net: net for net in NETS})
