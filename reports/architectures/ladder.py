"""Two devices a bit against one, alone and with error-correcting codes, as HRS comes nearer to LRS.

python reports/architectures/ladder.py sweeps each step of the ladder (a median of HRS, as weaker programming leaves it)
in a folder that it throws away: the pair, and the single device beside references around that of equal errors, of which
the one that both states are misread at alike is swept again. It writes ladder.csv and ladder.svg.
"""

import argparse
import itertools
import math
import tempfile
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd

import rramsim
from rramsim.devices.comparator import equal_error_reference, pair_error, single_device_error
from rramsim.devices.resistance import DeviceStatistics
from rramsim.merit.codes import find_code

HERE = Path(__file__).parent
# Standard deviation of ln R from device to device and from cycle to cycle, of both states; None as in the preset.
SPREADS = {"preset": None, "alike": 0.5 / math.sqrt(2)}
R_HRS = (15e3, 25e3, 40e3, 80e3, 160e3, 350e3)  # of the preset, whose LRS has a median of 5 kΩ
FACTORS = (0.6, 0.77, 1.0, 1.3, 1.7)  # of references, beside that of equal errors of an ideal comparator
CODES = ("sec_7_4", "secded_8_4")
STYLE = ("C0", "C7", "C3", "C1", "C2")
SEED = 0


def devices_of(spreads: str, r_hrs: float) -> dict[str, dict[str, float]]:
    """Section [devices] of a step."""
    sigma = SPREADS[spreads]
    given = {} if sigma is None else {"sigma_ln_d2d": sigma, "sigma_ln_c2c": sigma}
    return {"lrs": given, "hrs": {"r_median_ohm": r_hrs, **given}}


def swept(devices: dict, references: list[float], *, pair: bool) -> pd.DataFrame:
    """Misreads of each stored weight: a row for each read; an unresolved one falls to either side."""
    benches = [
        {"name": f"reference_{number}", "use": "reference_read", "settings": {"r_reference_ohm": reference}}
        for number, reference in enumerate(references)
    ]
    sections = {"read": {"cells": ["binary_2t2r"]}} if pair else {}
    study = rramsim.build_study(
        name="ladder", seed=SEED, devices=devices, bench=benches,
        ber={"relative_precision": 0.05}, **sections,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        table = rramsim.sweep(study, out=Path(folder) / "out").ber
    ends = ["probability", "ci_low", "ci_high"]
    table[ends] = table[ends].mul(np.where(table["read"] == "?", 0.5, 1.0), axis=0)
    return table.groupby(["cell", "programmed"])[ends].sum()


def balanced(devices: dict, ideal: float) -> float:
    """Reference at which both states are misread alike [Ω], between those that were swept."""
    references = [factor * ideal for factor in FACTORS]
    found = swept(devices, references, pair=False)["probability"]
    sides = [math.log(found[f"reference_{n}", "+1"] / found[f"reference_{n}", "-1"]) for n in range(len(references))]
    if not min(sides) < 0 < max(sides):
        raise SystemExit(f"{devices}: no reference from {references[0]:g} to {references[-1]:g} Ω is balanced")
    order = np.argsort(sides)
    return float(np.exp(np.interp(0.0, np.array(sides)[order], np.log(references)[order])))


def rows(spreads: str, r_hrs: float) -> Iterator[dict[str, object]]:
    """What each architecture makes of a step."""
    section = devices_of(spreads, r_hrs)
    devices: DeviceStatistics = rramsim.build_study(name="n", devices=section).benches[0].environment.devices
    ideal = equal_error_reference(devices)
    best = balanced(section, ideal)
    found = swept(section, [ideal, best], pair=True)

    def row(architecture: str, devices_per_bit: float, ends: list[float], reference: float, closed: float) -> dict:
        return {
            "spreads": spreads, "r_hrs_ohm": r_hrs, "architecture": architecture, "devices_per_bit": devices_per_bit,
            **dict(zip(("probability", "ci_low", "ci_high"), ends, strict=True)), "reference_ohm": reference,
            "closed_form": closed,
        }  # fmt: skip

    yield row("2T2R", 2, found.loc["binary_2t2r"].mean().tolist(), math.nan, pair_error(devices))
    for architecture, cell, reference in (("1T1R, ideal reference", 0, ideal), ("1T1R", 1, best)):
        both = found.loc[f"reference_{cell}"]
        closed = single_device_error(devices) if cell == 0 else math.nan
        yield row(architecture, 1, both.mean().tolist(), reference, closed)
    both = found.loc["reference_1"]
    for name in CODES:
        code = find_code(name)
        ends = [code.residual(both.loc["+1", end], both.loc["-1", end]) for end in both.columns]
        yield row(f"1T1R, {name}", code.bits_per_bit, ends, best, math.nan)


def draw(frame: pd.DataFrame) -> None:
    """One figure along the ladder."""
    mpl.use("svg")
    import matplotlib.pyplot as plt

    mpl.rcParams.update({"svg.hashsalt": "rramsim", "svg.fonttype": "path"})
    figure, both = plt.subplots(1, 2, figsize=(11, 4.5), sharey=True, layout="constrained")
    titles = {"preset": "spreads of the preset: LRS 0.14, HRS 0.88", "alike": "both states spread by 0.5"}
    for axes, (spreads, title) in zip(both, titles.items(), strict=True):
        for architecture, mark, colour in zip(frame["architecture"].unique(), "ovs^D", STYLE, strict=True):
            part = frame[(frame["architecture"] == architecture) & (frame["spreads"] == spreads)]
            reach = [part["probability"] - part["ci_low"], part["ci_high"] - part["probability"]]
            label = f"{architecture} (devices a bit: {part['devices_per_bit'].iloc[0]:g})"
            axes.errorbar(part["r_hrs_ohm"] / 1e3, part["probability"], reach, marker=mark, color=colour, label=label)
            if part["closed_form"].notna().any():
                axes.plot(part["r_hrs_ohm"] / 1e3, part["closed_form"], "--", color=colour, lw=1)
        axes.set(xscale="log", yscale="log", xlabel="median of HRS (kΩ); LRS 5 kΩ", title=title)
        axes.set_xticks([r_hrs / 1e3 for r_hrs in R_HRS], [f"{r_hrs / 1e3:g}" for r_hrs in R_HRS])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    both[0].set(ylabel="bit error rate")
    both[0].legend(fontsize=8)
    figure.savefig(HERE / "ladder.svg", metadata={"Date": None})


def main() -> None:
    """Sweep and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draw", action="store_true", help="only draw ladder.csv again")
    if not parser.parse_args().draw:
        found: list[dict[str, object]] = []
        for spreads, r_hrs in itertools.product(SPREADS, R_HRS):
            found += rows(spreads, r_hrs)
            pd.DataFrame(found).to_csv(HERE / "ladder.csv", index=False, lineterminator="\n")
    frame = pd.read_csv(HERE / "ladder.csv")
    draw(frame)
    told = frame.pivot_table(index=["spreads", "r_hrs_ohm"], columns="architecture", values="probability", sort=False)
    print(told.to_string(float_format="{:.3g}".format))


if __name__ == "__main__":
    main()
