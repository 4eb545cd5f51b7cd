"""Every key of a study and of a technology file changes or refuses something: none is read and never used."""

import json
import tomllib
from collections.abc import Iterator
from types import UnionType
from typing import get_args, get_origin

import numpy as np
import pytest
import tomli_w

from rramsim.circuits.technology.file import TechnologyFile
from rramsim.errors import InputError
from rramsim.nn.cases import Errors
from rramsim.nn.injection import inject_networks
from rramsim.nn.mapping.networks import network_layers
from rramsim.nn.mapping.table import mapping_table
from rramsim.nn.network import StoredNetwork, chain
from rramsim.nn.ops.activate import Activate
from rramsim.nn.ops.dense import Dense
from rramsim.nn.training import TrainingTask
from rramsim.report.provenance import provenance
from rramsim.resources import data_root
from rramsim.study import Study, load_study
from rramsim.study.merits import merit_identity
from rramsim.study.run_folder import folder_path
from rramsim.tables.ber import BER
from rramsim.validation import Section

CMOS = data_root("device_models") / "cmos"
CARD = tomllib.loads((CMOS / "generic_130nm_5v.toml").read_text())
CARD |= {"provenance": {"vth0": CARD["provenance"]["vth0"]}}
# Transistors as plain models, so that every key of a binding has a meaning.
BINDING = {"kind": "primitive", "threshold_handle": "gate_source", "a_vt_v_m": 1e-8}
PLAIN = CARD | {"nfet": BINDING | {"device": "nmos_5v"}, "pfet": BINDING | {"device": "pmos_5v"}, "inline": False}
STUDY = {
    "study": {"name": "s"},
    "technology": {"card": "own.toml"},
    "read": {"cells": ["ternary_2t2r", "binary_2t2r"]},
    "devices": {
        "endurance": {
            "cycles": [1, 1e6],
            "lrs": {"median_factor": [1, 1.2], "spread_factor": [1, 2]},
            "hrs": {"median_factor": [1, 0.7], "spread_factor": [1, 1.1]},
        },
        "retention": {
            "t0_s": 1,
            "longest_s": 1e9,
            "activation_energy_ev": 1.0,
            "reference_temperature_c": 85,
            "lrs": {"drift_ln": 0.01, "drift_sd_ln": 0.01},
            "hrs": {"drift_ln": -0.01, "drift_sd_ln": 0.02},
        },
        "rtn": {state: {"amplitude": 0.1, "amplitude_sigma_ln": 0.5, "occupancy": 0.2} for state in ("lrs", "hrs")},
        "ageing": {"cycles": 1e3, "time_s": 1e4, "temperature_c": 100},
        "correlation": [{"between": ["r_bl", "r_blb"], "coefficient": 0.1}],
        "condition": [{"name": "c"}],
    },
    "ber": {"estimator": "line_sampling", "relative_precision": 0.2},
    "network": [{"name": "n", "settings": {"hidden": [8]}}],
    "eqprop": [
        {
            "name": "e",
            "preset": "p_1h",
            "dataset": "digits",
            "phases": {"beta": 0.2},
            "network": {"connections": [{"kind": "dense", "units": 10}]},
            "training": {"rates": [0.1]},
        }
    ],
    "injection": {"ladder": [0.1], "precision": 0.01},
    "bench": [{"name": "more", "use": "pcsa_read", "settings": {"t_sense_s": 4e-8}}],
}

# Asked for by the keys of [merit] alone: to check it takes longer than all the rest.
MERIT = {
    "merit": {
        "vmin": {"target": 1e-3},
        "balance": {"knob": "t_sense_s", "range": [1e-8, 1e-7]},
        "shmoo": {"target": 1e-3, "x_values": [4e-8, 5e-8], "y_values": [1.1, 1.2]},
        "size": {
            "target": 1e-3,
            "area_um2": 500,
            "variable": [{"name": "w", "settings": ["geometry.pcsa.w_foot"], "range": [1e-6, 2e-6]}],
        },
        "codes": {},
        "offset": {},
    }
}

