"""From programming conditions to accuracy: how much energy a bit needs.

python reports/programming/ladder.py programs cells (SET and RESET of a 1T1R cell, by compact models), fits LRS and HRS,
writes study.toml with one condition of [devices] a step, and runs it: misreads of 2T2R cells, and the accuracy of digit
classifiers under them. It writes conditions.csv, samples/, ber.csv, accuracy.csv, ladder.csv and ladder.svg.
"""

import argparse
import math
import shutil
import tempfile
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import tomli_w

import rramsim
from rramsim.ber.samples import samples
from rramsim.devices.compact.card import load_card
from rramsim.devices.comparator import pair_error
from rramsim.devices.fit import LognormalFit, fit_lognormal
from rramsim.devices.resistance import DeviceStatistics, LognormalResistance
from rramsim.spice.engine import engine

HERE = Path(__file__).parent
# Word line of SET and source line of RESET [V], from strong to weak; pulses are of 1 µs and 100 ns.
STEPS = ((2.0, 2.6), (1.6, 1.8), (1.4, 1.4), (1.3, 1.2), (1.2, 1.1), (1.15, 1.0), (1.1, 0.95))
SAMPLES = 400
FIRST = 60  # to find out what RESET begins with
SEED = 0
CELLS = {"binary": "binary_2t2r", "ternary": "ternary_2t2r"}


def programmed(bench: str, settings: dict[str, float], count: int = SAMPLES) -> pd.DataFrame:
    """Samples of one pulse."""
    study = rramsim.build_study(
        name="pulse", seed=SEED, bench=[{"name": bench, "use": f"program_{bench}", "settings": settings}]
    )
    (task,) = study.sweep.tasks(ngspice=engine().version_text)
    return samples(task, count)


def told(state: str, fit: LognormalFit, found: pd.DataFrame, energy: str) -> dict[str, object]:
    """Columns of a state."""
    return {
        f"r_{state}_median_ohm": fit.r_median, f"r_{state}_low_ohm": fit.r_median_low,
        f"r_{state}_high_ohm": fit.r_median_high, f"sigma_ln_{state}": fit.sigma_ln,
        f"sigma_ln_{state}_low": fit.sigma_ln_low, f"sigma_ln_{state}_high": fit.sigma_ln_high,
        f"lognormal_{state}": fit.is_lognormal, f"energy_{energy}_j": found["energy"].mean(),
    }  # fmt: skip


def left_by(fit: LognormalFit) -> dict[str, float]:
    """State before a pulse: what the one before left, ln R spread over the gap."""
    gap = load_card("stanford_1t1r").device.parameters["g0"]
    return {"r_initial_ohm": round(fit.r_median), "sigma_initial_nm": round(fit.sigma_ln * gap, 3)}


def condition(word_line: float, source_line: float) -> dict[str, object]:
    """Statistics of a step; each pulse begins with what the other one leaves, in median and spread."""
    name = f"wl{word_line:g}_sl{source_line:g}".replace(".", "v")
    first = fit_lognormal(programmed("set", {"v_wl_v": word_line}, FIRST)["final_resistance"].tolist())
    high = programmed("reset", {"v_sl_v": source_line, **left_by(first)})
    hrs = fit_lognormal(high["final_resistance"].tolist())
    low = programmed("set", {"v_wl_v": word_line, **left_by(hrs)})
    lrs = fit_lognormal(low["final_resistance"].tolist())
    pairs = pd.DataFrame({"r_lrs_ohm": low["final_resistance"], "r_hrs_ohm": high["final_resistance"]})
    (HERE / "samples").mkdir(exist_ok=True)
    pairs.round(0).to_csv(HERE / "samples" / f"{name}.csv", index=False, lineterminator="\n")
    both = DeviceStatistics(
        lrs=LognormalResistance(r_median=lrs.r_median, sigma_ln_d2d=lrs.sigma_ln, sigma_ln_c2c=0.0),
        hrs=LognormalResistance(r_median=hrs.r_median, sigma_ln_d2d=hrs.sigma_ln, sigma_ln_c2c=0.0),
    )
    above = np.searchsorted(np.sort(pairs["r_hrs_ohm"]), pairs["r_lrs_ohm"]).mean() / SAMPLES
    return {
        "condition": name, "v_wl_v": word_line, "v_sl_v": source_line, **told("lrs", lrs, low, "set"),
        **told("hrs", hrs, high, "reset"), "energy_pair_j": low["energy"].mean() + high["energy"].mean(),
        "pair_error_lognormal": pair_error(both), "pair_error_samples": above,
    }  # fmt: skip


