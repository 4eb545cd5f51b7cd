"""Are the rates under refits, which the intervals are made of, those of simulations? python reports/measured/refits.py.

Six refits, from rare to frequent misreads, are put in the place of the fits of the study's condition ``lognormal``, and
the read of +1 is simulated anew under each. Writes refits.csv.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from rramsim.ber.data_limits import rate_ratios
from rramsim.ber.result import PointResult
from rramsim.ber.task import PointTask
from rramsim.devices.marginals import Empirical
from rramsim.devices.spread import Source, SpreadSpace
from rramsim.spice.engine import engine
from rramsim.study import load_study

HERE = Path(__file__).parent
CHOSEN = (5, 40, 80, 120, 160, 194)  # of 200, in the order of what is predicted for wrong signs
READS = ("-1", "0")


def simulated(task: PointTask, spread: SpreadSpace) -> PointResult:
    """Result of a task with another spread."""
    return replace(task, spread=spread, mirror=None).run([], None)


def refitted(source: Source, number: int) -> Source:
    """A source with one of its refits in the place of the fit."""
    marginal = source.marginal
    return replace(source, marginal=marginal.resamples[number]) if isinstance(marginal, Empirical) else source


def main() -> None:
    """Write what was predicted and what simulated."""
    study = load_study(HERE / "study.toml")
    tasks = study.sweep.tasks(ngspice=engine().version_text)
    task = next(one for one in tasks if one.bench.name == "lognormal_ternary_2t2r" and one.programmed == "+1")
    first = simulated(task, task.spread).events
    predicted = {
        read: rate_ratios(task.spread, np.array(first[read].directions[0]), first[read].beta) for read in READS
    }
    rows = []
    for number in np.argsort(predicted[READS[0]])[list(CHOSEN)]:
        events = simulated(
            task, SpreadSpace(sources=tuple(refitted(one, number) for one in task.spread.sources))
        ).events
        for read in READS:
            rate, (low, high) = first[read].estimate.probability, events[read].estimate.interval()
            ratios = [value / rate for value in (events[read].estimate.probability, low, high)]
            told = dict(zip(("simulated", "ci_low", "ci_high"), ratios, strict=True))
            rows.append({"refit": number, "read": read, "predicted": predicted[read][number], **told})
    pd.DataFrame(rows).to_csv(HERE / "refits.csv", index=False, float_format="%.3g")


if __name__ == "__main__":
    main()
