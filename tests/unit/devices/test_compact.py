"""Compact models: closed forms against published tables, and cards that cannot be used."""

import math
import pickle
import re
import tomllib

import pytest

from rramsim.devices.compact.card import load_card
from rramsim.devices.compact.sky130_reram import Sky130Reram
from rramsim.devices.compact.stanford import Stanford
from rramsim.errors import InputError, MissingResourceError, StudyError
from rramsim.resources import data_root, device_card_path

CARDS = sorted(path.stem for path in (data_root("device_models") / "rram").glob("*.toml"))
# State [nm] and resistance at low voltage [Ω]: (V0/I0) exp(gap/g0) of the published parameters, by hand.
TABLES = {
    "stanford": [(0.2, 556), (0.749, 5e3), (0.922, 10e3), (1.498, 100e3), (1.7, 224e3)],
    "sky130_reram": [
        (4.9, 10.07e3), (4.711, 20e3), (4.459, 50e3), (4.269, 100e3), (3.924, 350e3), (3.635, 1e6), (3.3, 3.38e6),
    ],
}  # fmt: skip


@pytest.mark.parametrize("card", TABLES)
def test_resistance_follows_the_published_table(card):
    device = load_card(card).device
    for state, resistance in TABLES[card]:
        assert device.resistance(state) == pytest.approx(resistance, rel=4e-3)  # what the table rounds
        assert device.state_of(device.resistance(state)) == pytest.approx(state, abs=1e-12)


def test_resistance_of_stanford_is_the_formula():
    device = load_card("stanford").device
    assert device.resistance(1.2) == pytest.approx(250 * math.exp(1.2 / 0.25), rel=1e-12)


def test_stock_sky130_refuses_5_kohm():
    """The thickest filament of the kit is 10 kΩ."""
    with pytest.raises(InputError, match=r"5000 Ω is no state of sky130_reram.* from 1\.007e\+04 to 3\.381e\+06 Ω"):
        load_card("sky130_reram").device.state_of(5e3)
    doubled = load_card("sky130_reram", overrides={"i_k1": 2.1 * 61.4e-6}).device
    assert doubled.resistance(doubled.state_of(5e3)) == pytest.approx(5e3)


def test_stanford_refuses_what_its_gap_does_not_reach():
    with pytest.raises(InputError, match="350000 Ω is no state of stanford"):
        load_card("stanford").device.state_of(350e3)


@pytest.mark.parametrize("card", CARDS)
def test_polarity(card):
    """A positive voltage lowers the resistance, a negative one raises it."""
    device = load_card(card).device
    low, high = device.bounds
    middle = (low + high) / 2
    step = 1e-3
    for voltage, sign in ((1.2, -1), (-1.2, 1)):
        moved = middle + step * math.copysign(1, device.rate(middle, voltage, 27))
        assert math.copysign(1, device.resistance(moved) - device.resistance(middle)) == sign


def test_heat_speeds_up():
    device = load_card("stanford").device
    assert abs(device.rate(1.0, 1.0, 85)) > 2 * abs(device.rate(1.0, 1.0, 27))


@pytest.mark.parametrize("card", CARDS)
def test_a_device_reaches_another_process(card):
    device = load_card(card).device
    assert pickle.loads(pickle.dumps(device)) == device


@pytest.mark.parametrize(("card", "model"), [("stanford", Stanford), ("sky130_reram", Sky130Reram)])
def test_defaults_of_the_netlist_are_those_of_the_card(card, model):
    """Somebody who opens the sub-circuit alone gets the published device."""
    device = load_card(card).device
    text = device.text.replace("\n+", " ")
    head = re.search(r"^\.subckt (\w+) te be (\w+) params:(.*)$", text, re.MULTILINE)
    assert (head[1], head[2]) == (model.subcircuit, model.state)
    defaults = {key: float(value) for key, value in re.findall(r"(\w+)=(\S+)", head[3])}
    assert {name: defaults[name] for name in model.names} == dict(device.parameters)
    assert set(defaults) - set(model.names) == {f"{model.state}_initial", "edge", "back"}


@pytest.mark.parametrize("card", CARDS)
def test_a_card_says_where_its_numbers_come_from(card):
    file = load_card(card).file
    assert file.limits
    assert file.licence
    assert file.provenance
    if file.name == "stanford_1t1r":
        assert {item.status for name, item in file.provenance.items() if name != "voltages"} == {"chosen"}


@pytest.mark.parametrize(
    ("overrides", "match"),
    [
        ({"gmma0": 3}, "unknown parameter 'gmma0'.*gamma0"),
        ({"v0": 0}, "v0 must be finite and above 0"),
        ({"gap_min": 2.0}, "gap_min must be below gap_max"),
        ({"gap_max": 3.0}, "SET and RESET would change places"),
    ],
)
def test_parameters_that_are_none(overrides, match):
    with pytest.raises(InputError, match=match):
        load_card("stanford", overrides=overrides)


def test_a_filament_cannot_be_thicker_than_the_oxide():
    with pytest.raises(InputError, match="the oxide is not thicker than the filament"):
        load_card("sky130_reram", overrides={"filament_max": 5.1})


def test_an_unknown_card():
    with pytest.raises(MissingResourceError, match=r"no device card 'stanfrod'.*stanford"):
        load_card("stanfrod")


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ('model = "stanford"', 'model = "stanfrd"', "unknown model"),
        ("v0 = 0.25", "", "the parameter v0 is missing"),
        ("[validity]", "speed = 1\n[validity]", "unknown parameter 'speed'"),
        ('limits = "', 'limit = "', "unknown key"),
        ("temperature_min_c = -40", "temperature_min_c = 400", "must be below temperature_max_c"),
    ],
)
def test_a_card_that_is_wrong_names_the_key(old, new, match, tmp_path):
    text = device_card_path("stanford").read_text()
    assert old in text
    (tmp_path / "own.toml").write_text(text.replace(old, new))
    with pytest.raises(StudyError, match=match):
        load_card("own.toml", relative_to=tmp_path)
    (tmp_path / "own.toml").write_text(text)
    assert load_card("own.toml", relative_to=tmp_path).file.name == tomllib.loads(text)["name"]
