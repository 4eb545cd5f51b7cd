"""Whether what one rate may cost pays for anything at all."""

from __future__ import annotations

from collections.abc import Sequence

from rramsim.ber.settings import BerSection
from rramsim.circuits.bench import AbstractBench
from rramsim.corners import Corner
from rramsim.errors import Problem


def budget_problems(section: BerSection, benches: Sequence[AbstractBench], corner: Corner) -> list[Problem]:
    """Limits with which no rate could be estimated, or that counting alone would pass.

    Parameters
    ----------
    section
        The section [ber].
    benches
        Of a study.
    corner
        One of its corners.
    """
    from rramsim.rare.cost import least_simulations  # with scipy, which takes long to import

    estimation, most = section.estimation, section.max_simulations
    if estimation.counted_only:
        return []
    if section.max_trials > most:
        message = f"must be at most ber.max_simulations, {most}: what is counted is a part of what one rate may cost"
        return [Problem(key="ber.max_trials", value=section.max_trials, message=message)]
    dimensions = {
        bench.name: max(bench.spread(corner, programmed).dimension for programmed in bench.alphabet.programmed)
        for bench in benches
    }
    name = max(dimensions, key=lambda one: dimensions[one])
    least = least_simulations(dimensions[name], estimation.method) if dimensions[name] else 0
    if least <= most:
        return []
    variables = f"the {dimensions[name]} variables of {name}"
    message = f"must be at least {least}: fewer do not pay for one estimate over {variables}"
    return [Problem(key="ber.max_simulations", value=most, message=message)]
