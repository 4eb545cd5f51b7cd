"""A network that settles, stored in arrays: what is read, what comes of it, what is kept and what is refused."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from rramsim.data.catalog import load_dataset
from rramsim.data.dataset import Dataset, Split
from rramsim.eqprop.connections.dense import Dense
from rramsim.eqprop.deployed import training as training_module
from rramsim.eqprop.deployed.given import deployed
from rramsim.eqprop.deployed.network import KEY, DeployedNetwork
from rramsim.eqprop.deployed.settling import Rest, SettlingTask
from rramsim.eqprop.deployed.tables import deployed_table, deployment_steps, learning_table
from rramsim.eqprop.losses.mean_square import MeanSquare
from rramsim.eqprop.network import chain
from rramsim.eqprop.normalisation import Normalisation
from rramsim.eqprop.parameters import draw_parameters, save_parameters
from rramsim.eqprop.relaxation.machine import Machine
from rramsim.eqprop.relaxation.settle import settle
from rramsim.eqprop.relaxation.stop import Stop
from rramsim.eqprop.relaxation.synchronous import Synchronous
from rramsim.eqprop.scale import Scale
from rramsim.eqprop.stored import stored_weight
from rramsim.eqprop.trainers.images import unit_images
from rramsim.eqprop.trainers.train import count_correct
from rramsim.errors import InputError, NetworkError, StudyError, TableError
from rramsim.files import canonical_json
from rramsim.nn.accuracy_task import AccuracyTask
from rramsim.nn.cases import Errors
from rramsim.nn.faults.independent import Faultless, StaticFaults
from rramsim.nn.faults.misreads import Misreads
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.inference import accuracy
from rramsim.nn.kept import keep_networks, kept_networks
from rramsim.nn.mapping.arrays import map_network, program, restore
from rramsim.nn.settings import ArraySection
from rramsim.nn.trained import train_networks
from rramsim.runs.folder import RunFolder
from rramsim.runs.loop import Runs
from rramsim.study import build_study, load_study
from rramsim.tables.ber import BER
from rramsim.tables.deployed import DEPLOYED
from rramsim.torch_backend import load_tensors_about, save_tensors, torch
from rramsim.weights import ErrorType, WeightKind
from tests.unit.eqprop.problems import generator

UNITS = [{"kind": "dense", "units": 16}, {"kind": "dense", "units": 10}]
SECTION = {
    "name": "ep", "preset": "p_1h", "dataset": "digits", "network": {"connections": UNITS},
    "phases": {"free_steps": 20, "schedule": "even_odd"}, "training": {"epochs": 2},
}  # fmt: skip
SEPARATE = {"feedback": {"kind": "different", "angle": 30}}
MAPS = [{"kind": "convolution", "channels": 3, "kernel": 3, "padding": 1, "pool": {"kind": "average", "window": 2}}]


def study(*sections, **others):
    others = {"read": {"cells": ["ternary_2t2r", "binary_2t2r"]}} | others
    return build_study(name="s", eqprop=list(sections or [SECTION]), injection={"ladder": [0.1]}, **others)


def changed(**keys):
    return SECTION | {key: SECTION.get(key, {}) | value if isinstance(value, dict) else value
                      for key, value in keys.items()}  # fmt: skip


def drawn(seed=0, **keys):
    """A network that has learnt nothing."""
    (section,) = study(changed(**keys)).eqprop
    dataset = load_dataset("digits")
    network = section.eqprop_file.network.network(dataset)
    return deployed(section, dataset, draw_parameters(network, generator(seed)))


@pytest.fixture(scope="module")
def trained():
    (section,) = study().eqprop
    return section.training_task(load_dataset("digits").hash, seed=1, ber=None).run((), None)


def settled_by_hand(weights, network, images, steps):
    """Free phase of one hidden layer, layers in turn, in numpy."""
    first, second = weights
    b1, b2 = network.learnt["link1.bias"], network.learnt["link2.bias"]

    def sigma(x):
        return 1 / (1 + np.exp(-(4 * x - 2)))  # shifted_sigmoid of the preset

    hidden, output = np.zeros((len(images), len(b1))), np.zeros((len(images), len(b2)))
    for _ in range(steps):
        hidden = sigma(images @ first.T + b1 + output @ second)
        output = sigma(hidden @ second.T + b2)
    return output


def test_misreads_act_forwards_and_backwards():
    """The same misread symbol drives both layers: by the definition of the network, written out."""
    network, dataset = drawn(), load_dataset("digits")
    images = dataset.test.images[:7]
    unit = (images.reshape(7, -1) - dataset.train.images.min()) / np.ptp(dataset.train.images)
    misreads = [
        Misreads(np.array([3, 500]), np.array([1, -1], np.int8)),
        Misreads(np.array([0, 90, 159]), np.array([-1, 0, 1], np.int8)),
    ]
    read = [
        found.applied(one) * network.stored[name].scale
        for found, one, name in zip(misreads, network.weights, network.stored, strict=True)
    ]
    engine = network.engine()
    before = engine.scores(images)
    np.testing.assert_allclose(engine.scores(images, misreads), settled_by_hand(read, network, unit, 20), atol=1e-5)
    assert np.abs(engine.scores(images, misreads) - before).max() > 1e-3
    np.testing.assert_array_equal(engine.scores(images), before)  # what was there before is there again


def test_real_weights_answer_as_they_do_in_the_training(trained):
    dataset, real = load_dataset("digits"), trained.real
    assert (real.kind, real.weights) == (None, [])
    phases = study().eqprop[0].eqprop_file.phases.phases
    parameters = {name: torch.from_numpy(value) for name, value in real.learnt.items()}
    correct = count_correct(real.network, parameters, unit_images(dataset, dataset.test, real.network), phases)
    assert accuracy(real, dataset.test, Faultless(), seed=0, repeats=1).correct == (correct,)
    assert correct > 60  # of 359: it has learnt something


@pytest.mark.parametrize("loss", ["mse", {"kind": "softmax_readout", "units": 10}])
@pytest.mark.parametrize("kind", WeightKind)
def test_weights_that_are_stored_already_are_deployed_as_they_are(kind, loss):
    """What a training with stored weights gives is changed by nothing; biases are not touched."""
    network = drawn(weights=kind.value, network={"loss": loss})
    assert ("readout.weight" in network.stored) is (loss != "mse")
    stored = {name: stored_weight(torch.from_numpy(network.learnt[name]), kind).values() for name in network.stored}
    learnt = dict(network.learnt) | {name: value.numpy() for name, value in stored.items()}
    again = replace(network, learnt=learnt)
    images = load_dataset("digits").test.images
    for name, one in again.stored.items():
        np.testing.assert_array_equal(one.values().numpy(), learnt[name])
    np.testing.assert_array_equal(again.engine().scores(images), again.real.engine().scores(images))
    np.testing.assert_array_equal(again.engine().scores(images), network.engine().scores(images))


def test_backward_weights_have_arrays_of_their_own():
    network = drawn(network=SEPARATE, weights="binary")
    assert [weights.shape for weights in network.weights] == [(16, 64), (10, 16), (10, 16)]
    assert list(network.stored) == ["link1.weight", "link2.weight", "link2.backward"]
    images = load_dataset("digits").test.images[:20]
    every = [Misreads(np.empty(0, np.int64), np.empty(0, np.int8)) for _ in network.weights]
    backward = [*every[:2], Misreads(np.arange(160), -network.weights[2].reshape(-1))]
    moved = np.abs(network.engine().scores(images, backward) - network.engine().scores(images)).max()
    assert moved > 1e-4


def test_reads_of_an_inference_are_those_of_all_steps():
    """Once from the input; else once a step in each direction, at each place of a kernel."""
    shared, separate = drawn(), drawn(network=SEPARATE)
    assert [layer.positions for layer in shared.weight_layers()] == [1, 2 * 20]
    assert [layer.positions for layer in separate.weight_layers()] == [1, 20, 20]
    maps = drawn(network={"connections": [*MAPS, *MAPS], "inputs": [1, 8, 8], "loss": {"kind": "softmax_readout",
                          "units": 10}})  # fmt: skip
    layers = maps.weight_layers()
    assert [(layer.called, layer.shape, layer.positions) for layer in layers] == [
        ("convolution", (3, 1, 3, 3), 64), ("convolution", (3, 3, 3, 3), 16 * 2 * 20), ("dense", (10, 12), 1),
    ]  # fmt: skip
    assert [layer.kind for layer in layers] == [WeightKind.TERNARY] * 3
    for layer, weights in zip(layers, maps.weights, strict=True):
        assert layer.counts == {one: (weights == one.number).sum() for one in WeightKind.TERNARY.programmed}
    (section,) = study().eqprop
    untrained = section.untrained_layers()
    assert [replace(layer, counts=None) for layer in shared.weight_layers()] == untrained
    mapping = map_network(layers, ArraySection())
    for one, back in zip(maps.weights, restore(program(maps.weights, mapping), mapping), strict=True):
        np.testing.assert_array_equal(one, back)


def test_one_training_serves_all_kinds_and_ids_hold_what_matters():
    dataset = load_dataset("digits").hash
    sections = study(SECTION, changed(name="b", weights="binary"), changed(name="r", weights="real")).eqprop
    tasks = [one.training_task(dataset, seed=1, ber=None) for one in sections]
    assert len({task.id for task in tasks}) == 1
    others = (changed(training={"epochs": 3}), changed(phases={"free_steps": 21}), changed(seed=2))
    found = {study(other).eqprop[0].training_task(dataset, seed=1, ber=None).id for other in others}
    assert len(found | {tasks[0].id}) == 4
    hashes = {drawn(weights=kind).hash for kind in ("binary", "ternary", "real")}
    hashes |= {
        drawn(seed=1).hash,
        drawn(phases={"free_steps": 21}).hash,
        drawn(phases={"schedule": "synchronous"}).hash,
    }
    assert len(hashes) == 6
    assert drawn(name="other").hash in hashes


def test_a_training_that_was_killed_goes_on_and_keeps_what_an_undisturbed_one_does(trained, tmp_path, monkeypatch):
    (section,) = study().eqprop
    task = section.training_task(load_dataset("digits").hash, seed=1, ber=None)
    written = training_module.write_atomic

    def killed(path, content):
        written(path, content)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(training_module, "write_atomic", killed)
        with pytest.raises(KeyboardInterrupt):
            task.run((), tmp_path)
    (told,) = tmp_path.glob("training/*.csv")
    assert told.name == "ep.csv"
    assert [line.split(",")[0] for line in told.read_text().splitlines()] == ["epoch", "1"]
    resumed = task.run((), tmp_path)
    assert [line.split(",")[0] for line in told.read_text().splitlines()] == ["epoch", "1", "2"]
    assert (resumed.hash, resumed.epochs) == (trained.hash, trained.epochs)
    assert task.from_json(json.loads(json.dumps(task.to_json(resumed)))).content() == resumed.content()


def test_a_damaged_state_of_a_training_begins_anew(trained, tmp_path, caplog):
    (section,) = study().eqprop
    task = section.training_task(load_dataset("digits").hash, seed=1, ber=None)
    (tmp_path / "training").mkdir()
    (tmp_path / "training" / f"{task.id}.safetensors").write_bytes(b"no state")
    assert task.run((), tmp_path).hash == trained.hash
    assert "the training begins anew" in caplog.text


def test_a_kept_network_is_read_back_and_a_damaged_or_other_one_trained_again(trained, tmp_path, caplog):
    (section,) = study(changed(weights="binary")).eqprop
    task = section.training_task(load_dataset("digits").hash, seed=1, ber=None)
    keep_networks(tmp_path, [replace(trained, recipe=task.recipe)], {})
    path = tmp_path / "networks" / "ep.safetensors"
    found = kept_networks(tmp_path, {"ep": task})["ep"]
    assert (found.kind, found.epochs, found.estimator) == (WeightKind.BINARY, trained.epochs, "one_sided")
    np.testing.assert_array_equal(found.learnt["link1.weight"], trained.learnt["link1.weight"])

    content = path.read_bytes()
    path.write_bytes(content[:-4] + b"\x00\x00\x80\x3f")
    assert kept_networks(tmp_path, {"ep": task}) == {}
    assert "its checksum is wrong: the network is trained again" in caplog.text
    path.write_bytes(content)
    (other,) = study(changed(network={"activation": "sigmoid"})).eqprop
    assert kept_networks(tmp_path, {"ep": other.training_task(load_dataset("digits").hash, seed=1, ber=None)}) == {}
    assert "it is of another network: activations, pooling, loss, dynamics or normalisation differ" in caplog.text


def test_weights_of_a_file_are_deployed_and_those_of_another_network_refused(trained, tmp_path):
    parameters = {name: torch.from_numpy(value) for name, value in trained.learnt.items()}
    save_parameters(tmp_path / "ep.safetensors", trained.network, parameters)
    (tmp_path / "kept.safetensors").write_bytes(trained.content())
    for name in ("ep", "kept"):
        (section,) = study(changed(file=f"{name}.safetensors"), folder=tmp_path).eqprop
        given = section.given(tmp_path)
        assert (given.hash, given.epochs, given.estimator) == (trained.hash, (), "")
    for keys, message in (
        (
            {"network": {"connections": [{"kind": "dense", "units": 17}, UNITS[1]]}},
            r"link1.weight has shape \(16, 64\)",
        ),
        ({"network": {"activation": "sigmoid"}}, "activations, pooling, loss, dynamics or normalisation differ"),
        ({"network": {"connections": UNITS[:1]}}, "digits has 10 classes, the network 16"),
    ):
        (section,) = study(changed(file="ep.safetensors", **keys), folder=tmp_path).eqprop
        with pytest.raises(NetworkError, match=message):
            section.given(tmp_path)
    (section,) = study(changed(file="none.safetensors"), folder=tmp_path).eqprop
    with pytest.raises(InputError, match=r"none\.safetensors cannot be read"):
        section.given(tmp_path)


@pytest.mark.parametrize(("keys", "message"), [
    ({"preset": "p_4h"}, r"eqprop\[0\]\.preset: unknown preset; known: b_1h, .*, or your own file NAME\.toml"),
    ({"preset": "none.toml"}, r"eqprop\[0\]\.preset: no file "),
    ({"weights": "real", "cells": ["ternary_2t2r"]}, r"eqprop\[0\]\.cells: no cell stores real weights"),
    ({"weights": "quaternary"}, r"eqprop\[0\]\.weights: .*'binary', 'ternary' or 'real'"),
    ({"cells": ["a", "a"]}, r"eqprop\[0\]\.cells: a cell is named more than once"),
    ({"cells": ["binary_2t2r"]}, r"eqprop\[0\]\.cells: does not store ternary weights"),
    ({"dataset": "digit"}, r"eqprop\[0\]\.dataset: unknown data set 'digit'"),
    ({"phases": {"beta": 0}}, r"eqprop\[0\]\.phases\.beta: a network that is not nudged learns nothing"),
    ({"network": {"loss": "none"}}, r"eqprop\[0\]\.network\.loss: unknown loss 'none'"),
    ({"training": {"estimator": "ep"}}, r"eqprop\[0\]\.training\.estimator: unknown estimator 'ep'"),
    ({"training": {"epoch": 1}}, r"eqprop\[0\]\.training\.epoch: unknown key; did you mean 'epochs'"),
    ({"file": "net.pt"}, r"eqprop\[0\]\.file: .*NAME\.safetensors"),
    ({"file": "net.safetensors", "seed": 1}, "seed is for training, but file gives a network"),
])  # fmt: skip
def test_what_cannot_be_is_told_with_its_key(keys, message):
    with pytest.raises(StudyError, match=message):
        study(changed(**keys))


def test_a_network_without_a_preset_says_all_itself():
    with pytest.raises(StudyError) as told:
        study({"name": "ep", "dataset": "digits"})
    assert {problem.key for problem in told.value.problems} >= {
        "eqprop[0].network.connections", "eqprop[0].phases.free_steps", "eqprop[0].phases.beta",
    }  # fmt: skip
    full = SECTION | {"network": {**SECTION["network"], "activation": "tanh", "loss": "mse"}}
    full |= {"phases": {"free_steps": 5, "nudged_steps": 3, "beta": 0.1}}
    without = {key: value for key, value in full.items() if key not in ("preset", "training")}
    with pytest.raises(StudyError, match="training is required: how it learns, or file"):
        study(without)
    study(without | {"training": {"estimator": "bptt", "rates": [0.1, 0.1], "epochs": 1, "batch": 20}})


def test_names_are_used_once_whatever_the_network(tmp_path):
    with pytest.raises(StudyError, match=r"eqprop\[0\]\.name: is used twice"):
        study(SECTION, network=[{"name": "ep"}])


def test_a_file_of_ones_own_is_a_preset_and_the_kept_copy_needs_it_no_more(tmp_path):
    (tmp_path / "own.toml").write_text('name = "own"\npreset = "p_1h"\ndataset = "digits"\n[phases]\nfree_steps = 7\n')
    found = study(changed(preset="own.toml", phases={"schedule": "even_odd"}) | {"phases": {}}, folder=tmp_path)
    assert found.eqprop[0].phases["free_steps"] == 7
    kept = found.resolved()
    assert "preset" not in kept["eqprop"][0]
    (tmp_path / "own.toml").unlink()
    again = build_study(name="s", **{key: value for key, value in kept.items() if key != "study"})
    assert again.identity == found.identity
    assert again.eqprop[0].eqprop_file == found.eqprop[0].eqprop_file


def ber_frame(rate=0.05):
    rows = [
        {"cell": "ternary_2t2r", "process": "TT", "vdd_v": 1.2, "temperature_c": 27.0, "t_sense_s": 5e-8,
         "programmed": one, "read": read, "error_type": kind.symbol, "probability": rate, "ci_low": rate / 2,
         "ci_high": 2 * rate, "estimator": "monte_carlo", "simulations": 10, "failed": 0, "task_id": "",
         "mirrored": False}
        for one in ("+1", "0", "-1") for read in ("+1", "0", "-1")
        if (kind := WeightKind.TERNARY.alphabet.error(one, read))
    ]  # fmt: skip
    return BER.frame(rows)


def run_table(found, networks, tmp_path, rate=0.05):
    errors = Errors(ber=ber_frame(rate), causes=None, rows=32)
    injection = found.injection.model_copy(update={"modes": ("static",), "repeats": 3})
    steps = deployment_steps(networks, errors, injection, cells=found.network_cells, seed=0)
    folder = RunFolder(tmp_path)
    folder.prepare()
    with ThreadPoolExecutor(1) as pool:
        accuracies = Runs(pool, folder).results(step.case.task for step in steps)
        rests = Runs(pool, folder).results(step.settling for step in steps)
    return deployed_table(steps, accuracies, rests)


def test_the_table_has_each_stage_with_its_interval(trained, tmp_path, caplog):
    table = run_table(study(), [trained], tmp_path)
    assert list(table["stage"]) == ["learnt", "stored", "corner"]
    assert list(table["weights"]) == ["real", "ternary", "ternary"]
    assert set(table["estimator"]) == {"one_sided"}
    learnt, stored, corner = table.to_dict("records")
    for row, network in ((learnt, trained.real), (stored, trained)):
        split = load_dataset("digits").test
        assert row["accuracy"] == (network.engine().classes(split.images) == split.labels).mean()
    assert learnt["set_low"] < learnt["accuracy"] < learnt["set_high"]
    assert corner["ci_low"] < corner["accuracy"] < corner["ci_high"]
    assert (corner["repeats"], corner["cell"], corner["process"]) == (3, "ternary_2t2r", "TT")
    assert corner["rate"] == pytest.approx(0.1)
    path = tmp_path / DEPLOYED.file
    path.write_text(DEPLOYED.text(table))
    assert list(DEPLOYED.read(path)["accuracy"]) == list(table["accuracy"])
    path.write_text(path.read_text().replace("corner", "stored"))
    with pytest.raises(TableError):
        DEPLOYED.read(path)
    assert "does not come to rest" not in caplog.text
    learning = learning_table([trained])
    assert list(learning["epoch"]) == [1, 2]
    assert list(learning["free_residual"]) == [epoch.free_residual for epoch in trained.epochs]


def test_a_network_that_does_not_come_to_rest_is_told(tmp_path, caplog):
    """Two layers that inhibit each other and move at once are both on, both off, and so on for ever."""
    values = {"link1.weight": 0.0, "link1.bias": 2.0, "link2.weight": -50.0, "link2.bias": 2.0}
    network = drawn(phases={"schedule": "synchronous"})
    learnt = {name: np.full_like(network.learnt[name], value) for name, value in values.items()}
    large = replace(network, learnt=learnt)
    with caplog.at_level(logging.WARNING):
        table = run_table(study(), [large], tmp_path)
    assert table["residual"].min() > 0.5
    assert (table["restless"] == 1).all()
    for where in (
        "with the weights that it learnt",
        "with stored weights",
        "under the errors of ternary_2t2r at tt_27c",
    ):
        assert f"network 'ep' does not come to rest {where}" in caplog.text


def test_a_network_that_diverges_with_stored_weights_is_an_error_and_no_number():
    network = drawn(network={"activation": "linear", "connections": UNITS})
    large = replace(network, learnt={name: 50 * value for name, value in network.learnt.items()})
    task = SettlingTask(network=large, data_hash=load_dataset("digits").hash, faults=Faultless(), seed=0)
    with pytest.raises(NetworkError, match="network 'ep' with ternary weights: the relaxation diverges"):
        task.run((), None)
    accuracies = AccuracyTask(network=large, data_hash=task.data_hash, faults=Faultless(), repeats=1, seed=0)
    with pytest.raises(NetworkError, match="the relaxation diverges"):
        accuracies.run((), None)


def test_rest_is_that_of_the_first_chip_and_comes_back():
    network, dataset = drawn(phases={"free_steps": 3}), load_dataset("digits")
    faults = StaticFaults(ReadErrorRates.of_type(WeightKind.TERNARY, ErrorType.SIGN, 0.2))
    task = SettlingTask(network=network, data_hash=dataset.hash, faults=faults, seed=4)
    rest = task.run((), None)
    misreads = faults.chip(network.weights, np.random.default_rng([4, 0]))()
    every = [
        network.engine().settled(dataset.test.images[start : start + 64], misreads)[1].residuals
        for start in range(0, len(dataset.test), 64)
    ]
    assert rest.residuals == tuple(np.max(every, axis=0))
    assert rest.steps == 3
    assert task.from_json(json.loads(json.dumps(task.to_json(rest)))) == rest
    with pytest.raises(ValueError, match="impossible rest"):
        Rest(residuals=(-1.0,), restless=0, steps=1)


def test_networks_of_both_sorts_are_trained_together(tmp_path):
    found = study(network=[{"name": "n", "settings": {"hidden": [8]}, "epochs": 1}])
    folder = RunFolder(tmp_path)
    folder.prepare()
    with ThreadPoolExecutor(1) as pool:
        networks = train_networks(found.networks, Runs(pool, folder), seed=1, folder=tmp_path)
    assert list(networks) == ["n", "ep"]
    assert [type(network).__name__ for network in networks.values()] == ["StoredNetwork", "DeployedNetwork"]
    keep_networks(tmp_path, networks.values(), {})
    with ThreadPoolExecutor(1) as pool:
        runs = Runs(pool, None)
        again = train_networks(found.networks, runs, seed=1, folder=tmp_path, kept=tmp_path)
    assert runs.planned == 0
    assert [one.hash for one in again.values()] == [one.hash for one in networks.values()]


def test_images_reach_an_array_as_they_reach_a_training():
    """Each channel on its own scale, then normalised: a network that saw other images would be wrong in silence."""
    images = np.random.default_rng(1).random((12, 2, 4, 4), dtype=np.float32) * [[[[3.0]], [[7.0]]]] - 1
    part = Split(images=images.astype(np.float32), labels=np.arange(12) % 4)
    data = Dataset(name="coloured", classes=4, train=part, validation=part, test=part)
    normal = Normalisation(mean=(0.5, 0.2), std=(0.3, 2.0))
    network = chain((2, 4, 4), [Dense(6), Dense(4)], activation="tanh", loss=MeanSquare(), normalisation=normal)
    drawn = draw_parameters(network, torch.Generator().manual_seed(2))
    found = DeployedNetwork(
        name="net", dataset="coloured", input_shape=data.shape, network=network, free=Stop(steps=12),
        schedule=Synchronous(), learnt={name: value.numpy() for name, value in drawn.items()},
        scale=Scale.of(data), kind=None,
    )  # fmt: skip
    machine = Machine(network, drawn, unit_images(data, data.test, network).inputs, schedule=Synchronous())
    settle(machine, Stop(steps=12))
    np.testing.assert_array_equal(found.engine().scores(data.test.images), machine.state()[-1].numpy())


FLIPS = {"kind": "flips", "weights": "binary", "gammas": [1e-2, 1e-2], "thresholds": [1e-7, 1e-7]}


def test_a_network_that_learns_with_symbols_is_stored_as_it_learns():
    """Another cell has errors of other types, and rates of its own."""
    asked = {key: value for key, value in changed(training={"optimiser": FLIPS}).items() if key != "weights"}
    assert study(asked).eqprop[0].kind is WeightKind.BINARY
    assert study(asked | {"weights": "real"}).eqprop[0].kind is None
    with pytest.raises(StudyError, match="weights: the network learns binary ones, and is stored so"):
        study(asked | {"weights": "ternary"})


@pytest.mark.parametrize(("training", "message"), [
    ({"precision": "float64"}, "training.precision: networks of a study settle in float32"),
    ({"optimiser": FLIPS, "reads": {"kind": "static", "errors": {"1": 0.01}}}, '"static" errors are of one chip'),
])  # fmt: skip
def test_what_would_be_measured_otherwise_than_it_learnt_is_refused(training, message):
    with pytest.raises(StudyError, match=message):
        study({key: value for key, value in changed(training=training).items() if key != "weights"})


def test_the_seed_of_a_file_counts_as_its_other_keys_do(tmp_path):
    (tmp_path / "own.toml").write_text('name = "own"\npreset = "p_1h"\ndataset = "digits"\nseed = 7\n')
    text = '[study]\nname = "s"\n\n[[eqprop]]\nname = "ep"\npreset = "own.toml"\n\n[injection]\nladder = [0.1]\n'
    (tmp_path / "study.toml").write_text(text)
    (section,) = load_study(tmp_path / "study.toml").eqprop
    assert section.training_task("data", seed=1, ber=None).seed == 7


def test_a_kept_file_that_was_changed_or_learnt_other_images_is_refused(trained, tmp_path):
    path = tmp_path / "net.safetensors"
    asked = {key: value for key, value in changed(file=str(path)).items() if key != "seed"}
    path.write_bytes(trained.content())
    section = study(asked).eqprop[0]
    assert section.given(tmp_path).learnt.keys() == trained.learnt.keys()
    arrays, about = load_tensors_about(trained.content(), KEY)
    path.write_bytes(
        save_tensors({name: value / 2 for name, value in arrays.items()}, metadata={KEY: canonical_json(about)})
    )
    with pytest.raises(NetworkError, match="was changed since it was written: its checksum is wrong"):
        section.given(tmp_path)
    path.write_bytes(replace(trained, scale=Scale(lowest=(0.0,), highest=(1.0,))).content())
    with pytest.raises(NetworkError, match="has learnt from other images: lowest is"):
        section.given(tmp_path)
