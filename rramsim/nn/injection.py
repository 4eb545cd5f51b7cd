"""Error injection over a study: every network under the errors of every corner, and of a ladder of rates.

The interval of a corner's accuracy holds the uncertainty of the BER table too (``injection.rates = "interval"``): its
lower end is that of the accuracy at the upper ends of the rates, its upper end that at their lower ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from rramsim import __version__
from rramsim.ber.table import corner_rows
from rramsim.corners import Corner, ProcessCorner
from rramsim.errors import NetworkError
from rramsim.files import content_id
from rramsim.nn.accuracy_table import ACCURACY_COLUMNS, ALL_ERRORS
from rramsim.nn.datasets import Dataset, load_dataset
from rramsim.nn.faults import FAULT_MODELS, ReadErrorRates
from rramsim.nn.inference import IMAGES_PER_READ, Accuracy, accuracy, baseline
from rramsim.nn.storage import StoredNetwork, load_network
from rramsim.nn.training import train
from rramsim.study import NetworkSection, Study
from rramsim.weights import ErrorType, WeightKind

Progress = Callable[[int, int], None]  # (done, total)

LADDER_ERRORS: Mapping[WeightKind, tuple[ErrorType, ...]] = {
    WeightKind.BINARY: (ErrorType.SIGN, ErrorType.UNRESOLVED),
    WeightKind.TERNARY: (ErrorType.SIGN, ErrorType.TO_ZERO, ErrorType.FROM_ZERO),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One row of the accuracy table before it is measured.

    ``bounds`` are the rates at the lower and at the upper ends of the BER table's intervals, where these count.
    """

    network: StoredNetwork
    rates: ReadErrorRates
    bounds: tuple[ReadErrorRates, ReadErrorRates] | None = None
    mode: str
    error_type: str
    rate: float
    cell: str = ""
    corner: Corner | None = None


def train_study(study: Study, *, progress: Progress = lambda _done, _total: None) -> dict[str, StoredNetwork]:
    """Train the networks that a study names, or load those that it gives as files; by name.

    Raises
    ------
    NetworkError, MissingResourceError
        A network file cannot be used, or does not hold what the study says.
    """
    total = sum(section.epochs for section in study.network if section.file is None)
    before = 0
    loaded = load_files(study)
    networks = {}
    for section in study.network:
        if section.name in loaded:
            networks[section.name] = loaded[section.name]
            continue
        start = before

        def report(done: int, _epochs: int, start: int = start) -> None:
            progress(start + done, total)

        networks[section.name] = train(section, load_dataset(section.dataset), seed=study.study.seed, progress=report)
        before += section.epochs
    return networks


def load_files(study: Study) -> dict[str, StoredNetwork]:
    """Load the networks that a study gives as files; by name.

    Raises
    ------
    NetworkError, MissingResourceError
        A file cannot be used, or does not hold what the study says.
    """
    return {section.name: _loaded(study, section) for section in study.network if section.file is not None}


def inject_study(
    study: Study,
    ber: pd.DataFrame,
    networks: Mapping[str, StoredNetwork],
    *,
    progress: Progress = lambda _done, _total: None,
) -> pd.DataFrame:
    """Measure accuracies.

    Parameters
    ----------
    study
        Names networks, modes, repeats and ladder.
    ber
        BER table; every corner of it is injected. May be empty, then only the ladder is.
    networks
        By name.
    progress
        Called with (done, total) accuracies.

    Returns
    -------
    pandas.DataFrame
        Columns ``ACCURACY_COLUMNS``; the same whatever the order of the BER table's rows.

    Raises
    ------
    TableError
        The BER table lacks a confusion.
    """
    datasets = {name: load_dataset(network.dataset) for name, network in networks.items()}
    baselines = {name: baseline(network, datasets[name].test) for name, network in networks.items()}
    cases = list(_cases(study, ber, networks))
    rows = []
    for index, case in enumerate(cases):
        progress(index, len(cases))
        rows.append(_row(study, case, datasets[case.network.name], baselines[case.network.name]))
    progress(len(cases), len(cases))
    return pd.DataFrame(rows, columns=list(ACCURACY_COLUMNS))


