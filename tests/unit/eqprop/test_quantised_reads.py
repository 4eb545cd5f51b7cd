"""Weights that are misread while a network learns: which, when, how often, and what is made of it."""

from dataclasses import replace

import numpy as np
import pytest
import tomli_w

from rramsim.data.catalog import load_dataset
from rramsim.eqprop.estimators.asymmetric import Asymmetric
from rramsim.eqprop.estimators.bptt import Bptt
from rramsim.eqprop.estimators.one_sided import OneSided
from rramsim.eqprop.estimators.phases import Run
from rramsim.eqprop.estimators.random_sign import RandomSign
from rramsim.eqprop.estimators.symmetric import Symmetric
from rramsim.eqprop.losses.softmax_readout import SoftmaxReadout
from rramsim.eqprop.problem import Problem
from rramsim.eqprop.reads.each_batch import EachBatch
from rramsim.eqprop.reads.each_phase import EachPhase
from rramsim.eqprop.reads.right import Right
from rramsim.eqprop.reads.static import StaticReads
from rramsim.eqprop.settings import load_file
from rramsim.eqprop.stored import quantised, stored_weight
from rramsim.eqprop.trainers.images import unit_images
from rramsim.eqprop.trainers.sgd import Sgd
from rramsim.eqprop.trainers.train import count_correct, reader, train
from rramsim.errors import InputError, StudyError
from rramsim.torch_backend import torch
from rramsim.weights import ErrorType, WeightKind
from tests.unit.eqprop.problems import convolutional, dense, phases, problem
from tests.unit.eqprop.test_quantised import flips, recipe, straight
from tests.unit.eqprop.test_training import some

BINARY, TERNARY = WeightKind
DIGITS = load_dataset("digits")
SIGN, TO_ZERO, FROM_ZERO = ErrorType.SIGN, ErrorType.TO_ZERO, ErrorType.FROM_ZERO
MISREADING = [EachBatch, EachPhase, StaticReads]


def one_weight(kind, count=20000, seed=3):
    """A parameter of so many stored weights, and what gives its symbols."""
    weight = torch.randn(count, generator=torch.Generator().manual_seed(seed))
    stored = stored_weight(weight, kind)
    return {"a.weight": stored.values(), "a.bias": torch.ones(3)}, lambda: {"a.weight": stored}


def wrong(read, parameters):
    return read["a.weight"] != parameters["a.weight"]


@pytest.mark.parametrize("kind", MISREADING, ids=lambda kind: kind.name)
def test_as_many_weights_are_misread_as_the_rates_say(kind):
    parameters, stored = one_weight(TERNARY)
    reads = kind(errors={SIGN: 0.02, TO_ZERO: 0.05, FROM_ZERO: 0.1})
    found = reads.batch(parameters, stored, reads.begin(1)).parameters
    assert torch.equal(found["a.bias"], parameters["a.bias"])
    before, after = (value["a.weight"].sign() for value in (parameters, found))
    for among, chosen, rate in (
        (before != 0, after == -before, 0.02), (before != 0, after == 0, 0.05),
        (before == 0, after == 1, 0.05), (before == 0, after == -1, 0.05),
    ):  # fmt: skip
        spread = (rate * (1 - rate) / int(among.sum())) ** 0.5
        assert float((among & chosen).sum() / among.sum()) == pytest.approx(rate, abs=4 * spread)
    scale = stored()["a.weight"].scale
    assert set(found["a.weight"].unique().tolist()) == {-scale, 0.0, scale}


def test_each_way_of_reading_draws_when_it_says():
    parameters, stored = one_weight(BINARY)
    errors = {SIGN: 0.05}
    static, batch, phase = (kind(errors=errors) for kind in (StaticReads, EachBatch, EachPhase))
    same = []
    for reads in (static, batch, phase):
        memory = reads.begin(7)
        first, second = (reads.batch(parameters, stored, memory) for _ in range(2))
        again = [second.reread(second.parameters) for _ in range(2)]
        masks = [wrong(read, parameters) for read in (first.parameters, second.parameters, *again)]
        assert all(0.03 < float(mask.float().mean()) < 0.07 for mask in masks)
        same.append([torch.equal(masks[i], masks[i + 1]) for i in range(3)])
    assert same == [[True, True, True], [False, True, True], [False, False, False]]


