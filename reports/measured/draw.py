"""Draw the file of this study: python reports/measured/draw.py. These resistances are DRAWN, not measured."""

from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
COUNT = 1500


def main() -> None:
    """LRS lognormal around 8 kΩ by 0.25; HRS around 80 kΩ by 0.5, as a conductance."""
    rng = np.random.default_rng(5)
    lrs = 8 * np.exp(0.25 * rng.standard_normal(COUNT))
    hrs = 1e3 / (80 * np.exp(0.5 * rng.standard_normal(COUNT)))
    lines = [f"{low:.6g},{high:.6g}\n" for low, high in zip(lrs, hrs, strict=True)]
    (HERE / "drawn.csv").write_text("r_lrs_kohm,g_hrs_us\n" + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
