"""How far an estimate is from the gradient: of each parameter, against the strength of the nudge.

References
----------
A. Laborieux, M. Ernoult, B. Scellier, Y. Bengio, J. Grollier, D. Querlioz, Scaling equilibrium propagation to deep
ConvNets by drastically reducing its gradient estimator bias, Frontiers in Neuroscience 15, 633674, 2021, doi
10.3389/fnins.2021.633674.

M. Ernoult, J. Grollier, D. Querlioz, Y. Bengio, B. Scellier, Updates of equilibrium prop match gradients of backprop
through time in an RNN with static input, NeurIPS 2019, arXiv 1905.13633: the distance of two courses.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from rramsim.eqprop.estimators.bptt import Bptt
from rramsim.eqprop.estimators.estimator import AbstractEstimator
from rramsim.eqprop.estimators.phases import Gradients, Phases
from rramsim.eqprop.problem import Problem
from rramsim.errors import NetworkError
from rramsim.tables.eqprop import DIAGNOSIS
from rramsim.torch_backend import torch

if TYPE_CHECKING:
    import pandas as pd

ALL = "all"  # parameters as one vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How an estimate agrees with the gradient.

    Parameters
    ----------
    parameter
        Of which one; ``all`` for all as one vector.
    cosine
        Of the angle between the two; not a number where one of them is 0.
    norm_ratio
        Length of the estimate, in lengths of the gradient; infinite where that is 0 and the estimate is not.
    error
        Length of the difference, in lengths of the gradient.
    same_sign
        Share of the components that are 0 in neither whose signs are the same; not a number where there is none.
    """

    parameter: str
    cosine: float
    norm_ratio: float
    error: float
    same_sign: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bias:
    """Agreement of one estimator with the gradient, at one strength of the nudge.

    Parameters
    ----------
    estimator
        Its name.
    beta
        Strength.
    agreements
        Of each parameter, and of all.
    free_residual, nudged_residual
        How far the unit that moved most went in the last step of the free phase, and of a nudged one.
    """

    estimator: str
    beta: float
    agreements: tuple[Agreement, ...]
    free_residual: float
    nudged_residual: float

    def of(self, parameter: str = ALL) -> Agreement:
        """Agreement of one parameter.

        Parameters
        ----------
        parameter
            Its name, or ``all``.

        Raises
        ------
        NetworkError
            There is none of that name.
        """
        for agreement in self.agreements:
            if agreement.parameter == parameter:
                return agreement
        raise NetworkError(f"no parameter {parameter!r}; known: {[item.parameter for item in self.agreements]}")


def diagnose(
    problem: Problem,
    phases: Phases,
    estimators: Sequence[AbstractEstimator],
    betas: Sequence[float],
    generator: torch.Generator | None = None,
) -> list[Bias]:
    """Compare estimators with backpropagation through time, at several strengths of the nudge.

    Parameters
    ----------
    problem
        What is asked.
    phases
        How long the network settles; their β is not used.
    estimators
        Which.
    betas
        Strengths, none of them 0.
    generator
        For estimators that draw.

    Raises
    ------
    NetworkError
        A strength is 0; or the network diverges.
    """
    settings = [replace(phases, beta=beta) for beta in betas]
    exact = Bptt().estimate(problem, phases).gradients
    found = []
    for estimator in estimators:
        for setting in settings:
            estimate = estimator.estimate(problem, setting, generator)
            free, *nudged = (max(how.residuals) for how in estimate.settled)
            bias = Bias(
                estimator=estimator.name, beta=setting.beta, agreements=agreements(estimate.gradients, exact),
                free_residual=free, nudged_residual=max(nudged, default=free),
            )  # fmt: skip
            found.append(bias)
    return found


def diagnosis_table(found: Sequence[Bias]) -> pd.DataFrame:
    """The table ``diagnosis.csv``: a row for each estimator, strength and parameter.

    Parameters
    ----------
    found
        What :func:`diagnose` returned.
    """
    return DIAGNOSIS.frame(
        {
            "estimator": bias.estimator, "beta": bias.beta, **asdict(agreement),
            "free_residual": bias.free_residual, "nudged_residual": bias.nudged_residual,
        }
        for bias in found
        for agreement in bias.agreements
    )  # fmt: skip


def agreements(estimate: Mapping[str, torch.Tensor], exact: Mapping[str, torch.Tensor]) -> tuple[Agreement, ...]:
    """How an estimate agrees with a gradient: each parameter, and all as one vector.

    Parameters
    ----------
    estimate, exact
        By the names of the parameters, the same for both.
    """
    pairs = {name: (estimate[name].double().flatten(), exact[name].double().flatten()) for name in exact}
    pairs[ALL] = (torch.cat([pair[0] for pair in pairs.values()]), torch.cat([pair[1] for pair in pairs.values()]))
    return tuple(_agreement(name, *pair) for name, pair in pairs.items())


def _agreement(name: str, estimate: torch.Tensor, exact: torch.Tensor) -> Agreement:
    length, wanted = float(estimate.norm()), float(exact.norm())
    signs = (estimate * exact).sign()
    told = int(signs.count_nonzero())
    return Agreement(
        parameter=name,
        cosine=_over(float(estimate @ exact), length * wanted),
        norm_ratio=_over(length, wanted),
        error=_over(float((estimate - exact).norm()), wanted),
        same_sign=_over(int((signs > 0).sum()), told),
    )


def _over(part: float, whole: float) -> float:
    if whole:
        return part / whole
    return math.inf if part else math.nan


def course_distance(found: Sequence[Gradients], exact: Sequence[Gradients]) -> dict[str, float]:
    """Distance of two courses of gradients over the same steps: 0 where each step has the same share.

    Parameters
    ----------
    found, exact
        Shares of each step, by the names of the parameters.

    Returns
    -------
    dict of float
        For each parameter the mean over its components of √(Σ (a − b)² / max(Σ a², Σ b²)), sums over the steps; 0 where
        both are 0.
    """
    distances = {}
    for name in exact[0]:
        first, second = (torch.stack([step[name].double() for step in steps]) for steps in (found, exact))
        largest = torch.maximum(first.square().sum(0), second.square().sum(0))
        squares = (first - second).square().sum(0) / torch.where(largest > 0, largest, torch.ones_like(largest))
        distances[name] = float(squares.sqrt().mean())
    return distances
