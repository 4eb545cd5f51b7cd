"""Study files of every kind: a right reading, or an error that names the file and the key; never anything else."""

import json
import math
import re
import tomllib
from copy import deepcopy
from datetime import date, datetime, time
from decimal import Decimal

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from rramsim.circuits.catalog import CELLS
from rramsim.errors import RramsimError, StudyError
from rramsim.rare.method import Method
from rramsim.resources import data_root
from rramsim.study import Study, load_study
from rramsim.weights import Weight

CMOS = data_root("device_models") / "cmos"
FUZZ = settings.get_profile("files")
PREFIXES = {"": 0, "k": 3, "M": 6, "G": 9, "m": -3, "u": -6, "µ": -6, "n": -9, "p": -12, "f": -15, "a": -18, "T": 12}
UNITS = {"s": ("s",), "V": ("V",), "Ω": ("Ω", "Ω", "ohm", "Ohm"), "°C": ("°C", "degC", "C"), "m": ("m",), "F": ("F",)}
UNIT_OF = {
    "t_sense_s": "s", "t_precharge_s": "s", "max_step_s": "s", "v_word_line_v": "V", "vdd_v": "V",
    "temperature_c": "°C", "r_median_ohm": "Ω",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a technology of the user's own in it."""
    path = tmp_path_factory.mktemp("study")
    for name in ("generic_130nm_5v.toml", "generic_130nm_5v.lib"):
        (path / name).write_bytes((CMOS / name).read_bytes())
    return path


def spelled(unit, low, high):
    """Quantities between two SI numbers in every spelling: a number, or a text with a prefix and the unit."""

    def text(value, prefix, spelling, gap):
        exponent = 0 if unit == "°C" else PREFIXES[prefix]
        return f"{Decimal(repr(value)).scaleb(-exponent)}{gap}{prefix if exponent else ''}{spelling}"

    numbers = st.floats(low, high, allow_subnormal=False)
    texts = st.builds(
        text, numbers, st.sampled_from(list(PREFIXES)), st.sampled_from(UNITS[unit]), st.sampled_from(["", " "])
    )
    whole = [st.integers(math.ceil(low), math.floor(high))] if math.ceil(low) <= math.floor(high) else []
    return st.one_of(numbers, texts, *whole)


def si(value, unit):
    """What a quantity says, by another reading than the program's."""
    if not isinstance(value, str):
        return float(value)
    number, name = re.fullmatch(r"\s*([-+.0-9]+(?:[eE][-+]?[0-9]+)?)\s*(\S*)\s*", value).groups()
    prefix = next(name[: -len(spelling)] for spelling in UNITS[unit] if name.endswith(spelling))
    return float(Decimal(number).scaleb(PREFIXES[prefix]))


def several(values, *, most=2, key=None):
    return st.lists(values, min_size=1, max_size=most, unique_by=key or (lambda value: value))


def table(**keys):
    return st.fixed_dictionaries({}, optional=keys)


SIGMA = st.floats(0, 10) | st.integers(0, 10)
NAME = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}", fullmatch=True)


def state(low, high):
    return table(r_median_ohm=spelled("Ω", low, high), sigma_ln_d2d=SIGMA, sigma_ln_c2c=SIGMA)


