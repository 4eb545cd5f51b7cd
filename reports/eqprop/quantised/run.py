"""The trainings of this folder, over seeds, estimators and read errors: each appends a row to a table.

``python run.py weights SEED`` and ``python run.py reads SEED``, with RRAMSIM_DATA set; a mode of reading
after them is the only one that is run.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from rramsim.eqprop.estimators.catalog import ESTIMATORS
from rramsim.eqprop.parameters import Parameters
from rramsim.eqprop.reads.catalog import READS
from rramsim.eqprop.reads.reads import AbstractReads
from rramsim.eqprop.settings import load_file
from rramsim.eqprop.stored import held_weight, is_weight, quantised
from rramsim.eqprop.trainers.images import unit_images
from rramsim.eqprop.trainers.recipe import Recipe
from rramsim.eqprop.trainers.train import count_correct, train
from rramsim.torch_backend import torch
from rramsim.weights import ErrorType, WeightKind

HERE = Path(__file__).parent
RATES = (1e-3, 1e-2, 3e-2)
DATA = load_file(HERE / "real.toml").load_data()


def reads_of(mode: str, rate: float) -> AbstractReads:
    """Sign errors at a rate, in a mode."""
    return READS[mode](errors={ErrorType.SIGN: rate}) if rate else READS["right"]()


def correct(recipe: Recipe, parameters: Parameters, reads: AbstractReads, seed: int) -> int:
    """Test images that are right, of all."""
    symbols = {}
    if reads.name != "right":
        symbols = {n: held_weight(value, WeightKind.BINARY) for n, value in parameters.items() if is_weight(n)}
    memory = reads.begin(seed)

    def read(_: Mapping[str, torch.Tensor]) -> Mapping[str, torch.Tensor]:
        return reads.batch(parameters, lambda: {n: s for n, s in symbols.items() if s}, memory).parameters

    images = unit_images(DATA, DATA.test, recipe.network)
    return count_correct(recipe.network, parameters, images, recipe.phases, read=read, dtype=recipe.states)


def row(table: str, *values: object) -> None:
    """Append a row."""
    with (HERE / table).open("a", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(values)
    print(table, *values, flush=True)


def weights(seed: int, *_: str) -> None:
    """Real, binary and ternary weights, learnt so or quantised after it."""
    for name in ("real", "binary", "ternary", "binary_straight", "ternary_straight"):
        recipe = load_file(HERE / f"{name}.toml").recipe(DATA)
        found = train(recipe, DATA, seed=seed).parameters
        right = READS["right"]()
        row("weights.csv", name, "as learnt", seed, correct(recipe, found, right, seed))
        if name == "real":
            for kind in WeightKind:
                row("weights.csv", name, kind, seed, correct(recipe, quantised(found, kind), right, seed))


def reads(seed: int, *modes: str) -> None:
    """Binary weights whose signs are misread while they learn and in the test, by estimator."""
    for rate in RATES[::-1] if modes else (0.0, *RATES[::-1]):
        for estimator in ("symmetric", "random_sign", "one_sided"):
            for mode in (modes or ("static", "batch", "read")) if rate else ("right",):
                recipe = replace(
                    load_file(HERE / "binary.toml").recipe(DATA),
                    estimator=ESTIMATORS[estimator](), reads=reads_of(mode, rate),
                )  # fmt: skip
                found = train(recipe, DATA, seed=seed).parameters
                row("reads.csv", estimator, mode, rate, seed, "in the loop", correct(recipe, found, recipe.reads, seed))
                if not rate:
                    for other in RATES:
                        for met in ("static", "read"):
                            count = correct(recipe, found, reads_of(met, other), seed)
                            row("reads.csv", estimator, met, other, seed, "only in the test", count)


if __name__ == "__main__":
    {"weights": weights, "reads": reads}[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:])
