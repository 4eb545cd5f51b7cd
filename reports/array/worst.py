"""Find the worst column and row for the read of each weight, and hold the lumped columns against the whole array.

python reports/array/worst.py [STUDY] searches from every uniform column (rramsim/circuits/crossbar/search.py), for the
first column_read bench of the study, at its most typical corner. It writes worst.csv, a row for each start of each
weight, and worst_plus.csv, worst_zero.csv and worst_minus.csv: arrays all of whose columns are the worst one.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import pandas as pd

from rramsim.circuits.benches.column_read import ColumnRead
from rramsim.circuits.crossbar.pattern import write_pattern
from rramsim.circuits.crossbar.search import Found, Search, distance, with_column
from rramsim.corners import typical_corner
from rramsim.spice.engine import engine
from rramsim.study import load_study
from rramsim.weights import Weight

HERE = Path(__file__).parent
FILES = {Weight.PLUS: "worst_plus.csv", Weight.ZERO: "worst_zero.csv", Weight.MINUS: "worst_minus.csv"}


def row_of(found: Found, stored: Weight, start: str, reads: int, in_array: float) -> dict[str, object]:
    """A row of worst.csv."""
    counts = {f"others_{value:+d}": found.weights.count(value) for value in (1, 0, -1)}
    counts[f"others_{stored.number:+d}"] -= 1  # the cell that is read
    told = {"stored": stored.value, "start": start, "row": found.row, **counts, "distance": found.distance}
    return {**told, "distance_whole_array": in_array, "reads": reads}


def main() -> None:
    """Search and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="?", default=HERE / "study.toml", type=Path)
    study = load_study(parser.parse_args().study)
    bench = next(bench for bench in study.benches if isinstance(bench, ColumnRead))
    deck = replace(bench.deck(typical_corner(study.corners.grid)), model="lumped")
    rows = []
    for stored in bench.cell.weights.programmed:
        search = Search(engine(), deck, stored)
        for start, found in zip(bench.cell.weights.programmed, search.ends(), strict=True):
            whole = replace(with_column(deck, found.row, found.weights), model="array")
            rows.append(row_of(found, stored, start.value, search.reads, distance(engine(), whole, stored)))
            print(rows[-1], flush=True)
        worst = search.worst()
        write_pattern(tuple((weight,) * deck.fill.columns for weight in worst.weights), HERE / FILES[stored])
    pd.DataFrame(rows).to_csv(HERE / "worst.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
