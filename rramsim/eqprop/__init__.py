"""Equilibrium propagation: networks that settle, and what is learnt from how a nudge moves them.

Examples
--------
>>> from rramsim.eqprop.connections.dense import Dense
>>> from rramsim.eqprop.estimators.bptt import Bptt
>>> from rramsim.eqprop.estimators.phases import Phases
>>> from rramsim.eqprop.estimators.symmetric import Symmetric
>>> from rramsim.eqprop.losses.mean_square import MeanSquare
>>> from rramsim.eqprop.network import chain
>>> from rramsim.eqprop.parameters import draw_parameters
>>> from rramsim.eqprop.problem import Problem
>>> from rramsim.eqprop.relaxation.stop import Stop
>>> from rramsim.torch_backend import torch
>>> network = chain((8,), [Dense(16), Dense(3)], activation="tanh", loss=MeanSquare())
>>> generator = torch.Generator().manual_seed(0)
>>> problem = Problem(
...     network=network,
...     parameters=draw_parameters(network, generator),
...     inputs=torch.rand((5, 8), generator=generator),
...     targets=torch.tensor([0, 1, 2, 0, 1]),
... )
>>> phases = Phases(free=Stop(steps=40), nudged=Stop(steps=20), beta=0.05)
>>> found, exact = (way.estimate(problem, phases).gradients for way in (Symmetric(), Bptt()))
>>> bool((found["link1.weight"] - exact["link1.weight"]).norm() < 0.01 * exact["link1.weight"].norm())
True
"""