def test_a_chip_misreads_the_same_cells_whatever_they_store_and_more_of_them_at_a_higher_rate():
    parameters, stored = one_weight(BINARY)
    others, of_others = one_weight(BINARY, seed=4)
    low, high = (StaticReads(errors={SIGN: rate}) for rate in (0.01, 0.05))
    mask = wrong(high.batch(parameters, stored, high.begin(7)).parameters, parameters)
    assert torch.equal(mask, wrong(high.batch(others, of_others, high.begin(7)).parameters, others))
    fewer = wrong(low.batch(parameters, stored, low.begin(7)).parameters, parameters)
    assert bool((mask | ~fewer).all())
    assert int(fewer.sum()) < int(mask.sum())
    other_chip = wrong(high.batch(parameters, stored, high.begin(8)).parameters, parameters)
    assert not torch.equal(mask, other_chip)


@pytest.mark.parametrize("kind", MISREADING, ids=lambda kind: kind.name)
@pytest.mark.parametrize("errors", [{}, {SIGN: 0.0}], ids=["none", "zero"])
def test_without_errors_it_is_the_same_training_bit_for_bit(kind, errors):
    asked, data = recipe(flips(), epochs=2, estimator=RandomSign()), some(120)
    plain = train(asked, data, seed=2)
    read = train(replace(asked, reads=kind(errors=errors)), data, seed=2)
    assert read.history == plain.history
    assert all(torch.equal(value, plain.parameters[name]) for name, value in read.parameters.items())
    assert torch.equal(read.generator.get_state(), plain.generator.get_state())


@pytest.mark.parametrize("kind", MISREADING, ids=lambda kind: kind.name)
@pytest.mark.parametrize("optimiser", [flips(), straight(TERNARY)], ids=["flips", "straight_through"])
def test_a_training_with_errors_goes_on_as_if_it_had_not_been_killed(kind, optimiser, tmp_path):
    asked, data = recipe(optimiser, epochs=3, reads=kind(errors={SIGN: 0.03})), some(120)
    whole = train(asked, data, seed=2)
    path = tmp_path / "training.safetensors"
    train(replace(asked, epochs=1), data, seed=2, state=path)
    again = train(asked, data, seed=2, state=path)
    assert again.history == whole.history
    assert all(torch.equal(value, whole.parameters[name]) for name, value in again.parameters.items())
    assert all(torch.equal(value, whole.memory[name]) for name, value in again.memory.items())
    right = train(replace(asked, reads=Right()), data, seed=2)
    assert not all(torch.equal(value, whole.parameters[name]) for name, value in right.parameters.items())


@pytest.mark.parametrize("network", [dense(loss=SoftmaxReadout(3)), convolutional()], ids=["dense", "convolutional"])
def test_each_phase_settles_with_the_weights_that_it_reads(network):
    """Free and nudged states are those of networks that have these weights from the beginning."""
    plain = problem(network)
    others = [problem(network, seed=seed).parameters for seed in (5, 6)]
    left = iter(others)
    how = phases(beta=0.2)
    parts = {"network": network, "inputs": plain.inputs, "targets": plain.targets}
    run = Run(Problem(parameters=plain.parameters, reread=lambda _: next(left), **parts), how)
    free = run.settle_free()
    for strength, parameters in zip((0.2, -0.2), others, strict=True):
        alone = Run(Problem(parameters=parameters, **parts), how)
        for one, other in zip(run.settle_nudged(free, strength), alone.settle_nudged(free, strength), strict=True):
            assert torch.equal(one, other)
    assert run.parameters is others[1]
    for one, other in zip(free, Run(plain, how).settle_free(), strict=True):
        assert torch.equal(one, other)


def test_a_network_learns_around_the_faults_of_its_chip():
    """It is better on its own chip than one that learnt without errors: 21, 0 and 35 points of 100 by seed."""
    reads = StaticReads(errors={SIGN: 0.1})
    gained = []
    for seed in (1, 2, 3):
        asked = recipe(flips(), epochs=5)
        images = unit_images(DIGITS, DIGITS.validation, asked.network)
        plain = train(asked, DIGITS, seed=seed)
        put = reader(replace(asked, reads=reads), replace_memory(plain, reads.begin(seed)))
        without = count_correct(
            asked.network, plain.parameters, images, asked.phases, read=lambda _, put=put: put().parameters
        )
        own = train(replace(asked, reads=reads), DIGITS, seed=seed).history[-1]
        gained.append((own.correct - without) / own.images)
    assert min(gained) > -0.03
    assert np.mean(gained) > 0.08


def replace_memory(progress, more):
    return replace(progress, memory=progress.memory | more)