CORNERS = table(
    process=several(st.sampled_from(["TT", "FF", "ss", "Fs", "SF"])),
    vdd_v=several(spelled("V", 0.6, 5.5), key=lambda value: si(value, "V")),
    temperature_c=several(spelled("°C", -40, 125), key=lambda value: si(value, "°C")),
)
READ = table(
    t_sense_s=spelled("s", 2e-8, 1e-3), t_precharge_s=spelled("s", 1e-9, 1e-3), v_word_line_v=spelled("V", 0.1, 5.5),
    mismatch=st.booleans(), max_step_s=spelled("s", 1e-11, 2e-8),
    geometry=table(
        pcsa=table(w_latch_n=spelled("m", 1e-7, 9e-4), c_q=spelled("F", 1e-18, 1e-9)),
        cell_2t2r=table(w_select=spelled("m", 1e-7, 1e-5)),
    ),
)  # fmt: skip
BER = table(
    estimator=st.sampled_from(["auto", *Method]),
    floor=st.floats(1e-30, 1, exclude_max=True),
    max_simulations=st.integers(1000, 10**9),
    max_trials=st.integers(1, 10**9),
    max_errors=st.integers(1, 10**6),
    relative_precision=st.floats(0, 1, exclude_min=True, exclude_max=True),
    interval=st.sampled_from(["clopper-pearson", "wilson"]),
).filter(
    # What is counted is a part of what one rate may cost, and two runs of subset simulation take 2000.
    lambda ber: (
        ber.get("estimator") == Method.MONTE_CARLO
        or (ber.get("max_trials", 1) <= ber.get("max_simulations", 20_000) >= 2000)
    )
)
NETWORK = st.fixed_dictionaries(
    {"name": NAME},
    optional={
        "weights": st.sampled_from(["binary", "ternary"]),
        "activations": st.sampled_from(["binary", "ternary", "real"]),
        "dataset": st.sampled_from(["digits", "mnist", "cifar10", "mitdb", "own.npz", "../b c/µ.npz"]),
        "model": st.just("mlp"), "settings": table(hidden=st.lists(st.integers(1, 1000), max_size=3)),
        "quantized": st.sampled_from(["all", "classifier"]), "epochs": st.integers(1, 1000),
        "weight_decay": st.floats(0, 10), "decay": st.sampled_from(["plain", "normalized"]),
        "augmentation": st.lists(st.sampled_from(["flip", "crop"]), max_size=2),
        "errors": table(**{"1": st.floats(0, 1)}),
        "batch_size": st.integers(1, 1000), "learning_rate": st.floats(1e-9, 0.99),
        "file": st.sampled_from(["a.safetensors", "../b c/µ.safetensors"]),
    },
)  # fmt: skip
STUDIES = st.fixed_dictionaries(
    {
        "study": st.fixed_dictionaries(
            {"name": NAME}, optional={"title": st.text(), "seed": st.integers(0, 2**63 - 1)}
        ),
        "read": st.builds(dict.__or__, READ, st.just({"cells": ["ternary_2t2r", "binary_2t2r"]})),
    },
    optional={
        "technology": st.sampled_from([{}, {"card": "generic_130nm_5v"}, {"card": "generic_130nm_5v.toml"}]),
        "devices": table(
            preset=st.sampled_from(["hfo2_130nm", "hfo2_130nm_strong", "synaptogen"]),
            lrs=state(1, 1e4), hrs=state(1e4 + 1, 1e12),
        ),
        "corners": CORNERS,
        "ber": BER,
        "network": st.lists(NETWORK, max_size=2, unique_by=lambda network: network["name"]),
        "injection": table(
            modes=several(st.sampled_from(["static", "read"])), repeats=st.integers(2, 1000),
            rates=st.sampled_from(["interval", "estimate"]), ladder=st.lists(st.floats(0, 1), max_size=3),
        ),
    },
)  # fmt: skip
SCALARS = st.one_of(
    st.booleans(), st.integers(), st.sampled_from([0, -1, 2**63 - 1, -(2**63), 2**63, 10**400]),
    st.floats(), st.sampled_from([0.0, -0.0, 1e-300, 5e-324, 1e300, math.nan, math.inf, -math.inf]),
    st.text(max_size=20),
    st.sampled_from(
        ["", " ", "\0", "a\0.toml", ".toml", "..", "x" * 300, "x" * 300 + ".toml", "ß" * 9000, "ß", "ﬀ", "\u202e",
         "1e999 V", "50 ns", "-50 ns", "٥ V", "1e99999999999 V", f"1e{'9' * 5000} s", "5 Vs", "1_0 V", "27 °C",
         "0 V", "{path}", "\n[a]"]
    ),
    st.sampled_from([date(2026, 1, 2), time(1, 2, 3), datetime(2026, 1, 2, 3, 4)]),
)  # fmt: skip
KEYS = st.one_of(
    st.text(max_size=8), st.sampled_from(["[key]", "a[0]", "function-x", "a.b", "folder", "_folder", "x" * 5000])
)
JUNK = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=2), max_leaves=4
)


@st.composite
def faulty(draw):
    """A valid study with one to three faults: a value of any kind at some key, or a key too many or too few."""
    data = deepcopy(draw(STUDIES))
    for _ in range(draw(st.integers(1, 3))):
        parents = [item for item in nodes(data) if isinstance(item, dict | list)]
        parent = draw(st.sampled_from(parents))
        keys = list(parent) if isinstance(parent, dict) else list(range(len(parent)))
        kind = draw(st.sampled_from(["replace", "replace", "replace", "add", "remove"]))
        if kind == "add" or not keys:
            known = draw(KEYS | st.sampled_from(sorted({key.split(".")[-1] for key in known_keys()})))
            if isinstance(parent, dict):
                parent[known] = draw(JUNK)
            else:
                parent.append(draw(JUNK))
        elif kind == "remove":
            del parent[draw(st.sampled_from(keys))]
        else:
            parent[draw(st.sampled_from(keys))] = draw(JUNK)
    return data


def nodes(value):
    yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(item)


def known_keys(model=Study, prefix=""):
    """Dotted keys of a section and of the sections in it."""
    found = set()
    for name, field in model.model_fields.items():
        found.add(f"{prefix}{name}")
        annotation = field.annotation
        for inner in (annotation, *getattr(annotation, "__args__", ())):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                found |= known_keys(inner, f"{prefix}{name}.")
    return found


