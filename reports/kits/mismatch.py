"""Mismatch by the kits' own random numbers: their Monte Carlo in ngspice beside rramsim's own draws.

python reports/kits/mismatch.py reads the technology files *_kit_mismatch.toml beside it, whose kits the environment
variables SKY130_FD_PR and GF180MCU_MODELS name (README.md says how to get them), and writes mismatch.csv: mean and
standard deviation of the logarithm of the drain current over COUNT transistors of one size, drawn by ngspice from the
kit's own expressions, and drawn by rramsim and altered in a loaded deck. A kit that is not there is left out, and said
so.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution
from scipy.stats import t as t_distribution

from rramsim.circuits.technology import Technology, load_technology
from rramsim.errors import InputError
from rramsim.spice.analyses import Op
from rramsim.spice.engine import engine

HERE = Path(__file__).parent
# Technology file with the kit's own mismatch, one without any, and what ngspice is told to draw by itself.
KITS = {"sky130_5v_kit_mismatch.toml": "sky130_5v.toml", "gf180mcu_6v_kit_mismatch.toml": None}
WIDTH, LENGTH = 2e-6, 0.6e-6
GATES = (0.8, 1.2, 2.5)  # of either type, from below the threshold to well above [V]
DRAIN = 1.5  # [V]
COUNT, TOGETHER = 1000, 100  # transistors, and how many of them are in one deck
SEED = 11
CONFIDENCE = 0.95


def currents(models: str, instance: str, count: int, kind: str, alterations: list[tuple[str, float]]) -> np.ndarray:
    """Drain currents of transistors at each gate voltage, shape (gates, count) [A]."""
    sign = 1 if kind == "nfet" else -1
    lines = ["* transistors", models, "vg g 0 0"]
    for number in range(count):
        lines += [f"vd{number} d{number} 0 {sign * DRAIN}", f"x{number} d{number} g 0 0 {instance}"]
    names = tuple(f"i(vd{number})" for number in range(count))
    ngspice = engine()
    ngspice.load("\n".join([*lines, ".op", *(f".save {name}" for name in names), ".end"]) + "\n")
    try:
        found = []
        for gate in GATES:
            ngspice.alter([*alterations, ("vg", sign * gate)])
            found.append([-sign * ngspice.run(Op(), names)[name][0] for name in names])
        return np.array(found)
    finally:
        ngspice.unload()


def by_ngspice(technology: Technology, plain: Technology | None) -> str:
    """Models of which ngspice draws the numbers: as the kit has them, nothing settled."""
    file = technology.file
    if plain is not None:  # Spectre's numbers, in ngspice's words: drawn at each use in each transistor
        return plain.models_text("TT") + "".join(f".param {name}='agauss(0,1,1)'\n" for name in file.mismatch.normals)
    before = "".join(f".include '{path}'\n" for path in technology.before)
    switches = "".join(f".param {name}={value}\n" for name, value in file.mismatch.switches.items())
    return f"{before}{switches}.lib '{technology.library_path}' {file.section_names('TT')[0]}\n"


def compared(card: str, kind: str) -> list[dict[str, object]]:
    """Rows of one transistor type of one kit."""
    technology = load_technology(card, relative_to=HERE)
    plain = load_technology(KITS[card], relative_to=HERE) if KITS[card] else None
    binding, variation = technology.binding(kind), technology.variation("TT", kind, WIDTH, LENGTH)
    size = f"w={WIDTH} l={LENGTH}"
    theirs = by_ngspice(technology, plain), f"{kind if plain else binding.device} {size}"
    seed = [*KITS].index(card) * 2 + (kind == "pfet") + SEED
    engine().command(f"setseed {seed}")
    rng, found = np.random.default_rng(seed), {"kit": [], "rramsim": []}
    start = time.perf_counter()
    for _ in range(COUNT // TOGETHER):
        found["kit"].append(currents(*theirs, TOGETHER, kind, []))
    seconds = time.perf_counter() - start
    for _ in range(COUNT // TOGETHER):
        z = rng.standard_normal((TOGETHER, len(variation.names)))
        changes = [change for number, row in enumerate(z) for change in variation.alterations(f"x{number}", row)]
        found["rramsim"].append(currents(technology.models_text("TT"), f"{kind} {size}", TOGETHER, kind, changes))
    print(
        f"{card}, {kind}: {seconds:.1f} s by ngspice, {time.perf_counter() - start - seconds:.1f} s by rramsim",
        flush=True,
    )
    kit, ours = (np.log(np.concatenate(parts, axis=1)) for parts in found.values())
    spread = f_distribution.ppf([(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], COUNT - 1, COUNT - 1) ** 0.5
    rows = []
    for gate, one, other in zip(GATES, kit, ours, strict=True):
        ratio = other.std(ddof=1) / one.std(ddof=1)
        error = t_distribution.ppf((1 + CONFIDENCE) / 2, 2 * COUNT - 2) * np.hypot(one.std(), other.std()) / COUNT**0.5
        rows.append(
            {
                "kit": technology.name, "type": kind, "gate_v": gate, "numbers": " ".join(variation.names),
                "kit_sd_ln": one.std(ddof=1), "rramsim_sd_ln": other.std(ddof=1), "ratio": ratio,
                "ratio_ci_low": ratio / spread[1], "ratio_ci_high": ratio / spread[0],
                "mean_difference": other.mean() - one.mean(), "mean_difference_ci": error,
            }
        )  # fmt: skip
    return rows


def main() -> int:
    """Write the table."""
    rows: list[dict[str, object]] = []
    for card in KITS:
        try:
            rows += [row for kind in ("nfet", "pfet") for row in compared(card, kind)]
        except InputError as error:
            print(f"left out: {error}", file=sys.stderr)
    if not rows:
        return 2
    pd.DataFrame(rows).to_csv(HERE / "mismatch.csv", index=False, float_format="%.6g", lineterminator="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
