"""Ways of making steps: the same states from each, what a graphics processor will meet, and both sides together."""

import shutil
from dataclasses import replace

import pytest

from rramsim.eqprop.dynamics.real_time import RealTime
from rramsim.eqprop.estimators.continual import Continual
from rramsim.eqprop.estimators.symmetric import Symmetric
from rramsim.eqprop.losses.cross_entropy import CrossEntropy
from rramsim.eqprop.losses.mean_square import MeanSquare
from rramsim.eqprop.network import Network
from rramsim.eqprop.pooling.maximum import MaxPool
from rramsim.eqprop.pooling.softmax import SoftmaxPool
from rramsim.eqprop.relaxation.catalog import SCHEDULES
from rramsim.eqprop.relaxation.machine import Machine
from rramsim.eqprop.relaxation.settle import settle
from rramsim.eqprop.relaxation.stop import Stop
from rramsim.eqprop.steppers.catalog import STEPPERS
from rramsim.eqprop.steppers.compiled import Compiled
from rramsim.eqprop.steppers.eager import Eager
from rramsim.eqprop.steppers.graph import Graph
from rramsim.eqprop.wiring import contrasts, wires
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch
from tests.unit.eqprop.problems import convolutional, dense, phases, problem, random_state

TRACED = Compiled("eager")  # one graph of the whole step, which torch then runs call by call: no compiler is needed
NETWORKS = {"dense": dense(), "max": convolutional(pool=MaxPool), "output units": convolutional(loss=MeanSquare())}
WITH_CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


