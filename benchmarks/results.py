"""Print results and keep them: results.json, and the same as tables in README.md."""

from __future__ import annotations

import datetime
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.measurement import Figure, Part, in_process
from rramsim.spice.engine import engine
from rramsim.spice.workers import usable_cores

_FOLDER = Path(__file__).resolve().parent
_BEGIN, _END = "<!-- results: begin -->", "<!-- results: end -->"
_PACKAGES = ("numpy", "PySpice", "spicelib", "distributed", "torch", "numba")


def conditions(command: str) -> dict[str, object]:
    """What the results were made with; the load is that of the machine before the benchmark began."""
    packages = {name: found for name in _PACKAGES if (found := _version(name))}
    return {
        "command": command,
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "versions": {"ngspice": in_process(_ngspice), "python": platform.python_version(), **packages},
        "processor": _processor(),
        "cores": usable_cores(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def table(part: Part) -> str:
    """A part as a Markdown table."""
    lines = [f"### {part.title}", ""]
    if part.figures:
        lines += ["| figure | median | least | greatest | unit | target | met |", "|---|---:|---:|---:|---|---|---|"]
        lines += [_row(figure) for figure in part.figures]
        lines.append("")
    for note in part.notes:
        lines += [note, ""]
    return "\n".join(lines)


def write(made_with: Mapping[str, object], results: Mapping[str, Part]) -> None:
    """Keep what was measured: results.json and README.md's tables. Parts that were not measured stay as they are."""
    path = _FOLDER / "results.json"
    kept = json.loads(path.read_text(encoding="utf-8"))
    kept |= {name: {"made_with": made_with, **asdict(part)} for name, part in results.items()}
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    readme = _FOLDER / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    tables = "\n".join(map(_kept_table, kept.values()))
    readme.write_text(f"{before}{_BEGIN}\n{tables}\n{_END}{after}", encoding="utf-8")


def _kept_table(kept: Mapping[str, Any]) -> str:
    part = {key: value for key, value in kept.items() if key != "made_with"}
    figures = [Figure(**figure) for figure in part["figures"]]
    title, _, rest = table(Part(**part | {"figures": figures})).partition("\n")
    return f"{title}\n\n{_made_with(kept['made_with'])}\n{rest}"


def _made_with(made_with: Mapping[str, object]) -> str:
    versions = made_with["versions"]
    assert isinstance(versions, dict)
    listed = ", ".join(f"{name} {found}" for name, found in versions.items())
    return (
        f"`{made_with['command']}`, {made_with['date']}; {listed}; {made_with['cores']} cores "
        f"({made_with['processor']}), load before the run {made_with['load_before']}."
    )


def _row(figure: Figure) -> str:
    spread = (f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}" for value in _values(figure))
    return f"| {figure.name} | {' | '.join(spread)} | {figure.unit} | {figure.target} | {figure.met} |"


def _values(figure: Figure) -> tuple[float, float, float]:
    return figure.value, figure.low, figure.high


def _ngspice() -> str:
    return engine().version_text


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
