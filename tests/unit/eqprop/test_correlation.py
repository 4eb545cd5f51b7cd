"""Convolutions by patches: the same sums as torch's, of kernels as they are when they are taken."""

import pytest

from rramsim.eqprop.connections.correlation import Correlation
from rramsim.eqprop.estimators.symmetric import Symmetric
from rramsim.eqprop.pooling.maximum import MaxPool
from rramsim.eqprop.pooling.none import NoPool
from rramsim.eqprop.relaxation.machine import Machine
from rramsim.eqprop.relaxation.settle import settle
from rramsim.eqprop.relaxation.stop import Stop
from rramsim.eqprop.relaxation.synchronous import Synchronous
from rramsim.torch_backend import torch
from tests.unit.eqprop.problems import convolutional, generator, phases, problem, random_state

# Channels, channels before, rows, columns, kernel, stride, padding, images: more of these than one portion has; strides
# that leave a rest; kernels of every way back; one image, and one kernel for the whole map.
SHAPES = [
    (5, 3, 16, 16, 3, 1, 1, 5),
    (5, 3, 9, 12, 3, 2, 0, 4),
    (4, 2, 11, 8, 4, 3, 2, 3),
    (4, 2, 24, 24, 5, 1, 0, 3),
    (6, 4, 4, 4, 3, 1, 0, 200),
    (3, 2, 5, 5, 5, 1, 0, 1),
    (3, 2, 6, 7, 1, 2, 0, 7),
]


def made(shape, dtype=torch.float64):
    channels, before, rows, columns, kernel, stride, padding, images = shape
    source = generator()
    weight = torch.rand((channels, before, kernel, kernel), generator=source, dtype=torch.float64).to(dtype)
    pre = torch.rand((images, before, rows, columns), generator=source, dtype=torch.float64).to(dtype)
    bias = torch.rand(channels, generator=source, dtype=torch.float64).to(dtype)
    return Correlation(weight, stride, padding, (before, rows, columns), least=0), weight, pre, bias, stride, padding


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", SHAPES)
def test_both_directions_are_those_of_torch_whatever_the_way(shape, dtype):
    way, weight, pre, bias, stride, padding = made(shape, dtype)
    near = {torch.float64: 1e-12, torch.float32: 1e-4, torch.bfloat16: 0.1}[dtype]
    with torch.no_grad():
        exact = torch.nn.functional.conv2d(pre, weight, bias, stride, padding)
        drive = torch.rand(exact.shape, generator=generator(1), dtype=torch.float64).to(dtype)
        leaf = pre.double().requires_grad_()
        with torch.enable_grad():
            again = torch.nn.functional.conv2d(leaf, weight.double(), None, stride, padding)
            (back,) = torch.autograd.grad((again * drive.double()).sum(), leaf)
        for prepared in (False, True):
            if prepared:
                way.prepare()
            torch.testing.assert_close(way.forward(pre, bias), exact, rtol=near, atol=near)
            torch.testing.assert_close(way.forward(pre, None) + bias[:, None, None], exact, rtol=near, atol=near)
            for layout in (torch.contiguous_format, torch.channels_last):
                found = way.backward(drive.contiguous(memory_format=layout))
                torch.testing.assert_close(found.double(), back, rtol=near, atol=near)


def test_kernels_count_as_they_were_when_they_were_taken():
    way, weight, pre, bias, *_ = made(SHAPES[0])
    with torch.no_grad():
        first = way.forward(pre, bias).clone()
        weight.mul_(2)
        seen = way.forward(pre, None).clone()  # nothing was prepared: they are seen where they are
        torch.testing.assert_close(seen, 2 * (first - bias[:, None, None]))
        way.prepare()
        torch.testing.assert_close(way.forward(pre, None), seen)
        weight.mul_(2)
        way.prepare()
        torch.testing.assert_close(way.forward(pre, None), 2 * seen)


def test_autograd_follows_where_it_may():
    way, weight, pre, bias, *_ = made(SHAPES[0])
    way.prepare()
    weight.requires_grad_()
    drive = way.forward(pre, bias)
    assert drive.requires_grad
    assert way.backward(drive.detach()).requires_grad


@pytest.mark.parametrize("pool", [MaxPool, NoPool])
def test_drives_of_a_step_are_overwritten_by_no_later_one(pool):
    """What a map returns lies in no buffer of its own: a drive that is kept stays, whatever is asked next."""
    asked = problem(convolutional(pool=pool))
    with torch.no_grad():
        way = Machine(asked.network, asked.parameters, asked.inputs, schedule=Synchronous())
        way.load(random_state(asked.network, asked.size))
        through = way.wires[1].forward
        kept, context = through.forward(way.rates[1])
        back = through.backward(way.rates[2], context)
        copies = kept.clone(), back.clone()
        other = random_state(asked.network, asked.size, seed=9)
        through.backward(other[1], through.forward(other[0])[1])
    assert torch.equal(kept, copies[0])
    assert torch.equal(back, copies[1])


def test_weights_that_change_in_place_are_taken_by_a_refresh():
    asked = problem(convolutional(pool=MaxPool))
    way = Machine(asked.network, asked.parameters, asked.inputs, schedule=Synchronous())
    settle(way, Stop(steps=5))
    for value in asked.parameters.values():
        value.mul_(1.5)
    way.refresh()
    fresh = Machine(asked.network, asked.parameters, asked.inputs, schedule=Synchronous())
    fresh.load(way.state())
    for machine in (way, fresh):
        settle(machine, Stop(steps=5))
    assert all(torch.equal(a, b) for a, b in zip(way.state(), fresh.state(), strict=True))


def test_an_estimate_by_patches_is_that_by_torch(monkeypatch):
    asked, settings = problem(convolutional(pool=MaxPool)), phases(30, 10, 0.2)
    found = Symmetric().estimate(asked, settings).gradients
    monkeypatch.setattr(Correlation, "prepare", lambda self: None)
    exact = Symmetric().estimate(asked, settings).gradients
    for name, wanted in exact.items():
        torch.testing.assert_close(found[name], wanted, rtol=1e-9, atol=1e-12)


def test_buffers_made_while_a_network_settles_serve_outside_of_that():
    """torch refuses to write to what was made in inference mode, which an estimate that looks at drives does."""
    way, weight, pre, bias, stride, padding = made(SHAPES[0])
    way.prepare()
    with torch.inference_mode():
        first = way.forward(pre, bias).clone()
    with torch.no_grad():
        torch.testing.assert_close(way.forward(pre, bias), first)
        torch.testing.assert_close(first, torch.nn.functional.conv2d(pre, weight, bias, stride, padding))
