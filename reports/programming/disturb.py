"""How many reads a cell bears: resistance against reads, by the compact model stanford_1t1r.

python reports/programming/disturb.py writes disturb.csv and disturb.svg.
"""

import itertools
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd

from rramsim.devices.compact.card import load_card
from rramsim.devices.disturb import resistances_after_reads

HERE = Path(__file__).parent
CARD, T_READ = "stanford_1t1r", 50e-9
STATES = {"HRS, read as SET": (300e3, 1), "LRS, read as RESET": (5e3, -1)}
VOLTAGES = (0.1, 0.2, 0.3, 0.4)  # across the device
READS = np.logspace(2, 10, 33)


def main() -> None:
    """Compute and draw."""
    device, rows = load_card(CARD).device, []
    for (state, (resistance, sign)), size in itertools.product(STATES.items(), VOLTAGES):
        found = resistances_after_reads(device, resistance, READS, voltage=sign * size, t_read=T_READ)
        rows += [(state, sign * size, reads, after) for reads, after in zip(READS, found, strict=True)]
    frame = pd.DataFrame(rows, columns=["state", "voltage_v", "reads", "resistance_ohm"])
    frame.to_csv(HERE / "disturb.csv", index=False, lineterminator="\n", float_format="%.4g")
    mpl.use("svg")
    import matplotlib.pyplot as plt

    mpl.rcParams.update({"svg.hashsalt": "rramsim", "svg.fonttype": "path"})
    figure, axes = plt.subplots(figsize=(6.5, 4.5), layout="constrained")
    for (state, voltage), part in frame.groupby(["state", "voltage_v"], sort=False):
        colour, line = f"C{VOLTAGES.index(abs(voltage))}", "-" if voltage > 0 else "--"
        axes.plot(part["reads"], part["resistance_ohm"], line, color=colour, label=f"{state}, {abs(voltage):g} V")
    axes.set(xscale="log", yscale="log", xlabel="reads of 50 ns", ylabel="resistance at low voltage (Ω)")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(HERE / "disturb.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
