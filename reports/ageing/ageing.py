"""Draw how the errors of the study grow with age, from ber.csv beside this file: python reports/ageing/ageing.py."""

from pathlib import Path

import matplotlib as mpl
import pandas as pd

HERE = Path(__file__).parent
AXES = {
    "cycles": {"new": 1.0, "cycles_1e4": 1e4, "cycles_1e6": 1e6, "cycles_1e7": 1e7, "cycles_1e8": 1e8},
    "time at 85 °C": {"new": 60.0, "hour_85c": 3600.0, "month_85c": 2.63e6, "ten_years_85c": 3.156e8},
}
# (cell, programmed, read) of each line, and what it is called.
LINES = {
    ("ternary_2t2r", "+1", "-1"): "±1 read as the other sign",
    ("ternary_2t2r", "+1", "0"): "±1 read as 0 (binary: unresolved)",
    ("ternary_2t2r", "0", "+1"): "0 read as +1, and as −1 alike",
}
STYLE = ("C0", "C1", "C2")


def main() -> None:
    """Draw a panel for each kind of age."""
    from matplotlib.figure import Figure

    table = pd.read_csv(HERE / "ber.csv", dtype={"programmed": str, "read": str})
    mpl.rcParams["svg.hashsalt"] = "ageing"
    mpl.rcParams["svg.fonttype"] = "none"
    figure = Figure(figsize=(8.6, 3.4), layout="constrained")
    for axis, (label, ages) in zip(figure.subplots(1, 2, sharey=True), AXES.items(), strict=True):
        for (key, name), colour in zip(LINES.items(), STYLE, strict=True):
            cell, programmed, read = key
            rows = table[(table["programmed"] == programmed) & (table["read"] == read)].set_index("cell")
            found = rows.loc[[f"{condition}_{cell}" for condition in ages]]
            ends = [found["probability"] - found["ci_low"], found["ci_high"] - found["probability"]]
            axis.errorbar(list(ages.values()), found["probability"], yerr=ends, fmt="o-", color=colour, label=name)
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set_xlabel(label)
        axis.grid(color="#e5e7eb")
        axis.spines[["top", "right"]].set_visible(False)
    axis.set_xticks([60, 3600, 2.63e6, 3.156e8], ["new", "1 h", "1 month", "10 years"])
    axis.minorticks_off()
    figure.axes[0].set_ylabel("rate of a read")
    figure.axes[0].legend(frameon=False, fontsize=8)
    figure.savefig(HERE / "ageing.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
