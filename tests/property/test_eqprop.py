"""Drawn networks of equilibrium propagation: what is written out is the derivative of what it is said to be of."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rramsim.eqprop.activations.catalog import ACTIVATIONS
from rramsim.eqprop.connections.convolution import Convolution
from rramsim.eqprop.connections.dense import Dense
from rramsim.eqprop.dynamics.inside import NudgeInside
from rramsim.eqprop.dynamics.outside import NudgeOutside
from rramsim.eqprop.dynamics.real_time import RealTime
from rramsim.eqprop.estimators.phases import Run
from rramsim.eqprop.feedback.different import Different
from rramsim.eqprop.feedback.same import Same
from rramsim.eqprop.feedback.shared import Shared
from rramsim.eqprop.losses.cross_entropy import CrossEntropy
from rramsim.eqprop.losses.mean_square import MeanSquare
from rramsim.eqprop.losses.softmax_readout import SoftmaxReadout
from rramsim.eqprop.network import chain
from rramsim.eqprop.pooling.average import AveragePool
from rramsim.eqprop.pooling.maximum import MaxPool
from rramsim.eqprop.pooling.none import NoPool
from rramsim.eqprop.pooling.softmax import SoftmaxPool
from rramsim.eqprop.primitive import primitive
from rramsim.eqprop.relaxation.catalog import SCHEDULES
from rramsim.eqprop.relaxation.machine import Machine
from rramsim.eqprop.relaxation.synchronous import Synchronous
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch
from tests.unit.eqprop.problems import phases, problem, random_state

DRAWN = settings(settings.get_profile("files"), max_examples=40)
POOLS = st.one_of(
    st.just(NoPool()),
    st.builds(AveragePool, st.integers(1, 3)),
    st.builds(MaxPool, st.integers(1, 3)),
    st.builds(SoftmaxPool, st.integers(1, 3), st.floats(0.0, 5.0)),
)
MAPS = st.builds(
    Convolution,
    channels=st.integers(1, 3), kernel=st.integers(1, 4), padding=st.integers(0, 2), stride=st.integers(1, 3),
    pool=POOLS,
)  # fmt: skip
DYNAMICS = st.one_of(
    st.just(NudgeInside()),
    st.just(NudgeOutside()),
    st.builds(RealTime, dt=st.floats(0.01, 1.0), clip=st.just((0.0, 1.0))),
)


NAMES = st.sampled_from(sorted(ACTIVATIONS))


@st.composite
def networks(draw, feedback):
    maps = draw(st.lists(MAPS, max_size=3))
    rows = draw(st.lists(st.builds(Dense, st.integers(1, 4)), max_size=2))
    loss = draw(st.sampled_from([MeanSquare(), CrossEntropy(), SoftmaxReadout(3)]))
    if not rows and (not maps or not isinstance(loss, SoftmaxReadout)):
        rows = [Dense(2)]
    side = draw(st.integers(4, 9))
    try:
        return chain(
            (draw(st.integers(1, 2)), side, side), [*maps, *rows], activation=draw(NAMES), output=draw(NAMES),
            loss=loss, feedback=draw(feedback), dynamics=draw(DYNAMICS),
        )  # fmt: skip
    except NetworkError:  # kernels or windows that do not fit
        assume(False)


@DRAWN
@given(networks(st.just(Shared())))
def test_drives_and_gradients_are_derivatives_of_the_primitive_function(network):
    asked = problem(network, batch=2)
    before, after = (random_state(network, 2, seed) for seed in (1, 2))
    run = Run(asked, phases())
    rates = [value.clone().requires_grad_() for value in run.rates(before)[1:]]
    exact = torch.autograd.grad(primitive(network, asked.parameters, asked.inputs, tuple(rates)).sum(), rates)
    machine = Machine(network, asked.parameters, asked.inputs, schedule=Synchronous())
    machine.load(before)
    for drive, wanted in zip(machine.drives(), exact, strict=True):
        torch.testing.assert_close(drive, wanted)
    leaves = {name: value.clone().requires_grad_() for name, value in asked.parameters.items()}
    phi = [primitive(network, leaves, asked.inputs, run.rates(state)[1:]) for state in (before, after)]
    total = ((phi[0] - phi[1]) / 0.5 + network.loss.values(after[-1], asked.targets, leaves)).mean()
    found = run.between((0.0, before), (0.5, after), before)
    for name, wanted in zip(leaves, torch.autograd.grad(total, list(leaves.values())), strict=True):
        torch.testing.assert_close(found[name], wanted)


@DRAWN
@given(networks(st.sampled_from([Shared(), Different(angle=70), Same()])), st.sampled_from(sorted(SCHEDULES)))
def test_steps_in_place_are_those_that_autograd_follows(network, schedule):
    asked = problem(network, batch=2)
    ways = []
    for followed in (False, True):
        way = Machine(network, asked.parameters, asked.inputs, schedule=SCHEDULES[schedule], followed=followed)
        way.load(random_state(network, 2))
        way.nudge(asked.targets, -0.3)
        for _ in range(3):
            way.step()
        ways.append(way.state())
    for first, second in zip(*ways, strict=True):
        torch.testing.assert_close(first, second)
