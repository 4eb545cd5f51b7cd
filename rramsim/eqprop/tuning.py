"""How long a network must settle and how strongly it is nudged best: by how estimates agree with the true gradient.

Signs of estimates were compared with those of backpropagation to set T, K and β in the code of [1]_; here all of it
is tried, and the fewest steps are taken that lose nothing.

References
----------
.. [1] M. Ernoult, J. Grollier, D. Querlioz, Y. Bengio, B. Scellier, Updates of equilibrium prop match gradients of
   backprop through time in an RNN with static input, NeurIPS 2019, arXiv 1905.13633; code
   ernoult/updatesEPgradientsBPTT, 0362f9a.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from rramsim.eqprop.diagnosis import ALL, Agreement, agreements
from rramsim.eqprop.estimators.bptt import Bptt
from rramsim.eqprop.estimators.estimator import AbstractEstimator
from rramsim.eqprop.estimators.phases import Phases
from rramsim.eqprop.problem import Problem
from rramsim.eqprop.relaxation.machine import Machine
from rramsim.eqprop.relaxation.settle import settle
from rramsim.eqprop.relaxation.stop import Stop
from rramsim.eqprop.stored import is_weight
from rramsim.errors import NetworkError
from rramsim.tables.eqprop import TUNING
from rramsim.torch_backend import torch

if TYPE_CHECKING:
    import pandas as pd

LONGEST = 1000  # steps of a network that is given up
_AS_GOOD = 0.01  # of a cosine


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One number of nudged steps and one strength.

    Parameters
    ----------
    nudged_steps, beta
        What was tried.
    agreements
        With the true gradient, of each parameter and of all.
    """

    nudged_steps: int
    beta: float
    agreements: tuple[Agreement, ...]

    @property
    def worst(self) -> float:
        """Least cosine of the weights of a link or of a readout; not a number where one has no estimate."""
        cosines = [found.cosine for found in self.agreements if is_weight(found.parameter)]
        return math.nan if any(map(math.isnan, cosines)) else min(cosines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """What is best for a network with the weights that it has.

    Parameters
    ----------
    free_steps
        After which no unit moves further than the tolerance in a step.
    followed_steps
        That the true gradient was followed back through.
    trials
        In the order in which they were asked for.
    best
        Of the trials that are as good as the best one, within 0.01 of its worst cosine, that with the fewest steps.
    """

    free_steps: int
    followed_steps: int
    trials: tuple[Trial, ...]
    best: Trial


def tune(
    problem: Problem, phases: Phases, estimator: AbstractEstimator, *, nudged_steps: Sequence[int],
    betas: Sequence[float], tolerance: float, generator: torch.Generator | None = None,
) -> Tuning:  # fmt: skip
    """Find the phases of an estimator.

    Parameters
    ----------
    problem
        A network with weights, and some images.
    phases
        Whose schedule is used; neither their steps nor their β are.
    estimator
        What is to be used.
    nudged_steps, betas
        What to try, each with each.
    tolerance
        How far a unit may move in one step of a network at rest.
    generator
        For estimators that draw.

    Raises
    ------
    NetworkError
        The network does not come to rest within 1000 steps, or diverges; or no estimate is one.
    """
    rest = _steps_to_rest(problem, phases, tolerance)
    settled = replace(phases, free=Stop(steps=rest))
    # As many steps back as it took to come to rest: what is left of the gradient then is as small as what still moves.
    exact = Bptt().estimate(problem, replace(phases, free=Stop(steps=2 * rest), nudged=Stop(steps=rest))).gradients
    trials = []
    for steps in nudged_steps:
        for beta in betas:
            asked = replace(settled, nudged=Stop(steps=steps), beta=beta)
            found = estimator.estimate(problem, asked, generator).gradients
            trials.append(Trial(nudged_steps=steps, beta=beta, agreements=agreements(found, exact)))
    told = [trial for trial in trials if not math.isnan(trial.worst)]
    if not told:
        raise NetworkError("no trial has an estimate for every weight: a nudge takes more steps to reach all layers")
    bar = max(trial.worst for trial in told) - _AS_GOOD
    best = min((trial for trial in told if trial.worst >= bar), key=lambda trial: (trial.nudged_steps, -trial.worst))
    return Tuning(free_steps=rest, followed_steps=rest, trials=tuple(trials), best=best)


def _steps_to_rest(problem: Problem, phases: Phases, tolerance: float) -> int:
    machine = Machine(problem.network, problem.parameters, problem.inputs, schedule=phases.schedule)
    found = settle(machine, Stop(steps=LONGEST, tolerance=tolerance, every=1))
    if not found.converged:
        raise NetworkError(
            f"after {LONGEST} steps units still move by {max(found.residuals):.2g} a step, more than {tolerance:g}: "
            'schedule = "even_odd", smaller weights or a larger tolerance may help'
        )
    return found.steps


def tuning_table(found: Tuning) -> pd.DataFrame:
    """The table ``tuning.csv``: a row for each trial and parameter.

    Parameters
    ----------
    found
        What :func:`tune` returned.
    """
    return TUNING.frame(
        {"nudged_steps": trial.nudged_steps, "beta": trial.beta, **asdict(agreement), "free_steps": found.free_steps}
        for trial in found.trials
        for agreement in trial.agreements
    )


def suggested(found: Tuning, schedule: str) -> str:
    """The table [phases] of a file, as TOML.

    Parameters
    ----------
    found
        What :func:`tune` returned.
    schedule
        Name of that of the phases.
    """
    best = found.best
    lines = [f"free_steps = {found.free_steps}", f"nudged_steps = {best.nudged_steps}", f"beta = {best.beta:g}"]
    return "\n".join(["[phases]", *lines, f'schedule = "{schedule}"'])


def told(trial: Trial) -> str:
    """A trial in a line.

    Parameters
    ----------
    trial
        What was tried.
    """
    (whole,) = (found for found in trial.agreements if found.parameter == ALL)
    return (
        f"{trial.nudged_steps} nudged steps, beta {trial.beta:g}: cosine {whole.cosine:.4f} (worst weights "
        f"{trial.worst:.4f}), length {whole.norm_ratio:.3g}, {100 * whole.same_sign:.1f} % of the signs"
    )
