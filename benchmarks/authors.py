"""The authors' codes of equilibrium propagation, from clones that a user has: only their model classes are read.

Neither code is shipped, or changed. What their files import beside torch and is not here (torchvision, for data) is
stood in for by empty modules while they are read; ``main.py`` of the second one, which reads a command line and loads
data, by the activation that its networks take from there.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import torch

from rramsim.eqprop.problem import Problem

VARIABLE = "RRAMSIM_EP_CLONES"  # folders, separated as those of PATH are
Gradients = dict[str, torch.Tensor]


def clone(holds: str) -> Path | None:
    """The folder that the user names and that holds such a file; None if there is none."""
    folders = [Path(text) for text in os.environ.get(VARIABLE, "").split(os.pathsep) if text]
    return next((folder for folder in folders if (folder / holds).is_file()), None)


@contextmanager
def _reading(folder: Path, stand_ins: Mapping[str, ModuleType]) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    absent = {name: module for name, module in stand_ins.items() if name not in sys.modules}
    sys.modules.update(absent)
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in absent:
            del sys.modules[name]


def _empty(*names: str) -> dict[str, ModuleType]:
    return {name: ModuleType(name) for name in names if _missing(name)}


def _missing(name: str) -> bool:
    return importlib.util.find_spec(name) is None


def _imported(folder: Path, name: str, stand_ins: Mapping[str, ModuleType]) -> Any:
    with _reading(folder, stand_ins):
        return importlib.import_module(name)


@contextmanager
def default_type(dtype: torch.dtype) -> Iterator[None]:
    """Both codes make their states of torch's default type."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


class Scaling:
    """Laborieux-Axel/Equilibrium-Propagation: the symmetric estimate of P_MLP and P_CNN.

    Parameters
    ----------
    folder
        Of the clone.
    problem
        What is asked: a chain of layers, the output units last or a softmax readout behind them.
    channels
        Channels, kernel and padding of each convolution; none for a fully connected network.
    activation
        Name of its function in the authors' code.
    softmax
        Whether a readout follows.
    """

    FILE = "model_utils.py"

    def __init__(
        self, folder: Path, problem: Problem, *, convolutions: list[tuple[int, int, int]], activation: str,
        softmax: bool = False,
    ) -> None:  # fmt: skip
        code = _imported(folder, "model_utils", _empty("torchvision", "matplotlib", "matplotlib.pyplot"))
        function, shapes = getattr(code, activation), problem.network.shapes
        self._problem = problem
        self._dtype = problem.inputs.dtype
        # Its loss takes a criterion of torch by name; the readout's is a sum of logarithms.
        self._criterion = (torch.nn.CrossEntropyLoss if softmax else torch.nn.MSELoss)(reduction="none")
        with default_type(self._dtype):
            if convolutions:
                channels, kernels, paddings = (list(values) for values in zip(*convolutions, strict=True))
                layers = len(channels)
                rows = [shape[0] for shape in shapes[1 + layers :]] + [problem.network.classes] * softmax
                self._model = code.P_CNN(
                    shapes[0][1], [shapes[0][0], *channels], kernels, [1] * layers, rows, code.make_pools("m" * layers),
                    paddings, activation=function, softmax=softmax,
                )  # fmt: skip
            else:
                self._model = code.P_MLP([shape[0] for shape in shapes], activation=function)
        self._copy = code.copy
        given = list(problem.parameters.items())
        self._names = [name for name, _ in given]
        with torch.no_grad():
            for own, (_, value) in zip(self._own(), given, strict=True):
                own.copy_(value)

    def _own(self) -> list[torch.Tensor]:
        return [value for synapse in self._model.synapses for value in (synapse.weight, synapse.bias)]

    def estimate(self, free: int, nudged: int, beta: float) -> Gradients:
        """Free phase, and one nudged phase to either side."""
        model, criterion, images = self._model, self._criterion, self._problem.inputs
        labels = self._problem.targets.argmax(1)
        with default_type(self._dtype):
            neurons = model.init_neurons(len(images), images.device)
            neurons = model(images, labels, neurons, free, beta=0.0, criterion=criterion)
            start = self._copy(neurons)
            sides = []
            for strength in (beta, -beta):
                neurons = model(images, labels, self._copy(start), nudged, beta=strength, criterion=criterion)
                sides.append(self._copy(neurons))
            model.compute_syn_grads(images, labels, *sides, (beta, -beta), criterion)
        return {name: own.grad.clone() for name, own in zip(self._names, self._own(), strict=True)}


class ContinualCode:
    """ernoult/continualEP: the one-sided estimate of EPdisc, its weights at rest; the nudge is outside the activation.

    Parameters
    ----------
    folder
        Of the clone.
    problem
        What is asked: fully connected, shifted sigmoid.
    free, nudged
        T1 and T2.
    beta
        Strength of the nudge.
    """

    FILE = "netClasses.py"

    def __init__(self, folder: Path, problem: Problem, free: int, nudged: int, beta: float) -> None:
        main = ModuleType("main")
        main.__dict__["rho"] = lambda x: 1 / (1 + torch.exp(-4 * (x - 0.5)))
        main.__dict__["rhop"] = None  # of real time only
        code = _imported(folder, "netClasses", {"main": main} | _empty("torchvision", "matplotlib"))
        units = [shape[0] for shape in problem.network.shapes][::-1]  # layers are numbered from the output on
        given = SimpleNamespace(
            T=free, Kmax=nudged, dt=1, size_tab=units, lr_tab=[0.0] * (len(units) - 1), cep=False, device_label=-1,
            beta=beta, debug_cep=False, randbeta=0,
        )  # fmt: skip
        self._problem, self._beta, self._dtype = problem, beta, problem.inputs.dtype
        with default_type(self._dtype):
            self._model = code.EPdisc(given)
        links = [link.name for link in problem.network.links]
        self._synapses = dict(zip(reversed(links), [w for w in self._model.w if w is not None], strict=True))
        with torch.no_grad():
            for name, synapse in self._synapses.items():
                synapse.weight.copy_(problem.parameters[f"{name}.weight"])
                synapse.bias.copy_(problem.parameters[f"{name}.bias"])

    def estimate(self) -> Gradients:
        """Free phase, one nudged phase; its gradients are to be ascended."""
        model, images = self._model, self._problem.inputs
        with default_type(self._dtype), torch.no_grad():
            free = model(images, model.initHidden(len(images)))
            start = [value.clone() for value in free]
            nudged = model(images, free, target=self._problem.targets, beta=self._beta)
            weights, biases = model.computeGradients(images, nudged, start, self._beta)
        found = Gradients()
        there = [(w, b) for w, b in zip(weights, biases, strict=True) if w is not None]
        for name, (weight, bias) in zip(self._synapses, there, strict=True):
            found |= {f"{name}.weight": -weight, f"{name}.bias": -bias}
        return found
