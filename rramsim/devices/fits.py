"""What was fitted to measured resistances, as plain values that a report can show."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rramsim.devices.marginals import Empirical
from rramsim.devices.marginals.tails import AbstractTail

_PERCENTILES = (2.5, 97.5)
_FARTHEST = 6.0  # standard-normal value up to which a fit is told
_CURVE = 61  # points
_TOLD = 60  # of the values in a tail, and as many of the body


def fit_report(law: Empirical) -> dict[str, Any]:
    """Data, thresholds and tails of a fit, with 95 % intervals by the bootstrap; resistances in Ω.

    Parameters
    ----------
    law
        The fitted distribution.
    """
    fit, resamples = law.fit, law.resamples
    z = np.linspace(-_FARTHEST, _FARTHEST, _CURVE)
    low, high = np.percentile([one.value(z) for one in resamples], _PERCENTILES, axis=0)
    values = law.sample.logs
    return {
        "sha256": law.sample.digest,
        "values": law.sample.count,
        "tail": law.tail,
        "part": law.part,
        "resamples": len(resamples),
        "tails": [
            {"side": "low", "threshold_ohm": float(np.exp(fit.x[0])), "exceedances": int((values < fit.x[0]).sum()),
             "parameters": _parameters(fit.lower, [one.lower for one in resamples])},
            {"side": "high", "threshold_ohm": float(np.exp(fit.x[-1])), "exceedances": int((values > fit.x[-1]).sum()),
             "parameters": _parameters(fit.upper, [one.upper for one in resamples])},
        ],
        "curve": {"z": z.tolist(), "r_ohm": law.value(z).tolist(), "low_ohm": low.tolist(), "high_ohm": high.tolist()},
        "data": _told(values),
    }  # fmt: skip


def _parameters(tail: AbstractTail, others: list[AbstractTail]) -> list[dict[str, Any]]:
    found = []
    for name, value in tail.parameters.items():
        low, high = np.percentile([other.parameters[name] for other in others], _PERCENTILES)
        found.append({"name": name, "value": value, "low": float(low), "high": float(high)})
    return found


def _told(logs: NDArray[np.float64]) -> dict[str, list[float]]:
    """The outermost values, and some between them, with their standard-normal plotting positions."""
    from scipy.special import ndtri

    count = logs.size
    between = np.linspace(0, count - 1, _TOLD).round().astype(int)
    ranks = np.unique(np.concatenate([between, np.arange(min(_TOLD, count)), np.arange(max(count - _TOLD, 0), count)]))
    return {"z": ndtri((ranks + 0.5) / count).tolist(), "r_ohm": np.exp(logs[ranks]).tolist()}