# Another value for each key, and what belongs to it.
OTHER = {
    "study.name": "t", "study.title": "T", "study.seed": 1,
    "technology.card": "other.toml",
    "devices.preset": "other", "devices.lrs.r_median_ohm": 4e3, "devices.lrs.sigma_ln_d2d": 0.3,
    "devices.lrs.sigma_ln_c2c": 0.3, "devices.hrs.r_median_ohm": 4e5, "devices.hrs.sigma_ln_d2d": 0.3,
    "devices.hrs.sigma_ln_c2c": 0.3, "devices.correlation[].between": ["r_bl", "vth:xsa.xmn1"],
    "devices.correlation[].coefficient": 0.2,
    "devices.condition[].name": "d", "devices.condition[].preset": "hfo2_130nm_strong",
    **{f"devices.condition[].{state}.{key}": value for state in ("lrs", "hrs") for key, value in {
        "r_median_ohm": 6e3, "sigma_ln_d2d": 0.2, "sigma_ln_c2c": 0.2,
    }.items()},
    **{f"devices.{place}{state}.{key}": value for place in ("", "condition[].") for state in ("lrs", "hrs")
       for key, value in {
        "file": "none.csv", "column": "r_ohm", "unit": "ohm", "tail": "genpareto", "tail_part": 0.2, "d2d_share": 0.5,
    }.items()},
    **{f"devices.{place}cmo_hfox.{key}": value for place in ("", "condition[].") for key, value in {
        "acceptance_range": 0.02, "lrs_us": 80.0, "hrs_us": 10.0, "time_s": 10.0,
    }.items()},
    "devices.endurance.cycles": [1, 1e7], "devices.retention.t0_s": 2, "devices.retention.longest_s": 10,
    "devices.retention.activation_energy_ev": 1.1, "devices.retention.reference_temperature_c": 90,
    **{f"devices.{section}.{state}.{key}": value for state in ("lrs", "hrs") for section, values in {
        "endurance": {"median_factor": [1, 1.5], "spread_factor": [1, 1.6]},
        "retention": {"drift_ln": 0.02, "drift_sd_ln": 0.03},
        "rtn": {"amplitude": 0.2, "amplitude_sigma_ln": 0.6, "occupancy": 0.3},
    }.items() for key, value in values.items()},
    **{f"devices.{place}ageing.{key}": value for place in ("", "condition[].") for key, value in {
        "cycles": 1e4, "time_s": 2e4, "temperature_c": 110,
    }.items()},
    "corners.process": ["SS"], "corners.vdd_v": [1.1], "corners.temperature_c": [85],
    "read.cells": ["binary_2t2r"], "read.t_sense_s": 4e-8, "read.t_precharge_s": 9e-9, "read.v_word_line_v": 3.0,
    "read.mismatch": False, "read.max_step_s": 1e-9, "read.geometry": {"pcsa": {"w_p": 3e-6}},
    "bench[].name": "most", "bench[].use": "none", "bench[].settings": {"t_sense_s": 3e-8},
    "ber.estimator": "monte_carlo", "ber.max_trials": 100, "ber.max_errors": 7, "ber.relative_precision": 0.3,
    "ber.interval": "wilson", "ber.floor": 1e-9, "ber.max_simulations": 5000,
    "merit.vmin.target": {"1": 1e-3}, "merit.vmin.range_v": [0.7, 1.4], "merit.vmin.tolerance_v": 0.01,
    "merit.vmin.points": 4, "merit.balance.knob": "t_precharge_s", "merit.balance.range": [2e-8, 1e-7],
    "merit.balance.rates": ["1", "3"], "merit.balance.points": 4, "merit.shmoo.target": 1e-4,
    "merit.shmoo.x": "t_precharge_s", "merit.shmoo.x_values": [4e-8], "merit.shmoo.y": "temperature_c",
    "merit.shmoo.y_values": [1.2], "merit.size.target": 1e-4, "merit.size.area_um2": 501.0,
    "merit.size.evaluations": 50, "merit.size.variable[].name": "v", "merit.codes.names": ["sec_7_4"],
    "merit.offset.programmed": ["+1"],
    **{f"merit.{name}.cells": ["c_binary_2t2r" if name == "codes" else "c_ternary_2t2r"]
       for name in ("vmin", "balance", "shmoo", "size", "codes", "offset")},
    "merit.size.variable[].settings": ["geometry.pcsa.l"], "merit.size.variable[].range": [1e-6, 3e-6],
    "network[].name": "m", "network[].weights": "binary", "network[].activations": "real",
    "network[].dataset": "faces", "network[].model": "vgg", "network[].settings": {"hidden": [9]},
    "network[].quantized": "classifier", "network[].preset": "quantized_vgg", "network[].weight_decay": 0.5,
    "network[].decay": "normalized", "network[].restarts": [10, 20], "network[].augmentation": ["flip"],
    "network[].errors": {"1": 0.1}, "network[].seed": 5, "network[].precision": "bf16",
    "network[].errors_at.cell": "c_ternary_2t2r", "network[].errors_at.process": "FF",
    "network[].errors_at.vdd_v": 1.3, "network[].errors_at.temperature_c": 85,
    "network[].epochs": 3, "network[].batch_size": 9,
    "network[].learning_rate": 0.2, "network[].file": "none.safetensors", "network[].cells": ["c_more_ternary_2t2r"],
    "network[].module": "net.py:build", "network[].real_layers": ["first"],
    "network[].input_shape": [64], "network[].classes": 10,
    "eqprop[].name": "f", "eqprop[].preset": "c_ep_1h", "eqprop[].weights": "binary", "eqprop[].dataset": "faces",
    "eqprop[].network": {"connections": [{"kind": "dense", "units": 10}], "activation": "tanh"},
    "eqprop[].phases": {"beta": 0.3}, "eqprop[].training": {"rates": [0.2]}, "eqprop[].seed": 5,
    "eqprop[].file": "none.safetensors", "eqprop[].cells": ["c_more_ternary_2t2r"],
    "array.rows": 64, "array.columns": 64, "array.spare_rows": 2,
    "injection.modes": ["read"], "injection.repeats": 9, "injection.rates": "estimate", "injection.ladder": [0.2],
    "injection.precision": 0.02, "injection.max_repeats": 99, "injection.losses": [0.02],
    "injection.settings": {"static": {"none": 1}},
}  # fmt: skip
CARD_OTHER = {
    "name": "other", "description": "D", "library": "none.lib", "licence": "L", "limits": "none", "inline": True,
    "before": ["before.inc"], "sections": {"SS": "ss"}, "parameters": {"n_mu": 0.5}, "provenance": {},
    "mismatch.switches": {"n_mu": 0.5}, "mismatch.normals": ["n_dvth"],
    "ngspice.compatibility": "hsa", "ngspice.options": ["gmin=1e-13"], "ngspice.osdi": ["none.osdi"],
    "validity.vdd_min_v": 1.3, "validity.vdd_max_v": 1.1, "validity.temperature_min_c": 50,
    "validity.temperature_max_c": 0, "validity.length_min_m": 1e-6, "validity.length_max_m": 0.3e-6,
    "validity.width_min_m": 3e-6, "validity.width_max_m": 1.5e-6,
    **{f"{fet}.{key}": value for fet in ("nfet", "pfet") for key, value in {
        "device": "none", "kind": "subcircuit", "width_parameter": "wx", "length_parameter": "lx", "unit_m": 1e-6,
        "parameters": "m=2", "threshold_handle": "@m.{path}.m1[delvto]", "a_vt_v_m": 2e-8,
    }.items()},
}  # fmt: skip


