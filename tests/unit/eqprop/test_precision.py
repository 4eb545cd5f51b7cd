"""Estimates and trainings in double, single and half precision."""

from dataclasses import replace

import pytest

from rramsim.eqprop.estimators.bptt import Bptt
from rramsim.eqprop.estimators.continual import Continual
from rramsim.eqprop.estimators.one_sided import OneSided
from rramsim.eqprop.estimators.symmetric import Symmetric
from rramsim.eqprop.losses.mean_square import MeanSquare
from rramsim.eqprop.pooling.maximum import MaxPool
from rramsim.eqprop.relaxation.catalog import SCHEDULES
from rramsim.eqprop.trainers.images import unit_images
from rramsim.eqprop.trainers.progress import load_progress
from rramsim.eqprop.trainers.train import count_correct, train
from rramsim.errors import InputError
from rramsim.torch_backend import torch
from tests.unit.eqprop.problems import convolutional, dense, flat, phases, problem
from tests.unit.eqprop.test_training import DIGITS, recipe

# Cosine to double precision at a strong nudge, of states of 24 and of 8 bits.
LEAST = {"float64": 1 - 1e-12, "float32": 1 - 1e-6, "bfloat16": 0.98}


def cosine(found, exact):
    first, second = flat(found).double(), flat(exact)
    return float(first @ second / (first.norm() * second.norm()))


@pytest.mark.parametrize("precision", LEAST)
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("network", [dense(), convolutional(loss=MeanSquare())], ids=["dense", "average"])
@pytest.mark.parametrize("estimator", [OneSided(), Symmetric(), Continual(rates=1e-6)], ids=lambda kind: kind.name)
def test_estimates_of_every_precision_are_that_of_doubles(network, estimator, schedule, precision):
    asked, settings = problem(network), phases(30, 12, 1.0, schedule=SCHEDULES[schedule])
    exact = estimator.estimate(asked, settings).gradients
    dtype = getattr(torch, precision)
    kept = torch.float64 if precision == "float64" else torch.float32
    lower = replace(
        asked, parameters={name: value.to(kept) for name, value in asked.parameters.items()},
        inputs=asked.inputs.to(kept), dtype=dtype,
    )  # fmt: skip
    found = estimator.estimate(lower, settings)
    assert {value.dtype for value in found.gradients.values()} == {kept}
    assert {value.dtype for value in found.free} == {dtype}
    assert cosine(found.gradients, exact) >= LEAST[precision]
    assert max(found.settled[0].residuals) < (1e-2 if precision == "bfloat16" else 1e-4)


@pytest.mark.parametrize("precision", LEAST)
def test_digits_are_learnt_in_every_precision(precision, tmp_path):
    asked = recipe(precision=precision, phases=phases(20, 8, 1.0), epochs=3)
    state = tmp_path / "state"
    found = train(asked, DIGITS, seed=1, state=state)
    kept = torch.float64 if precision == "float64" else torch.float32
    assert {value.dtype for value in found.parameters.values()} == {kept}
    assert found.history[-1].correct / found.history[-1].images > 0.75
    again = load_progress(state, asked, 1, data=DIGITS.hash)
    assert {value.dtype for value in again.parameters.values()} == {kept}
    images = unit_images(DIGITS, DIGITS.validation, asked.network)
    right = count_correct(asked.network, again.parameters, images, asked.phases, dtype=asked.states)
    assert right == found.history[-1].correct


@pytest.mark.parametrize("precision", LEAST)
def test_trainings_of_convolutions_and_by_backpropagation_run_in_every_precision(precision):
    network = convolutional(pool=MaxPool)
    asked = problem(network, batch=3, dtype=torch.float32)
    lower = replace(asked, dtype=getattr(torch, precision))
    found = Bptt().estimate(lower, phases(8, 4, 0.5))
    assert all(bool(torch.isfinite(value).all()) for value in found.gradients.values())
    assert {value.dtype for value in found.gradients.values()} == {torch.float32}


def test_other_precisions_are_refused():
    with pytest.raises(InputError, match=r"precision is one of float32, float64, bfloat16 \(got 'float16'\)"):
        recipe(precision="float16")
