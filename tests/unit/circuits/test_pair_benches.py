"""Benches that read a pair of devices: what they put in, what is right, and which circuits they take."""

import pytest

from rramsim.corners import parse_corner
from rramsim.devices.comparator import equal_error_reference
from rramsim.errors import StudyError
from rramsim.study import build_study
from rramsim.weights import WeightKind

CORNER = parse_corner("tt_27c_1v2")
BOTH = {"cells": ["binary_xnor_2t2r", "ternary_xnor_2t2r"]}


def bench(use, **settings):
    (found,) = build_study(name="s", bench=[{"name": "b", "use": use, "settings": settings}]).benches
    return found


def test_a_multiplying_read_is_right_where_it_gives_the_product():
    found = bench("xnor_read", **BOTH)
    binary, ternary = found.codings
    assert binary.alphabet.programmed == ("+1x+1", "+1x-1", "-1x+1", "-1x-1")
    assert ternary.alphabet.programmed == ("+1x+1", "+1x-1", "0x+1", "0x-1", "-1x+1", "-1x-1")
    for coding in (binary, ternary):
        for symbol in coding.alphabet.programmed:
            weight, put = (int(part) for part in symbol.split("x"))
            right = {read for read in coding.alphabet.read if read not in coding.alphabet.misreads(symbol)}
            assert right == {f"{weight * put:+d}" if weight else "0"}
            stimulus = found.stimulus(CORNER, symbol)
            assert stimulus.right.value in right
            assert dict(stimulus.inputs) == {"x": 1.2 if put > 0 else 0.0, "xb": 0.0 if put > 0 else 1.2}
            median = [source.marginal.median for source in stimulus.devices]
            assert (median[0] < median[1], median[0] > median[1]) == (weight > 0, weight < 0)


def test_the_level_of_an_input_is_the_supply_or_what_is_set():
    assert dict(bench("xnor_read", v_input_v="3.3 V").stimulus(CORNER, "+1x-1").inputs) == {"x": 0.0, "xb": 3.3}


def test_the_mirror_of_a_multiplying_read_keeps_its_input():
    mirror = bench("xnor_read").mirror(CORNER)
    assert mirror.image("+1x-1") == "-1x-1"
    assert mirror.image("0x+1") == "0x+1"
    sources = dict(mirror.sources)
    assert (sources["vth:xsa.xmx1"], sources["vth:xsa.xmx2"]) == ("vth:xsa.xmx3", "vth:xsa.xmx4")
    assert (sources["r_bl"], sources["vth:xsa.xmn1"]) == ("r_blb", "vth:xsa.xmn2")


def test_a_device_beside_a_reference_is_no_image_of_anything():
    found = bench("reference_read")
    assert found.mirror(CORNER) is None
    (coding,) = found.codings
    assert (coding.name, coding.alphabet) == ("b", WeightKind.BINARY.alphabet)
    devices = found.environment.devices
    for symbol, state in (("+1", devices.lrs), ("-1", devices.hrs)):
        on_bl, on_blb = found.stimulus(CORNER, symbol).devices
        assert (on_bl.marginal.median, on_bl.marginal.sigma_ln) == (state.r_median, state.sigma_ln)
        assert (on_blb.marginal.median, on_blb.marginal.sigma_ln) == (equal_error_reference(devices), 0.0)
    given = bench("reference_read", r_reference_ohm="30 kohm", sigma_ln_reference=0.1)
    reference = given.stimulus(CORNER, "+1").devices[1].marginal
    assert (reference.median, reference.sigma_ln) == (30e3, 0.1)
    assert {"name": "reference", "value": 30e3, "unit": "Ω"} in given.about(CORNER)["conditions"]


def test_a_ternary_circuit_lends_itself_to_one_device():
    (coding,) = bench("reference_read", cells=["ternary_2t2r"]).codings
    assert dict(coding.words) == {"+1": "+1", "-1": "-1", "0": "?"}


@pytest.mark.parametrize(
    ("sections", "key", "message"),
    [
        (
            {"read": {"cells": ["binary_xnor_2t2r"]}},
            "read.cells[0]", "has the inputs x, xb, which this bench does not drive: xnor_read does",
        ),
        (
            {"bench": [{"name": "b", "use": "reference_read", "settings": {"cells": ["binary_xnor_2t2r"]}}]},
            "bench[0].settings.cells[0]", "which this bench does not drive",
        ),
        (
            {"bench": [{"name": "b", "use": "xnor_read", "settings": {"cells": ["ternary_2t2r"]}}]},
            "bench[0].settings.cells[0]", "has nothing on the inputs x, xb, which this bench drives",
        ),
        (
            {"bench": [{"name": "b", "use": "reference_read", "settings": {"cells": ["binary_2t2r", "ternary_2t2r"]}}]},
            "bench[0].settings.cells", "at most 1",
        ),
        (
            {"bench": [{"name": "b", "use": "reference_read", "settings": {"r_reference_ohm": -1}}]},
            "bench[0].settings.r_reference_ohm", "",
        ),
        (
            {"bench": [{"name": "b", "use": "xnor_read", "settings": {"v_input_v": "50 V"}}]},
            "bench[0].settings.v_input_v", "at most 5.5 V",
        ),
        (
            {"bench": [{"name": "b", "use": "xnor_read", "settings": {"cells": []}}]},
            "bench[0].settings.cells", "at least 1",
        ),
    ],
)  # fmt: skip
def test_a_circuit_that_a_bench_cannot_drive_is_refused(sections, key, message):
    with pytest.raises(StudyError) as caught:
        build_study(name="s", **sections)
    (problem,) = caught.value.problems
    assert problem.key == key
    assert message in problem.message


@pytest.mark.parametrize(
    ("use", "one", "other"),
    [
        ("xnor_read", {}, {"v_input_v": 1.3}),
        ("reference_read", {}, {"r_reference_ohm": 3e4}),
        ("reference_read", {}, {"sigma_ln_reference": 0.1}),
    ],
)
def test_every_setting_is_part_of_a_task(use, one, other):
    tasks = [
        build_study(name="s", bench=[{"name": "b", "use": use, "settings": settings}]).sweep.tasks(ngspice="39")
        for settings in (one, other)
    ]
    assert not {task.id for task in tasks[0]} & {task.id for task in tasks[1]}


def test_a_network_gets_the_errors_of_single_devices_and_not_those_of_products():
    study = build_study(
        name="s",
        read={"cells": ["binary_2t2r"]},
        bench=[
            {"name": "one", "use": "reference_read"},
            {"name": "product", "use": "xnor_read", "settings": BOTH},
        ],
        network=[{"name": "n", "weights": "binary"}],
    )
    assert study.network_cells == {"n": ("binary_2t2r", "one")}
