"""Latching time of typical devices by row and by what the other cells of the column store.

python reports/array/positions.py [STUDY] reads +1 and -1 in every row of the last column of the study's arrays, lumped,
at the most typical corner, and writes positions.csv and positions.svg.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import pandas as pd

from rramsim.circuits.benches.column_read import ColumnRead
from rramsim.circuits.benches.pair.read import Reader, ReadSample
from rramsim.corners import typical_corner
from rramsim.report.backend import mpl
from rramsim.spice.engine import engine
from rramsim.study import Study, load_study
from rramsim.weights import Weight

HERE = Path(__file__).parent
STORED = (Weight.PLUS, Weight.MINUS)


def positions(study: Study) -> pd.DataFrame:
    """A row for each pattern, row of the array and stored weight."""
    corner = typical_corner(study.corners.grid)
    rows = []
    told = set()
    for bench in study.benches:
        name = bench.name.partition("_")[0]
        if not isinstance(bench, ColumnRead) or name in told:
            continue
        told.add(name)
        deck = replace(bench.deck(corner), column=bench.settings.columns - 1)
        for row in range(bench.settings.rows):
            for stored in STORED:
                on_bl, on_blb = ({"lrs": deck.r_lrs, "hrs": deck.r_hrs}[state] for state in stored.states)
                read = Reader(engine(), replace(deck, row=row)).read(ReadSample(r_bl=on_bl, r_blb=on_blb))
                found = {"read": read.weight.value, "latching_time_s": read.latching_time, "energy_j": read.energy}
                rows.append({"pattern": name, "row": row, "stored": stored.value, **found})
    return pd.DataFrame(rows)


def draw(frame: pd.DataFrame, path: Path) -> None:
    """Latching time over rows."""
    import matplotlib.pyplot as plt

    mpl.rcParams.update({"svg.hashsalt": "rramsim", "svg.fonttype": "path"})
    figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    for (pattern, stored), part in frame.groupby(["pattern", "stored"], sort=False):
        style = "-" if stored == "+1" else "--"
        colour = f"C{list(dict.fromkeys(frame['pattern'])).index(pattern)}"
        axes.plot(part["row"], part["latching_time_s"] * 1e9, style, color=colour, label=f"{pattern}, stored {stored}")
    axes.set_xlabel("row (0 is next to the amplifier)")
    axes.set_ylabel("latching time (ns)")
    figure.legend(fontsize=8, ncols=3, loc="outside upper center")
    axes.grid(alpha=0.3)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Read, write and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="?", default=HERE / "study.toml", type=Path)
    parser.add_argument("--draw", action="store_true", help="only draw positions.csv again")
    options = parser.parse_args()
    if not options.draw:
        frame = positions(load_study(options.study))
        frame.to_csv(HERE / "positions.csv", index=False, lineterminator="\n")
    frame = pd.read_csv(HERE / "positions.csv", dtype={"stored": str})
    draw(frame, HERE / "positions.svg")


if __name__ == "__main__":
    main()