def keys(section: type[Section], above: str = "") -> Iterator[str]:
    """Every key of a schema, down to values; ``[]`` stands for the tables of a list."""
    for name, field in section.model_fields.items():
        inner = inner_section(field.annotation)
        listed = "[]" if get_origin(field.annotation) is tuple else ""
        if inner is None:
            yield f"{above}{name}"
        else:
            yield from keys(inner, f"{above}{name}{listed}.")


def inner_section(annotation):
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    if get_origin(annotation) in (tuple, UnionType):
        return next((found for item in get_args(annotation) if (found := inner_section(item))), None)
    return None


class Asked:
    """In place of what runs tasks: keeps their ids."""

    def results(self, tasks):
        self.ids = sorted(task.id for task in tasks)
        raise InterruptedError


def injected(study):
    """What injection would measure in a small network, under one table of errors."""
    (section,) = study.network
    dense = Dense(weights=np.ones((10, 64), np.int8), kind=section.kind)
    nodes = chain([Activate(to=section.activations), dense])
    network = StoredNetwork(name=section.name, dataset=section.dataset, input_shape=(64,), nodes=nodes)
    cells = study.network_cells[section.name]
    rows = [
        {"cell": cell, **corner.labels, "t_sense_s": 5e-8, "programmed": programmed, "read": read,
         "error_type": kind.symbol, "probability": 0.1, "ci_low": 0.05, "ci_high": 0.2, "estimator": "monte_carlo",
         "simulations": 10, "failed": 0, "task_id": "", "mirrored": False}
        for cell in cells for corner in study.corners.grid for programmed in study.alphabets[cell].programmed
        for read in study.alphabets[cell].read if (kind := study.alphabets[cell].error(programmed, read))
    ]  # fmt: skip
    asked, seed = Asked(), study.study.seed
    networks, of = {section.name: network}, {section.name: cells}
    errors = Errors(ber=BER.frame(rows), causes=None, rows=study.array.weight_rows)
    with pytest.raises(InterruptedError):
        inject_networks(networks, errors, study.injection, asked, cells=of, seed=seed)
    return [section.name, list(cells), asked.ids]


