"""Spread of accuracy over chips under errors by level, against independent errors at the same mean rates.

python reports/fault-levels/accuracy.py RUN… takes the tables of run folders (made with rramsim sweep) and networks of
the quickstart (made with rramsim train), and writes accuracy.csv: for each run, corner, network and fault model the
mean accuracy over chips and the standard deviation from chip to chip, both with 95 % intervals (Student, chi-squared).
"""

import argparse
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import chi2
from scipy.stats import t as student

from rramsim.corners import corner_of
from rramsim.data.catalog import load_dataset
from rramsim.data.dataset import Split
from rramsim.nn.engines.torch import TorchEngine
from rramsim.nn.faults.independent import ReadFaults, StaticFaults
from rramsim.nn.faults.level_rates import LevelRates
from rramsim.nn.faults.levels import LevelFaults
from rramsim.nn.faults.model import AbstractFaultModel, Read
from rramsim.nn.faults.placement import Tiles
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.inference import IMAGES_PER_READ
from rramsim.nn.network import StoredNetwork
from rramsim.nn.storage import load_network
from rramsim.tables.ber import BER
from rramsim.tables.directions import DIRECTIONS
from rramsim.tables.levels import LEVELS
from rramsim.tables.points import corner_rows, read_points
from rramsim.torch_backend import one_thread

HERE = Path(__file__).parent
NETWORKS = {"ternary_2t2r": "digits-ternary", "binary_2t2r": "digits-binary"}
ROWS = 64  # word lines of an array
LEAST = 1e-5  # rates below leave nearly all chips without an error
SEED = 5


def chips(network: StoredNetwork, split: Split, faults: AbstractFaultModel, count: int) -> np.ndarray:
    """Accuracy and rate of misread weights of each chip, shape (count, 2)."""
    engine, size = TorchEngine(network), sum(layer.size for layer in network.weights)
    found = []
    for stream in np.random.SeedSequence(SEED).spawn(count):
        read: Read = faults.chip(network.weights, np.random.default_rng(stream))
        right = misread = reads = 0
        for start in range(0, len(split.labels), IMAGES_PER_READ):
            part = slice(start, start + IMAGES_PER_READ)
            misreads = read()
            right += int((engine.classes(split.images[part], misreads) == split.labels[part]).sum())
            misread += sum(layer.count for layer in misreads)
            reads += 1
        found.append((right / len(split.labels), misread / reads / size))
    return np.array(found)


def summary(found: np.ndarray) -> dict[str, float]:
    """Mean and standard deviation over chips, with their intervals."""
    accuracy, rate = found.T
    count = len(accuracy)
    mean, sd = float(accuracy.mean()), float(accuracy.std(ddof=1))
    half = float(student.ppf(0.975, count - 1)) * sd / math.sqrt(count)
    low, high = (math.sqrt((count - 1) / float(chi2.ppf(q, count - 1))) * sd for q in (0.975, 0.025))
    return {
        "chips": count, "accuracy": mean, "ci_low": mean - half, "ci_high": mean + half, "sd": sd, "sd_low": low,
        "sd_high": high, "worst": float(accuracy.min()), "rate": float(rate.mean()),
        "rate_error": float(rate.std(ddof=1)) / math.sqrt(count),
    }  # fmt: skip


def models(rates: LevelRates) -> dict[str, AbstractFaultModel]:
    """Each way of drawing errors at the same mean rates."""
    place = Tiles(rows=ROWS)
    return {
        "independent, drawn once": StaticFaults(rates.rates),
        "by level, programmed once": LevelFaults(rates=rates, placement=place, anew=False),
        "independent, at each read": ReadFaults(rates.rates),
        "by level, read part anew": LevelFaults(rates=rates, placement=place),
    }


def rows(folder: Path, networks: Path, count: int) -> Iterator[dict[str, object]]:
    """A row for each corner, network and model of a run folder."""
    tables = {table: read_points(table, folder / table.file) for table in (BER, DIRECTIONS, LEVELS)}
    for cell, name in NETWORKS.items():
        network = load_network(networks / f"{name}.safetensors")
        split = load_dataset(network.dataset).test
        known = tables[BER][tables[BER]["cell"] == cell]
        for corner in dict.fromkeys(corner_of(row) for _, row in known.iterrows()):
            of = {table: corner_rows(frame, cell=cell, corner=corner) for table, frame in tables.items()}
            given = ReadErrorRates.from_table(of[BER], network.kind)
            rates = LevelRates.from_tables(given, of[DIRECTIONS], of[LEVELS])
            label = {"run": folder.name, "corner": corner.id, "network": name}
            asked = composite(given, network.weights)
            for model, faults in models(rates).items() if asked >= LEAST else ():
                yield label | {"model": model, "asked": asked} | summary(chips(network, split, faults, count))


def composite(rates: ReadErrorRates, weights: Sequence[np.ndarray]) -> float:
    """Rate of wrong weights [1]: an unresolved binary read is right every other time."""
    half = {(p, read): 0.5 if read.value == "?" else 1.0 for p, read, _ in rates.rates}
    counts = {p: sum(int((layer == p.number).sum()) for layer in weights) for p in rates.kind.programmed}
    wrong = sum(rate * half[p, read] * counts[p] for p, read, rate in rates.rates)
    return wrong / sum(counts.values())


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", nargs="+", type=Path)
    parser.add_argument("--networks", type=Path, default=HERE.parent / "quickstart" / "networks")
    parser.add_argument("--chips", type=int, default=400)
    given = parser.parse_args()
    with one_thread():
        frame = pd.DataFrame(row for run in given.run for row in rows(run, given.networks, given.chips))
    frame.to_csv(HERE / "accuracy.csv", index=False, lineterminator="\n")
    print(frame.drop(columns=["chips"]).to_string(index=False, float_format="{:.4g}".format))


if __name__ == "__main__":
    main()
