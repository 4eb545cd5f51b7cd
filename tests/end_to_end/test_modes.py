"""Modes of a study from netlist to tables: errors by level, the published rule, networks with real weights."""

import shutil

import pytest

import rramsim
from rramsim.errors import InputError

pytestmark = pytest.mark.spice

# Both states lie close together: errors are frequent, and a fifth of them is the amplifier's doing.
STUDY = {
    "name": "modes",
    "seed": 3,
    "devices": {
        "preset": "hfo2_130nm_strong",
        "hrs": {"r_median_ohm": 8000, "sigma_ln_d2d": 0.14, "sigma_ln_c2c": 0.14},
    },
    "corners": {"process": ["TT"], "vdd_v": [1.2], "temperature_c": [27]},
    "read": {"cells": ["ternary_2t2r"]},
    "ber": {"max_trials": 50},
    "network": [
        {"name": "ternary", "settings": {"hidden": [24]}, "epochs": 2},
        {"name": "real", "weights": "real", "activations": "real", "settings": {"hidden": [24]}, "epochs": 2},
    ],
    "injection": {
        "modes": ["static", "levels", "quantized_vgg"], "repeats": 12, "ladder": [0.001, 0.3], "rates": "estimate",
        "settings": {"levels": {"cycles": "chip"}},
    },
}  # fmt: skip


PLACE = {"cell": "ternary_2t2r", "process": "TT", "vdd_v": 1.2, "temperature_c": 27}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("modes")
    return rramsim.run(rramsim.build_study(folder=folder, **STUDY), out=folder / "out")


def test_every_mode_is_in_the_tables(run):
    accuracy = run.accuracy
    swept = accuracy[accuracy["cell"] != ""]
    assert swept["mode"].tolist() == ["static", "levels", "quantized_vgg"]
    assert swept["rate"].nunique() == 1
    assert swept["accuracy"].between(0.05, 0.95).all()
    ladder = accuracy[(accuracy["cell"] == "") & (accuracy["error_type"] != "none")]
    assert sorted(set(zip(ladder["mode"], ladder["error_type"], strict=True))) == [
        ("quantized_vgg", "all"), ("static", "1"), ("static", "2"), ("static", "3"),
    ]  # fmt: skip
    clean = accuracy[accuracy["error_type"] == "none"].set_index("network")
    assert (clean["set_low"] < clean["accuracy"]).all()
    assert clean.loc["real", "weights"] == "real"
    assert "real" not in set(swept["network"])


def test_chips_classes_and_tolerated_rates_say_the_same_as_the_accuracies(run):
    keys = ["network", "mode", "cell", "error_type", "rate"]
    share = run.chips.assign(accuracy=run.chips["correct"] / run.chips["images"])
    for by, means in ((share, "accuracy"), (run.classes, "sensitivity")):
        weights = by["images"]
        found = (by[means] * weights).groupby([by[key] for key in keys]).sum()
        found /= weights.groupby([by[key] for key in keys]).sum()
        for key, value in run.accuracy.set_index(keys)["accuracy"].items():
            assert found[key] == pytest.approx(value)
    for _, row in run.tolerance.iterrows():
        steps = run.accuracy[(run.accuracy["mode"] == row["mode"]) & (run.accuracy["cell"] == "")]
        steps = steps[steps["error_type"] == row["error_type"]]
        lost = steps["baseline"] - steps["accuracy"]
        expected = {(False, False): "above", (True, True): "below", (False, True): ""}
        assert row["limit"] == expected[tuple(lost >= 0.01)]


def test_a_chip_that_is_programmed_once_stays_as_it_is(run):
    """Errors by level with all spread drawn once a chip: chips differ by more than one whose reads are drawn anew."""
    study = STUDY | {"injection": STUDY["injection"] | {"settings": {"levels": {"cycles": "read"}}}}
    anew = rramsim.inject(rramsim.build_study(folder=run.path.parent, **study), out=run.path)
    once, anew = (table[table["mode"] == "levels"].iloc[0] for table in (run.accuracy, anew))
    assert once["rate"] == anew["rate"]
    assert once["chip_std"] > anew["chip_std"]


