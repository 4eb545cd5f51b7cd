"""Run folders made of plausible tables, without a simulation."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest

from rramsim.nn.history import Epoch, training_table
from rramsim.nn.mapping.energy import energy_table
from rramsim.nn.mapping.layers import WeightLayer
from rramsim.nn.mapping.table import mapping_table
from rramsim.nn.settings import ArraySection
from rramsim.report.html import write_report
from rramsim.tables.accuracy import ACCURACY
from rramsim.tables.ber import BER
from rramsim.tables.chips import CHIPS
from rramsim.tables.classes import CLASSES
from rramsim.tables.distributions import DISTRIBUTIONS
from rramsim.tables.energy import ENERGY
from rramsim.tables.mapping import MAPPING
from rramsim.tables.reads import READS
from rramsim.tables.tolerance import TOLERANCE
from rramsim.tables.training import TRAINING
from rramsim.tables.waveforms import WAVEFORMS
from rramsim.tables.window import WINDOW
from rramsim.weights import Weight, WeightKind, error_type

POINTS = list(itertools.product(("TT", "FF", "SS"), (1.1, 1.2, 1.3), (-40.0, 27.0, 125.0)))


def ber_frame(points):
    rows = []
    for kind, (process, vdd, temperature) in itertools.product(WeightKind, points):
        for programmed, read in itertools.product(kind.programmed, kind.read):
            error = error_type(programmed, read)
            if error is None:
                continue
            errors = 0 if error.value in "12?" and process != "SS" else 7
            value = errors / 200
            point = (f"{kind}_2t2r", process, vdd, temperature, 5e-8, programmed.value, read.value, error.value)
            rows.append((*point, value, value / 2, value * 2 + 0.018, "monte_carlo", 200, 0, "ab" * 32))
    return pd.DataFrame(rows, columns=list(BER.names))


def reads_frame(points):
    rows = [
        {
            "cell": f"{kind}_2t2r", "process": process, "vdd_v": vdd, "temperature_c": temperature, "t_sense_s": 5e-8,
            "programmed": weight.value, "reads": 200, "latched": 0 if weight.value == "0" else 200,
            "latching_time_median_s": np.nan if weight.value == "0" else 5e-9, "latching_time_p95_s": np.nan,
            "margin_median_v": 0.5, "energy_mean_j": 2e-13 * vdd, "energy_std_j": 1e-14, "task_id": "ab" * 32,
        }
        for kind, (process, vdd, temperature) in itertools.product(WeightKind, points)
        for weight in kind.programmed
    ]  # fmt: skip
    return pd.DataFrame(rows)


def distributions_frame(points):
    rows = [
        {
            "cell": f"{kind}_2t2r", "process": process, "vdd_v": vdd, "temperature_c": temperature, "t_sense_s": 5e-8,
            "programmed": weight.value, "quantity": "energy_j", "quantile": share,
            "value": 2e-13 * vdd * (0.9 + share / 5),
            "ci_low": 1.7e-13 * vdd, "ci_high": 2.3e-13 * vdd, "reads": 200, "task_id": "ab" * 32,
        }
        for kind, (process, vdd, temperature) in itertools.product(WeightKind, points)
        for weight in kind.programmed
        for share in (0.05, 0.5, 0.95)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def waveforms_frame(_points):
    time = np.linspace(0, 70e-9, 80)
    frames = []
    for kind in WeightKind:
        for weight in kind.programmed:
            fall = np.clip(1.2 - (time - 12e-9) * 1e8, 0, 1.2)
            frames.append(
                pd.DataFrame(
                    {
                        "cell": f"{kind}_2t2r", "process": "TT", "vdd_v": 1.2, "temperature_c": 27.0,
                        "programmed": weight.value, "time_s": time, "sen_v": np.where(time > 10e-9, 1.2, 0.0),
                        "q_v": fall, "qb_v": 1.2, "bl_v": 0.3, "blb_v": 0.2, "i_vdd_a": 1e-6,
                    }
                )
            )  # fmt: skip
    return pd.concat(frames)


def window_frame(_points):
    rows = [
        {"vdd_v": vdd, "process": "TT", "temperature_c": 27.0, "r_bl_ohm": a, "r_blb_ohm": b,
         "latching_time_s": a * 4e-13 / vdd, "energy_j": 1e-13}
        for vdd in (1.0, 2.0, 3.0, 4.0)
        for a, b in ((5e3, 350e3), (320e3, 350e3))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def accuracy_frame(points):
    rows = []
    for network, mode in itertools.product(("t", "b"), ("static", "read")):
        same = {
            "network": network, "dataset": "digits", "split": "test", "weights": "ternary", "activations": "ternary",
            "repeats": 20, "baseline": 0.98, "task_id": "cd" * 32, "mode": mode, "images": 300, "chip_std": 0.01,
            "set_low": 0.93, "set_high": 0.98,
        }  # fmt: skip
        values = {"accuracy": 0.96, "ci_low": 0.94, "ci_high": 0.97}
        for process, vdd, temperature in points:
            corner = {"cell": "ternary_2t2r", "process": process, "vdd_v": vdd, "temperature_c": temperature}
            rows.append(same | corner | values | {"error_type": "all", "rate": 0.01})
        for error, rate in itertools.product("123", (1e-3, 1e-2, 1e-1)):
            corner = {"cell": "", "process": "", "vdd_v": np.nan, "temperature_c": np.nan}
            rows.append(same | corner | values | {"error_type": error, "rate": rate})
        if mode == "static":
            none = {"mode": "none", "error_type": "none", "rate": 0.0, "repeats": 1, "accuracy": 0.98, "ci_low": 0.98}
            rows.append(rows[-1] | none | {"ci_high": 0.98, "chip_std": 0.0})
    return ACCURACY.frame(rows)


def chips_frame(points):
    rows = []
    for row in accuracy_frame(points).to_dict("records"):
        for chip in range(row["repeats"]):
            rows.append(row | {"chip": chip, "correct": 280 + chip, "images": 300})
    return CHIPS.frame(rows)


def classes_frame(points):
    """A large class and a small one that is missed more often."""
    rows = []
    for row in accuracy_frame(points).to_dict("records"):
        for number, (images, score) in enumerate(((250, 0.99), (50, 0.6))):
            scores = {"sensitivity": score, "precision": score, "f1": score - row["rate"] / 2}
            rows.append(row | {"class": number, "class_name": f"c{number}", "images": images} | scores)
    return CLASSES.frame(rows)


def tolerance_frame(_points):
    return TOLERANCE.frame(
        {"network": network, "mode": mode, "weights": "ternary", "error_type": error, "loss": 0.01, "rate": 0.02,
         "ci_low": 0.01, "ci_high": 0.03, "limit": limit, "chips": 20}
        for network, mode in itertools.product(("t", "b"), ("static", "read"))
        for error, limit in (("1", ""), ("2", "above"), ("3", "below"))
    )  # fmt: skip


def training_frame(_points):
    """One training of three epochs, and one of one."""
    epochs = [Epoch(learning_rate=0.01, loss=2.0 / n, correct=60 + 10 * n, images=100) for n in (1, 2, 3)]
    return training_table({"t": epochs, "b": epochs[:1]})


def mapping_frame(_points):
    """A trained network that is whole in arrays, and one that is so in part and not trained."""
    counts = {Weight.PLUS: 300, Weight.ZERO: 500, Weight.MINUS: 224}
    ternary = {"kind": WeightKind.TERNARY, "positions": 1}
    dense = WeightLayer(called="dense", shape=(16, 64), **ternary, counts=counts)
    real = WeightLayer(called="convolution", shape=(4, 1, 3, 3), kind=None, positions=36)
    networks = {"t": [dense], "b": [real, WeightLayer(called="dense", shape=(10, 144), **ternary)]}
    return mapping_table(networks, ArraySection(spare_rows=2))


def energy_frame(points):
    return energy_table(mapping_frame(points), reads_frame(points), {"t": ["ternary_2t2r"], "b": ["ternary_2t2r"]})


PROVENANCE = {
    "rramsim": "0.1.0", "ngspice": "39", "python": "3.11", "packages": {"numpy": "2"}, "seed": 1, "command": "rramsim",
    "study": {"name": "s", "title": "t"},
    "technology": {
        "name": "card", "description": "d", "licence": "l", "limits": "not silicon", "files": {"card.lib": "00"},
        "a_vt_v_m": {"nfet": 1e-8, "pfet": 1e-8}, "provenance": [{"key": "toxe", "status": "chosen", "source": "x"}],
    },
    "devices": {
        "preset": "p", "description": "d", "overridden": False, "provenance": [],
        "lrs": {"r_median": 5e3, "sigma_ln_d2d": 0.1, "sigma_ln_c2c": 0.1},
        "hrs": {"r_median": 350e3, "sigma_ln_d2d": 0.6, "sigma_ln_c2c": 0.6},
    },
    "benches": [
        {
            "name": "ternary_2t2r", "cells": ["binary_2t2r", "ternary_2t2r"], "text": "A circuit.",
            "transistors": [
                {"name": "xsa.xmn1", "type": "nfet", "width_m": 2e-6, "length_m": 6e-7, "sigma_vth_v": 7e-3}
            ],
            "capacitors": [{"name": "pcsa.c_q", "value_f": 1e-13}],
            "conditions": [{"name": "sense time", "value": 5e-8, "unit": "s"}],
            "netlists": {"sense/pcsa.cir": "11"},
        }
    ],
    "alphabets": {f"{kind}_2t2r": kind.alphabet.to_json() for kind in WeightKind},
}  # fmt: skip

FRAMES = {
    BER: ber_frame, READS: reads_frame, DISTRIBUTIONS: distributions_frame, WAVEFORMS: waveforms_frame,
    WINDOW: window_frame, ACCURACY: accuracy_frame,
    CHIPS: chips_frame, CLASSES: classes_frame, TOLERANCE: tolerance_frame, TRAINING: training_frame,
    MAPPING: mapping_frame, ENERGY: energy_frame,
}  # fmt: skip


def make_run(folder, points):
    folder.mkdir()
    for table, frame in FRAMES.items():
        (folder / table.file).write_text(table.text(frame(points)))
    (folder / "provenance.json").write_text(json.dumps(PROVENANCE))
    (folder / "study.toml").write_text('[study]\nname = "s"\ntitle = "A <script>alert(1)</script> & more"\n')
    return folder


@pytest.fixture
def run_dir(tmp_path):
    """A run of one corner, to be changed."""
    return make_run(tmp_path / "run", POINTS[:1])


@pytest.fixture(scope="session")
def report(tmp_path_factory):
    """Report of a run of 27 corners, to be looked at."""
    return write_report(make_run(tmp_path_factory.mktemp("whole") / "run", POINTS))


@pytest.fixture
def undrawn(monkeypatch):
    """Figures as empty drawings, for tests that look at the page's text: to draw them takes most of its time."""
    empty = '<svg xmlns="http://www.w3.org/2000/svg"></svg>\n'
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda _figure, file, **_options: file.write(empty))