def study_of(frame: pd.DataFrame) -> dict[str, object]:
    """The study: a condition of the devices for each step."""

    def state(row: pd.Series, name: str) -> dict[str, float]:
        part = round(row[f"sigma_ln_{name}"] / math.sqrt(2), 4)  # device to device and cycle to cycle alike
        return {"r_median_ohm": round(row[f"r_{name}_median_ohm"]), "sigma_ln_d2d": part, "sigma_ln_c2c": part}

    return {
        "study": {"name": "programming", "title": "Programming energy, bit errors and accuracy", "seed": SEED},
        "devices": {
            "condition": [
                {"name": row["condition"], "lrs": state(row, "lrs"), "hrs": state(row, "hrs")}
                for _, row in frame.iterrows()
            ]
        },
        "read": {"cells": list(CELLS.values())},
        "ber": {"max_trials": 200, "floor": 1e-12},
        "network": [{"name": kind, "weights": kind, "activations": kind} for kind in CELLS],
        "injection": {"modes": ["static"], "repeats": 20},
    }


def run(frame: pd.DataFrame) -> None:
    """Misreads and accuracies, kept beside this file."""
    head = "# Written by ladder.py: conditions are what compact models gave.\n"
    (HERE / "study.toml").write_text(head + tomli_w.dumps(study_of(frame)))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        rramsim.run(HERE / "study.toml", out=out, workers=1)
        for name in ("ber.csv", "accuracy.csv", "provenance.json"):
            shutil.copy(out / name, HERE / name)


def ladder(frame: pd.DataFrame) -> pd.DataFrame:
    """A row a step and network: energy, rate of misreads of a weight, accuracy."""
    rates, accuracy = pd.read_csv(HERE / "ber.csv"), pd.read_csv(HERE / "accuracy.csv")
    rows = []
    for (_, row), (kind, cell) in ((item, pair) for item in frame.iterrows() for pair in CELLS.items()):
        name = f"{row['condition']}_{cell}"
        of = rates[rates["cell"] == name]
        ends = of.groupby("programmed")[["probability", "ci_low", "ci_high"]].sum().mean()
        measured = accuracy[(accuracy["cell"] == name) & (accuracy["network"] == kind)].iloc[0]
        told = ("accuracy", "ci_low", "ci_high", "baseline")
        rows.append(
            {
                "condition": row["condition"], "network": kind, "energy_pair_j": row["energy_pair_j"], **ends,
                **{f"network_{key}": measured[key] for key in told},
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def draw(found: pd.DataFrame, frame: pd.DataFrame) -> None:
    """Rates and accuracy over the energy of a pair."""
    mpl.use("svg")
    import matplotlib.pyplot as plt

    mpl.rcParams.update({"svg.hashsalt": "rramsim", "svg.fonttype": "path"})
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    for (kind, part), mark in zip(found.groupby("network"), "os", strict=True):
        energy = part["energy_pair_j"] * 1e12
        rate = part["probability"].clip(lower=1e-12)
        reach = [rate - part["ci_low"].clip(lower=1e-12), part["ci_high"].clip(lower=1e-12) - rate]
        left.errorbar(energy, rate, np.clip(reach, 0, None), marker=mark, capsize=2, label=f"{kind} weights")
        mean = part["network_accuracy"] * 100
        spread = [mean - part["network_ci_low"] * 100, part["network_ci_high"] * 100 - mean]
        right.errorbar(energy, mean, np.clip(spread, 0, None), marker=mark, capsize=2, label=f"{kind} network")
    counted = frame[frame["pair_error_samples"] > 0]
    left.plot(counted["energy_pair_j"] * 1e12, counted["pair_error_samples"], "k^", label="pairs of samples in reverse")
    left.set(yscale="log", ylabel="misreads of a stored weight (floor 1e-12)")
    right.set(ylabel="accuracy on digits (%)")
    for axes in (left, right):
        axes.set(xscale="log", xlabel="energy of SET and RESET of a pair (pJ)")
        axes.grid(alpha=0.3, which="both")
        axes.legend(fontsize=8)
    figure.savefig(HERE / "ladder.svg", metadata={"Date": None})


def main() -> None:
    """Program, read, measure and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draw", action="store_true", help="only draw again what the tables hold")
    if not parser.parse_args().draw:
        frame = pd.DataFrame([condition(*step) for step in STEPS])
        frame.to_csv(HERE / "conditions.csv", index=False, lineterminator="\n", float_format="%.6g")
        run(frame)
    frame = pd.read_csv(HERE / "conditions.csv")
    found = ladder(frame)
    found.to_csv(HERE / "ladder.csv", index=False, lineterminator="\n", float_format="%.6g")
    draw(found, frame)
    print(found.to_string(float_format="{:.3g}".format))


if __name__ == "__main__":
    main()
