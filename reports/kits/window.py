"""The ternary sense window of the built-in card and of kits that a user has, against the supply.

python reports/kits/window.py reads the technology files beside it, whose kits the environment variables SKY130_FD_PR
and GF180MCU_MODELS name (README.md says how to get them), and writes window.csv and window.svg. A kit that is not
there is left out, and said so.
"""

import sys
from pathlib import Path

import pandas as pd

from rramsim.circuits.benches.pair.characterise import nominal_sample, sense_window
from rramsim.circuits.benches.pair.deck import ReadConditions, ReadDeck
from rramsim.circuits.catalog import CELLS
from rramsim.circuits.technology import load_technology
from rramsim.corners import Corner
from rramsim.devices.presets import load_preset
from rramsim.errors import InputError
from rramsim.report.figures.style import BLUE, GREEN, ORANGE, new_figure, styled, to_svg
from rramsim.report.figures.window import closing_supply

HERE = Path(__file__).parent
CARDS = {
    "generic_130nm_5v": "built-in card",
    "sky130_5v.toml": "SKY130, 5 V devices",
    "gf180mcu_6v.toml": "GF180MCU, 6 V devices",
}
SUPPLIES = (0.9, 1.0, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0, 3.25, 3.5, 4.0, 4.5, 5.0)
T_SENSE = 50e-9
T_WINDOW = 2e-6


def measured(card: str) -> pd.DataFrame:
    """Latching times on one technology: TT, 27 °C, nominal transistors, median devices."""
    technology = load_technology(card, relative_to=HERE)
    devices = load_preset("hfo2_130nm").statistics
    low, high = devices.lrs.r_median, devices.hrs.r_median
    samples = [nominal_sample(low, high), nominal_sample(high, high)]
    deck = ReadDeck(
        cell=CELLS["ternary_2t2r"],
        corner=Corner(process="TT", vdd=SUPPLIES[0], temperature_c=27.0),
        technology=technology,
        conditions=ReadConditions(t_sense=T_SENSE),
    )
    pairs = tuple((round(sample.r_bl, 3), round(sample.r_blb, 3)) for sample in samples)
    return sense_window(deck, SUPPLIES, pairs, t_window=T_WINDOW).assign(technology=technology.name)


def drawn(frames: dict[str, pd.DataFrame]) -> str:
    """Both pairs of every technology in one figure."""
    with styled():
        figure = new_figure(6.4, 4.2)
        axis = figure.subplots()
        for (card, frame), colour in zip(frames.items(), (BLUE, ORANGE, GREEN), strict=False):
            for (r_bl, _), part in frame.groupby(["r_bl_ohm", "r_blb_ohm"]):
                zero = r_bl > 1e5
                style = {"color": colour, "markersize": 4, "label": CARDS[card] if zero else None}
                axis.plot(part["vdd_v"], part["latching_time_s"] * 1e9, "o-" if zero else "s--", **style)
        axis.axhline(T_SENSE * 1e9, color="black", linewidth=0.9, linestyle=":")
        axis.annotate("decision, 50 ns", (4.95, 52), ha="right", va="bottom", fontsize=8.5)
        axis.set_yscale("log")
        axis.set_xlabel("supply voltage (V)")
        axis.set_ylabel("latching time (ns)")
        axis.legend(title="solid 350 kΩ / 385 kΩ, dashed 5 kΩ / 350 kΩ")
        return to_svg(figure, "window")


def main() -> None:
    """Measure, write and tell where each window closes."""
    frames = {}
    for card, called in CARDS.items():
        try:
            frames[card] = measured(card)
        except InputError as error:
            print(f"left out: {called}: {error}", file=sys.stderr)
            continue
        frame = frames[card]
        closing = closing_supply(frame, T_SENSE)
        told = "open at every supply" if closing is None else f"closes at {closing:.2f} V"
        slow = frame[(frame["r_bl_ohm"] < 1e5) & (frame["latching_time_s"] >= T_SENSE)]["vdd_v"].tolist()
        late = f"; LRS beside HRS too late at {slow} V" if slow else ""
        print(f"{called}: the window {told}{late}")
    table = pd.concat(frames.values())
    columns = ["technology", *(name for name in table.columns if name != "technology")]
    table[columns].to_csv(HERE / "window.csv", index=False, float_format="%.6g", lineterminator="\n")
    (HERE / "window.svg").write_text(drawn(frames), encoding="utf-8")


if __name__ == "__main__":
    main()
