"""Measured resistances that a study has brought, and what was fitted to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rramsim.report.figures.resistances import resistances
from rramsim.report.run_data import RunData
from rramsim.report.sections.figure import Figure
from rramsim.report.summary import engineering

_MODELS = {"genpareto": "generalised Pareto", "lognormal": "lognormal"}


def resistance_figures(run: RunData) -> Iterator[Figure]:
    """One figure for each state whose resistances were measured.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    for fit in fits(run):
        where = "_".join(part for part in (fit["condition"], fit["state"]) if part)
        told = " and ".join(
            f"{tail['exceedances']} values {'below' if tail['side'] == 'low' else 'above'} "
            f"{engineering(tail['threshold_ohm'], 'Ω')}"
            for tail in fit["tails"]
        )
        yield Figure(
            name=f"resistances_{where}",
            svg=resistances(fit, name=f"resistances-{where}"),
            caption=f"{where.replace('_', ', ')}: {fit['file']}, quantiles of {fit['values']:,} values between the "
            f"thresholds (dashed) and {_MODELS.get(fit['tail'], fit['tail'])} tails in ln R beyond, fitted to {told}. "
            f"Band: 95 % of {fit['resamples']} refits to values drawn from the fit.",
            description=f"Measured resistances of {where} and the fitted distribution",
            of=(("condition", fit["condition"]), ("state", fit["state"])),
        )


def fits(run: RunData) -> list[dict[str, Any]]:
    """What was fitted, of each state and condition.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    found: list[dict[str, Any]] = run.provenance.get("devices", {}).get("fits", [])
    return found