def _cases(study: Study, ber: pd.DataFrame, networks: Mapping[str, StoredNetwork]) -> Iterator[_Case]:
    for network in networks.values():
        cell = next((cell.name for cell in study.cells if cell.weights is network.kind), None)
        for corner in _corners(ber, cell):
            rows = corner_rows(ber, cell=cell or "", corner=corner)
            rates = ReadErrorRates.from_table(rows, network.kind)
            bounds = None
            if study.injection.rates == "interval":
                low, high = (ReadErrorRates.from_table(rows, network.kind, which=end) for end in ("lower", "upper"))
                bounds = (low, high)
            for mode in study.injection.modes:
                rate = rates.composite(network.weights)
                yield _Case(
                    network=network, rates=rates, bounds=bounds, mode=mode, error_type=ALL_ERRORS, rate=rate,
                    cell=cell or "", corner=corner,
                )  # fmt: skip
        for error in LADDER_ERRORS[network.kind]:
            for rate in sorted(set(study.injection.ladder)):
                rates = ReadErrorRates.of_type(network.kind, error, rate)
                for mode in study.injection.modes:
                    yield _Case(network=network, rates=rates, mode=mode, error_type=error.value, rate=rate)


def _corners(ber: pd.DataFrame, cell: str | None) -> list[Corner]:
    """Corners of a cell in table order."""
    rows = ber[ber["cell"] == cell][["process", "vdd_v", "temperature_c"]].drop_duplicates()
    corners = [
        Corner(process=ProcessCorner(process), vdd=float(vdd), temperature_c=float(temperature))
        for process, vdd, temperature in rows.itertuples(index=False)
    ]
    return sorted(corners, key=lambda corner: corner.sort_key)


def _row(study: Study, case: _Case, dataset: Dataset, base: float) -> dict[str, object]:
    network, repeats = case.network, study.injection.repeats
    task_id = content_id(
        {
            "rramsim": __version__,
            "network": network.hash,
            "split": "test",
            "rates": _plain(case.rates),
            "bounds": [_plain(rates) for rates in case.bounds or ()],
            "mode": case.mode,
            "images_per_read": IMAGES_PER_READ,
            "repeats": repeats,
            "seed": study.study.seed,
        }
    )

    def measure(rates: ReadErrorRates) -> Accuracy:
        # The same stream for estimate and bounds: they differ by the rates alone.
        stream = np.random.SeedSequence([study.study.seed, int(task_id, 16)])
        return accuracy(network, dataset.test, FAULT_MODELS[case.mode](rates), repeats=repeats, stream=stream)

    result = measure(case.rates)
    low, high = result.ci_low, result.ci_high
    if case.bounds is not None:
        low = min(low, measure(case.bounds[1]).ci_low)
        high = max(high, measure(case.bounds[0]).ci_high)
    corner = case.corner
    return {
        "network": network.name,
        "dataset": dataset.name,
        "split": "test",
        "weights": network.kind.value,
        "activations": network.activations,
        "cell": case.cell,
        "process": corner.process.value if corner else "",
        "vdd_v": corner.vdd if corner else math.nan,
        "temperature_c": corner.temperature_c if corner else math.nan,
        "error_type": case.error_type,
        "rate": case.rate,
        "repeats": repeats,
        "accuracy": result.mean,
        "ci_low": low,
        "ci_high": high,
        "baseline": base,
        "task_id": task_id,
        "mode": case.mode,
    }


def _plain(rates: ReadErrorRates) -> list[list[str | float]]:
    return sorted([programmed.value, read.value, rate] for programmed, read, rate in rates.rates)


def _loaded(study: Study, section: NetworkSection) -> StoredNetwork:
    path = study.folder / str(section.file)
    network = load_network(path)
    wanted = {"kind": section.weights, "activations": section.activations, "dataset": section.dataset}
    found = {key: getattr(network, key) for key in wanted}
    wrong = [f"{key} is {found[key]}, the study says {value}" for key, value in wanted.items() if found[key] != value]
    if wrong:
        raise NetworkError(f"{path}: {'; '.join(wrong)}")
    return replace(network, name=section.name)