def test_errors_by_level_need_the_directions_of_the_very_sweep(run, tmp_path):
    study = rramsim.build_study(folder=tmp_path, **STUDY)
    own = tmp_path / "own"
    own.mkdir()
    run.ber.to_csv(own / "ber.csv", index=False)
    with pytest.raises(InputError, match=r"levels needs to know what causes errors, which .*ber\.csv, a table of your"):
        rramsim.inject(study, out=own)
    with pytest.raises(InputError, match=r"ber\.estimator.*counts only, and injection\.modes has levels"):
        rramsim.build_study(folder=tmp_path, **STUDY | {"ber": {"max_trials": 50, "estimator": "monte_carlo"}})
    cut = shutil.copytree(run.path, tmp_path / "cut")
    (cut / "accuracy.csv").unlink()
    (cut / "directions.csv").write_text((cut / "directions.csv").read_text().replace("0.", "0.1", 1))
    with pytest.raises(InputError, match=r"injection\.modes: levels needs .*directions\.csv as the sweep wrote it"):
        rramsim.inject(study, out=cut)
    assert not (cut / "accuracy.csv").exists()


def test_a_rate_that_the_published_rule_does_not_know_is_refused(run, tmp_path):
    injection = {"modes": ["quantized_vgg"], "ladder": [1.0]}
    study = rramsim.build_study(folder=tmp_path, **STUDY | {"injection": injection})
    with pytest.raises(InputError, match=r"no rate of 1\.0 for a layer of which .* are zeros; at most 0\."):
        rramsim.inject(study, out=run.path)


def test_a_network_that_met_the_errors_of_a_corner_bears_them_better(run, tmp_path):
    plain = {"settings": {"hidden": [24]}, "epochs": 6}
    networks = [{"name": "plain"} | plain, {"name": "aware", "errors_at": PLACE} | plain]
    study = STUDY | {"network": networks, "injection": {"modes": ["read"], "repeats": 10, "rates": "estimate"}}
    accuracy = rramsim.inject(rramsim.build_study(folder=tmp_path, **study), out=run.path)
    found = accuracy[accuracy["cell"] != ""].set_index("network")
    assert found.loc["aware", "ci_low"] > found.loc["plain", "ci_high"] + 0.05


@pytest.mark.parametrize(("place", "message"), [
    ({"vdd_v": 1.3}, r"errors_at.*is no corner of the study; the first are tt_27c_1v2"),
    ({"cell": "binary_2t2r"}, "errors_at names 'binary_2t2r', no cell of the study"),
])  # fmt: skip
def test_errors_at_a_place_that_no_sweep_makes_are_refused(place, message, tmp_path):
    network = {"name": "n", "errors_at": PLACE | place}
    with pytest.raises(InputError, match=message):
        rramsim.run(rramsim.build_study(folder=tmp_path, **STUDY | {"network": [network]}), out=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(("injection", "message"), [
    ({"modes": ["stuck"]}, r"injection\.modes\[0\].*unknown mode 'stuck'"),
    ({"modes": ["levels"], "ladder": [0.1]}, "no ladder for modes levels"),
    ({"settings": {"levels": {}}}, "levels is none of modes, static, read"),
    ({"modes": ["levels"], "settings": {"levels": {"cycle": "chip"}}}, "cycle.*did you mean 'cycles'|cycle"),
    ({"modes": ["levels"], "settings": {"levels": {"stuck_lrs": 0.6, "stuck_hrs": 0.6}}}, "must lie in 0..1 together"),
    ({"repeats": 50, "max_repeats": 20}, "max_repeats, 20, must not be below repeats, 50"),
])  # fmt: skip
def test_what_cannot_be_injected_is_told_with_its_key(injection, message, tmp_path):
    with pytest.raises(InputError, match=message):
        rramsim.build_study(folder=tmp_path, **STUDY | {"injection": injection})


@pytest.mark.parametrize(("network", "message"), [
    ({"weights": "real", "errors": {"1": 0.1}}, "real weights are in no array"),
    ({"errors": {"1": 0.1}, "errors_at": PLACE}, "errors and errors_at exclude each other"),
    ({"weights": "real", "errors_at": PLACE}, "real weights are in no array"),
    ({"weights": "real", "cells": ["ternary_2t2r"]}, "no cell stores real weights"),
])  # fmt: skip
def test_real_weights_have_no_errors(network, message, tmp_path):
    with pytest.raises(InputError, match=message):
        rramsim.build_study(folder=tmp_path, **STUDY | {"network": [{"name": "n"} | network]})


def test_seeds_give_networks_of_their_own(tmp_path):
    networks = [{"name": f"s{seed}", "settings": {"hidden": [8]}, "epochs": 1, "seed": seed} for seed in (0, 1)]
    study = rramsim.build_study(folder=tmp_path, **STUDY | {"network": networks})
    one, other = (path.read_bytes() for path in rramsim.train(study, out=tmp_path / "out"))
    assert one != other