def near(found, exact, tolerance=1e-12):
    for name, wanted in exact.items():
        torch.testing.assert_close(found[name].cpu(), wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_compiled_step_moves_the_states_as_a_step_does(name, schedule):
    """Of several machines, nudges and weights: nothing of the first one is kept in what was compiled for it."""
    asked = problem(NETWORKS[name])
    for scale in (1.0, 0.5):
        for value in asked.parameters.values():
            value.mul_(scale)
        rests = []
        for stepper in (Eager(), TRACED):
            way = Machine(asked.network, asked.parameters, asked.inputs, schedule=SCHEDULES[schedule])
            way.load(random_state(asked.network, asked.size))
            for target, beta in ((None, 0.0), (asked.targets, 0.3), (asked.targets, -0.2)):
                way.nudge(target, beta)
                found = settle(way, Stop(steps=4), stepper=stepper)
                rests.append((way.state(), found.residuals))
        for (states, residuals), (others, told) in zip(rests[:3], rests[3:], strict=True):
            for first, second in zip(states, others, strict=True):
                torch.testing.assert_close(first, second, rtol=0, atol=1e-13)
            assert residuals == pytest.approx(told, abs=1e-13)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's, of its own
@pytest.mark.skipif(shutil.which("g++") is None, reason="needs a compiler of C++")
def test_an_estimate_of_compiled_kernels_is_that_of_torchs():
    asked, settings = problem(NETWORKS["max"]), phases(12, 6, 0.2)
    exact = Symmetric().estimate(asked, settings)
    found = Symmetric().estimate(asked, replace(settings, stepper=Compiled()))
    near(found.gradients, exact.gradients, 1e-10)


def test_machines_of_one_kind_share_what_was_compiled():
    asked = problem(dense(units=(11, 5)))
    settings = phases(6, 4, 0.2, stepper=Compiled("eager"))
    Symmetric().estimate(asked, settings)
    other = problem(dense(units=(11, 5)), seed=3)
    with torch.compiler.set_stance("fail_on_recompile"):
        found = Symmetric().estimate(other, settings).gradients
        with pytest.raises(RuntimeError, match="compil"):  # of another size
            Symmetric().estimate(problem(dense(units=(11, 5)), batch=9), settings)
    near(found, Symmetric().estimate(other, replace(settings, stepper=Eager())).gradients)


def test_a_backend_that_torch_does_not_have_is_refused():
    asked = problem(dense())
    with pytest.raises(NetworkError, match=r"torch compiles by .*inductor.* \(got 'induction'\)"):
        Symmetric().estimate(asked, phases(stepper=Compiled("induction")))


def test_a_recording_is_for_cuda_only():
    assert list(STEPPERS) == ["compiled", "eager", "graph"]
    graph = Graph()
    for device in ("cuda", "cuda:1"):
        graph.check(device)
    with pytest.raises(NetworkError, match=r"stepper 'graph' records on CUDA devices only \(got 'cpu'\); 'eager' runs"):
        graph.check("cpu")
    asked = problem(dense())
    with pytest.raises(NetworkError, match="records on CUDA devices only"):
        Symmetric().estimate(asked, phases(stepper=graph))
    with pytest.raises(NetworkError, match="a block has at least 1 step"):
        Graph(block=0)


class NothingFetched(torch.overrides.TorchFunctionMode):
    """Refuses what waits for a device: a value that Python asks for, a tensor that goes elsewhere."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def __torch_function__(self, function, types, arguments=(), settings=None):
        name = getattr(function, "__name__", str(function))
        fetching = {"item", "tolist", "__bool__", "__float__", "__int__", "__index__", "nonzero", "to", "cpu", "numpy"}
        assert name not in fetching, name
        found = function(*arguments, **settings or {})
        self.calls.append(name)
        devices = {
            value.device.type for value in (*arguments, found) if isinstance(value, torch.Tensor) and value.dim()
        }
        assert devices <= {"meta"}, (name, devices)
        return found


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("network", [*NETWORKS.values(), convolutional(pool=SoftmaxPool), dense(dynamics=RealTime())])
def test_dry_run_of_a_block_of_steps_on_another_device(network: Network, schedule):
    """torch's meta device works out shapes and refuses to meet tensors of the processor; values it has none to fetch.

    All that is looked at of a phase (residuals) and made of it (products of states) runs there too, up to the point
    where numbers are taken from the device.
    """
    asked = problem(network, dtype=torch.float32)
    there = {name: value.to("meta") for name, value in asked.parameters.items()}
    with torch.no_grad():
        way = Machine(network, there, asked.inputs, schedule=SCHEDULES[schedule])
        way.nudge(asked.targets, 0.2)
        before = [value.data_ptr() for value in way.present()], [id(value) for value in way.present()]
        blocks = []
        for _ in range(3):
            way.forget()
            with NothingFetched() as watch:
                for _ in range(4):
                    way.step()
            blocks.append(watch.calls)
        assert blocks[0] == blocks[1] == blocks[2]  # a recording holds for every block
        assert len(blocks[0]) > 4 * network.layers
        after = [value.data_ptr() for value in way.present()], [id(value) for value in way.present()]
        assert before == after  # states stay where a recording has them
        rates = tuple(way.rates)
        gradients = contrasts(wires(network, there), rates, rates, rates)
    assert {value.device.type for value in gradients.values()} == {"meta"}
    assert {name: value.shape for name, value in gradients.items()} == {
        name: asked.parameters[name].shape for name in gradients
    }


@WITH_CUDA
@pytest.mark.parametrize("stepper", [Eager(), Graph(block=4), Compiled()], ids=lambda kind: kind.name)
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("name", NETWORKS)
def test_estimates_on_cuda_are_those_of_the_processor(name, schedule, stepper):
    asked = problem(NETWORKS[name])
    settings = phases(30, 10, 0.2, schedule=SCHEDULES[schedule])
    exact = Symmetric().estimate(asked, settings).gradients
    there = replace(asked, parameters={name: value.cuda() for name, value in asked.parameters.items()})
    for together in (False, True):
        found = Symmetric().estimate(there, replace(settings, stepper=stepper, together=together))
        assert all(value.is_cuda for value in found.gradients.values())
        near(found.gradients, exact, 1e-8)


@pytest.mark.parametrize(
    "network",
    [*NETWORKS.values(), dense(dynamics=RealTime(dt=0.3)), dense("linear", loss=CrossEntropy())],
)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_both_sides_together_are_both_sides(network, schedule):
    asked, settings = problem(network, scale=0.8), phases(40, 12, 0.2, schedule=SCHEDULES[schedule])
    apart = Symmetric().estimate(asked, settings)
    together = Symmetric().estimate(asked, replace(settings, together=True))
    near(together.gradients, apart.gradients, 1e-11)
    assert len(together.settled) == 3
    assert together.settled[1] == together.settled[2]
    for number, residual in enumerate(together.settled[1].residuals):
        sides = [how.residuals[number] for how in apart.settled[1:]]
        assert residual == pytest.approx(max(sides), abs=1e-13)


def test_together_both_sides_end_when_both_have_settled():
    asked = problem(dense())
    nudged = Stop(steps=200, tolerance=1e-9, every=1)
    settings = replace(phases(100, 10, 0.3), nudged=nudged)
    apart = Symmetric().estimate(asked, settings)
    together = Symmetric().estimate(asked, replace(settings, together=True))
    assert together.settled[1].converged
    assert together.settled[1].steps == max(how.steps for how in apart.settled[1:])


def test_an_estimate_that_takes_each_step_for_itself_needs_no_stepper():
    asked, settings = problem(dense()), phases(20, 6, 0.2)
    exact = Continual(rates=0.01).estimate(asked, settings).gradients
    near(Continual(rates=0.01).estimate(asked, replace(settings, stepper=TRACED)).gradients, exact)