@pytest.mark.parametrize(
    ("reads", "optimiser", "estimator", "message"),
    [
        (StaticReads(errors={SIGN: 0.1}), Sgd(), Symmetric(), "real weights are in no array, which could misread them"),
        (EachBatch(errors={TO_ZERO: 0.1}), flips(), Symmetric(), r"binary weights make no error of type 2; .* 1, \?"),
        (
            StaticReads(errors={SIGN: 0.6, TO_ZERO: 0.6}), flips(TERNARY), Symmetric(),
            "misreading .1 add up to 1.2, more than 1",
        ),
        (EachPhase(errors={SIGN: 0.1}), flips(), Bptt(), "the estimator 'bptt' cannot read weights anew in each phase"),
        (EachPhase(errors={SIGN: 0.1}), flips(), RandomSign(of=Asymmetric()), "'random_sign' cannot read weights anew"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(reads, optimiser, estimator, message):
    with pytest.raises(InputError, match=message):
        recipe(optimiser, reads=reads, estimator=estimator)
    fitting = {"errors": {SIGN: 0.1}}
    recipe(flips(), reads=EachPhase(**fitting), estimator=RandomSign(of=OneSided()))
    recipe(flips(), reads=StaticReads(**fitting), estimator=Bptt())


def test_a_rate_is_a_probability():
    with pytest.raises(InputError, match="errors of type 1 have a probability between 0 and 1"):
        StaticReads(errors={SIGN: 1.5})


def file_of(tmp_path, **training):
    table = {"optimiser": {"kind": "flips", "gammas": [1e-3, 1e-4], "thresholds": [3e-5, 1e-5]}} | training
    path = tmp_path / "file.toml"
    path.write_text(tomli_w.dumps({"name": "own", "preset": "p_1h", "dataset": "digits", "training": table}))
    return path


def test_a_file_says_how_weights_are_stored_and_read(tmp_path):
    reads = {"kind": "read", "errors": {"1": 0.01, "?": 0.02}}
    file = load_file(file_of(tmp_path, reads=reads, images=500))
    asked = file.recipe(file.load_data())
    assert asked.reads == EachPhase(errors={SIGN: 0.01, ErrorType.UNRESOLVED: 0.02})
    assert asked.optimiser == flips(thresholds=(3e-5, 1e-5))
    assert asked.images == 500


@pytest.mark.parametrize(
    ("training", "message"),
    [
        ({"reads": {"kind": "reed"}}, "training.reads: unknown reads 'reed'"),
        ({"reads": {"kind": "read", "errors": {"2": 0.1}}}, "training.reads: binary weights make no error of type 2"),
        ({"reads": {"kind": "read", "errors": {"4": 0.1}}}, "training.reads.errors"),
        ({"reads": {"kind": "read", "errors": {"1": "much"}}}, "training.reads.errors"),
        ({"reads": {"kind": "static"}, "optimiser": "sgd"}, "training.reads: real weights are in no array"),
        ({"estimator": "continual"}, "training.optimiser: the estimator 'continual' changes real weights"),
        ({"optimiser": {"kind": "flips", "weights": "octal", "gammas": [1], "thresholds": [1]}}, "training.optimiser"),
        ({"optimiser": "flips"}, "training.optimiser.gammas"),
        ({"images": 0}, "training.images"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_its_key(training, message, tmp_path):
    with pytest.raises(StudyError) as caught:
        load_file(file_of(tmp_path, **training))
    assert message in str(caught.value)


def test_quantised_parameters_keep_their_biases():
    given = problem(convolutional()).parameters
    found = quantised(given, BINARY)
    for name, value in given.items():
        if name.endswith("bias"):
            assert torch.equal(found[name], value)
        else:
            assert torch.equal(found[name], stored_weight(value, BINARY).values(value.dtype))
            assert len(found[name].unique()) == 2


def test_phases_that_read_weights_of_their_own_are_not_joined():
    """In one batch both would see the same weights, in silence."""
    asked = recipe(flips(), estimator=Symmetric(), reads=EachPhase(errors={SIGN: 0.1}), epochs=1)
    joined = replace(asked.phases, together=True)
    with pytest.raises(InputError, match=r"joins two nudged phases that see the same weights: .*got symmetric, read"):
        replace(asked, phases=joined)
    with pytest.raises(InputError, match=r"phases.together .*got one_sided, right"):
        recipe(flips(), estimator=OneSided(), phases=joined)
    found, apart = (recipe(flips(), estimator=Symmetric(), phases=one) for one in (joined, asked.phases))
    found, apart = (train(replace(one, epochs=1), some(60), seed=1).parameters for one in (found, apart))
    assert all(torch.allclose(found[name], apart[name]) for name in found)
