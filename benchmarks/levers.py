"""What is not simulated twice: each lever alone and all together, against the commit that had none of them.

Whole commands in processes of their own, taking turns: a sweep by the old commit, and by this one with levers switched
on and off (:mod:`benchmarks.switched`). Rates must agree within their intervals, whatever is switched.
"""

from __future__ import annotations

import math
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from benchmarks.measurement import Effort, Figure, Part, ratios, take_turns

BEFORE = "9d7a80c"
ROOT = Path(__file__).resolve().parents[1]
GRID = ROOT / "reports" / "rare-events" / "grid.toml"
DEMO = ROOT / "reports" / "quickstart" / "study.toml"
# Levers of each study: one circuit for both codings, mirror images, reads that end when they are decided.
_LEVERS = {GRID: ("mirror", "early"), DEMO: ("circuit", "mirror", "early")}
_NAMES = {"circuit": "one circuit", "mirror": "mirror images", "early": "early end"}
_FASTER = 2.2
_GRID_SECONDS, _DEMO_SECONDS = 75.0, 110.0
_WIDTHS = 3.92  # of a 95 % interval in standard errors
_TEXTS = {"programmed": str, "read": str, "error_type": str}
_POINT = ["cell", "process", "vdd_v", "temperature_c", "programmed", "read"]


def measure(effort: Effort) -> Part:
    """Time of sweeps and of the demo over that of the old commit, and how the rates differ."""
    with TemporaryDirectory() as name, _checkout(BEFORE, Path(name)) as old:
        folder = Path(name)
        figures: list[Figure] = []
        for study, title in ((GRID, "grid"), (DEMO, "demo's sweep")):
            figures += _sweeps(_reduced(study, folder) if effort.quick else study, _LEVERS[study], title, old, effort)
        demo = _reduced(DEMO, folder) if effort.quick else DEMO
        figures += _demo(demo, old, effort)
    return Part(
        title=f"Nothing simulated twice: against {BEFORE}",
        figures=figures,
        notes=["a quick run reads a part of the grids: its figures say nothing"] if effort.quick else [],
    )


def _sweeps(study: Path, levers: tuple[str, ...], title: str, old: Path, effort: Effort) -> Iterator[Figure]:
    runs: dict[str, Callable[[Path], None]] = {BEFORE: partial(_command, old, "sweep", study)}
    runs["none"] = partial(_switched, study, ())
    runs |= {_NAMES[lever]: partial(_switched, study, (lever,)) for lever in levers}
    runs["all"] = partial(_switched, study, levers)
    with TemporaryDirectory() as name:
        folders = {run: Path(name) / f"{number}" for number, run in enumerate(runs)}
        ways = {run: partial(runs[run], folders[run]) for run in runs}
        times = take_turns(ways, effort.rounds)
        for run in runs:
            target = {"at_most": _GRID_SECONDS} if (title, run) == ("grid", "all") else {}
            yield Figure.of(f"{title}: {run}", times[run], "s", **target)
        for run in (run for run in runs if run != BEFORE):
            target = {"at_least": _FASTER} if (title, run) == ("grid", "all") else {}
            yield Figure.of(f"{title}: {BEFORE} / {run}", ratios(times[BEFORE], times[run]), "×", **target)
            yield from _differences(f"{title}: {run}", folders[run], folders[BEFORE])


def _demo(study: Path, old: Path, effort: Effort) -> Iterator[Figure]:
    with TemporaryDirectory() as name:
        ways = {
            BEFORE: partial(_command, old, "run", study, Path(name) / "old"),
            "now": partial(_command, ROOT, "run", study, Path(name) / "new"),
        }
        times = take_turns(ways, effort.rounds)
        yield Figure.of(f"demo: {BEFORE}", times[BEFORE], "s")
        yield Figure.of("demo: now", times["now"], "s", at_most=_DEMO_SECONDS)
        yield Figure.of(f"demo: {BEFORE} / now", ratios(times[BEFORE], times["now"]), "×")
        yield from _differences("demo: now", Path(name) / "new", Path(name) / "old")


def _differences(name: str, here: Path, there: Path) -> Iterator[Figure]:
    """Differences of the rates that both runs have, in standard errors."""
    tables = [pd.read_csv(folder / "ber.csv", dtype=_TEXTS).set_index(_POINT) for folder in (here, there)]
    both = tables[0].join(tables[1], lsuffix="", rsuffix="_there", how="inner")
    if len(both) != len(tables[1]):
        raise RuntimeError(f"{name}: {len(both)} of {len(tables[1])} rows are there")
    both = both[(both["probability"] > 0) & (both["probability_there"] > 0)]
    widths = [both[f"ci_high{end}"] - both[f"ci_low{end}"] for end in ("", "_there")]
    z = (both["probability"] - both["probability_there"]) / (np.hypot(*widths) / _WIDTHS)
    yield Figure.of(f"{name}: difference of {len(z)} rates, rms", [math.sqrt(float((z**2).mean()))], "std. errors")
    yield Figure.of(f"{name}: the largest", [float(z.abs().max())], "std. errors")


def _command(checkout: Path, command: str, study: Path, out: Path) -> None:
    code = "from rramsim.cli.main import main; main()"
    _call(checkout, "-c", code, command, study, "--out", out, "--fresh")


def _switched(study: Path, levers: tuple[str, ...], out: Path) -> None:
    _call(ROOT, "-m", "benchmarks.switched", study, out, *levers)


def _call(folder: Path, *arguments: object) -> None:
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{arguments}: {done.stderr}")


@contextmanager
def _checkout(commit: str, folder: Path) -> Iterator[Path]:
    """Files of a commit, in a folder in which Python finds them first."""
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(folder / commit, filter="data")
    found = subprocess.run(
        [sys.executable, "-c", "import rramsim; print(rramsim.__file__)"],
        cwd=folder / commit, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    if not Path(found.strip()).is_relative_to(folder / commit):
        raise RuntimeError(f"{commit} would run {found.strip()}")
    yield folder / commit


def _reduced(study: Path, folder: Path) -> Path:
    """The study at three corners, to try the benchmark."""
    path = folder / study.name
    text = study.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith(("vdd_v", "temperature_c"))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