def observed(folder, study, card):
    """All that a user can see of a study before anything is simulated."""
    (folder / "own.toml").write_text(tomli_w.dumps(card))
    (folder / "other.toml").write_text(tomli_w.dumps(card | {"name": "other"}))
    (folder / "generic_130nm_5v.lib").write_bytes((CMOS / "generic_130nm_5v.lib").read_bytes())
    (folder / "before.inc").write_text(".param unused=1\n.option gmin=1e-13\n")
    (folder / "study.toml").write_text(tomli_w.dumps(study))
    try:
        found = load_study(folder / "study.toml")
        tasks = found.sweep.tasks(ngspice="39")
        told = provenance(found, ngspice="39", command="")
        del told["technology"]["files"][found.technology_file.path.name]  # which holds every key
        return {
            "ids": [task.id for task in tasks],
            "rates": [found.ber.estimation.interval, found.corners.grid, found.injection.losses],
            "told": json.dumps(told),
            "folder": str(folder_path(found, None)),
            "trained": [TrainingTask(section=one, data_hash="0", seed=found.study.seed).id for one in found.network],
            "learnt": [one.training_task("0", seed=found.study.seed, ber=None).id for one in found.eqprop],
            "loaded": [(folder / one.file).read_bytes() for one in (*found.network, *found.eqprop) if one.file],
            "injected": injected(found),
            "settled": [[one.name, found.network_cells[one.name], one.weights] for one in found.eqprop],
            "merit": merit_identity(found),
            "mapped": mapping_table(network_layers(found.networks, {}), found.array).to_csv(),
        }
    except (InputError, OSError) as error:
        return f"{type(error).__name__}: {error}"


def changed(data, key, value):
    """The same with another value at a key."""
    copy = json.loads(json.dumps(data))
    *above, last = key.split(".")
    table = copy
    for part in above:
        name = part.removesuffix("[]")
        table = table.setdefault(name, [{}] if part.endswith("[]") else {})
        table = table[0] if part.endswith("[]") else table
    table[last] = value
    return copy


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    found = observed(tmp_path_factory.mktemp("plain"), STUDY, PLAIN)
    assert isinstance(found, dict), found
    return found


def test_every_key_is_tried():
    assert set(keys(Study)) == set(OTHER)
    assert set(keys(TechnologyFile)) == set(CARD_OTHER)


@pytest.fixture(scope="module")
def plain_merit(tmp_path_factory):
    found = observed(tmp_path_factory.mktemp("merit"), STUDY | MERIT, PLAIN)
    assert isinstance(found, dict), found
    return found


@pytest.mark.parametrize("key", [key for key in OTHER if not key.startswith("merit.")])
def test_a_key_of_a_study_matters(key, plain, tmp_path):
    assert observed(tmp_path, changed(STUDY, key, OTHER[key]), PLAIN) != plain


@pytest.mark.parametrize("key", [key for key in OTHER if key.startswith("merit.")])
def test_a_key_of_a_figure_of_merit_matters(key, plain_merit, tmp_path):
    assert observed(tmp_path, changed(STUDY | MERIT, key, OTHER[key]), PLAIN) != plain_merit


@pytest.mark.parametrize("key", CARD_OTHER)
def test_a_key_of_a_technology_file_matters(key, plain, tmp_path):
    assert observed(tmp_path, STUDY, changed(PLAIN, key, CARD_OTHER[key])) != plain


def test_a_folder_matters_to_nothing(plain, tmp_path):
    """The same files elsewhere are the same study."""
    assert observed(tmp_path, STUDY, PLAIN) == plain