def file_keys(value, path=""):
    """Dotted keys that a file holds, as messages spell them."""
    yield path
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from file_keys(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            name = key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)
            yield from file_keys(item, f"{path}.{name}" if path else name)


def check_error(error, path, data):
    text = str(error)
    assert str(path) in text
    assert len(text) < 20_000
    assert error.exit_code == 2
    if isinstance(error, StudyError) and data is not None:
        keys = {*known_keys(), *file_keys(data), "(file)"}
        for problem in error.problems:
            assert problem.key in keys or re.sub(r"\[\d+\]", "", problem.key) in keys, problem
            assert problem.message


def check_reading(study, path, data):
    """A study that was accepted says what its file says."""
    dumped = study.model_dump(mode="python", by_alias=True)
    for section, values in data.items():
        for index, inner in enumerate(values) if section == "network" else [(None, values)]:
            check_table(dumped[section] if index is None else dumped[section][index], inner)
    copy = path.parent / "resolved.toml"
    copy.write_text(tomli_w.dumps(study.resolved()), encoding="utf-8")
    again = load_study(copy)
    assert again.resolved() == study.resolved()
    corners = math.prod(len(data.get("corners", {}).get(axis, [0])) for axis in ("process", "vdd_v", "temperature_c"))
    tasks = study.sweep.tasks(ngspice="39")
    # The cells share their circuit, and -1 is the mirror image of +1.
    weights = {weight for name in study.read.cells for weight in CELLS[name].weights.programmed}
    assert len(tasks) == corners * len(weights - {Weight.MINUS})
    assert [task.deck.text for task in again.sweep.tasks(ngspice="39")[:1]] == [task.deck.text for task in tasks[:1]]


def check_table(found, values):
    for key, value in values.items():
        if key == "geometry":
            for name, parameters in value.items():
                expected = {p: si(v, "F" if p.startswith("c") else "m") for p, v in parameters.items()}
                assert found[key][name] == expected
        elif key == "settings":  # of a network's model: plain values, as they are written
            assert {name: found[key][name] for name in value} == value
        elif isinstance(value, dict):
            check_table(found[key], value)
        elif key in UNIT_OF:
            unit = UNIT_OF[key]
            expected = tuple(si(v, unit) for v in value) if isinstance(value, list) else si(value, unit)
            assert found[key] == expected
        else:
            assert found[key] == (tuple(value) if isinstance(value, list) else value)
            assert isinstance(found[key], bool) == isinstance(value, bool)


@settings(FUZZ, max_examples=120)
@given(STUDIES)
def test_a_valid_study_says_what_its_file_says(folder, data):
    path = folder / "study.toml"
    text = tomli_w.dumps(data)
    path.write_text(text, encoding="utf-8")
    check_reading(load_study(path), path, tomllib.loads(text))


@settings(FUZZ, max_examples=400)
@given(faulty())
def test_a_faulty_study_is_refused_by_key_or_read_right(folder, data):
    path = folder / "study.toml"
    text = tomli_w.dumps(data)
    path.write_text(text, encoding="utf-8")
    try:
        study = load_study(path)
    except RramsimError as error:
        check_error(error, path, data)
    else:
        check_reading(study, path, tomllib.loads(text))


@settings(FUZZ, max_examples=400)
@given(st.data())
def test_a_damaged_study_file_is_refused_or_read_right(folder, mangled, quickstart, data):
    path = folder / "study.toml"
    content = data.draw(mangled(quickstart))
    path.write_bytes(content)
    try:
        study = load_study(path)
    except RramsimError as error:
        check_error(error, path, None)
    else:
        check_reading(study, path, tomllib.loads(content.decode("utf-8-sig")))


@pytest.fixture(scope="module")
def quickstart():
    """A study with a key of every kind."""
    return """\
[study]
name = "quick"
title = "cells – near threshold" # a comment
seed = 2026
[technology]
card = "generic_130nm_5v.toml"
[devices]
preset = "hfo2_130nm_strong"
hrs = { r_median_ohm = "350 kΩ", sigma_ln_c2c = 0.5 }
[corners]
process = ["TT", "FF"]
vdd_v = [1.1, "1200 mV"]
temperature_c = [-40, 27]
[read]
cells = ["ternary_2t2r", "binary_2t2r"]
t_sense_s = "50 ns"
max_step_s = 2e-9
mismatch = true
geometry.pcsa = { w_latch_n = "3 µm", c_q = 8e-14 }
[ber]
max_trials = 200
interval = "wilson"
[[network]]
name = "digits"
weights = "ternary"
settings.hidden = [128, 64]
[injection]
modes = ["static", "read"]
ladder = [1e-3, 0.1]
""".encode()
