"""``report.html``: one self-contained page from what a run folder holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from rramsim.corners import CORNER_COLUMNS, Corner, corner_of
from rramsim.files import write_atomic
from rramsim.report.backend import jinja2
from rramsim.report.figures.ber_maps import ber_map
from rramsim.report.figures.corner_lines import Series, corner_lines
from rramsim.report.figures.importance import importance
from rramsim.report.figures.ladder import ladder
from rramsim.report.figures.waveforms import waveforms
from rramsim.report.figures.window import closing_supply, window
from rramsim.report.run_data import RunData, load_run
from rramsim.report.summary import ERROR_NAMES, Rate, engineering, rate_text, type_rates
from rramsim.tables.accuracy import ALL_ERRORS
from rramsim.tables.reliability import IMPORTANCE, importance_columns
from rramsim.weights import ErrorType

_EVENT = ("cell", *CORNER_COLUMNS, "programmed", "read")
_SMALL = 0.01  # importance that is not worth a word

_MODES = {"static": "static: errors drawn once a chip", "read": "read: errors drawn at every read"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of the page; ``name`` is its file in ``figures/``."""

    name: str
    svg: str
    caption: str
    description: str


def write_report(run_dir: Path) -> Path:
    """Write ``figures/*.svg`` and ``report.html`` into a run folder.

    Parameters
    ----------
    run_dir
        Holds at least ``ber.csv``. A section whose table is missing says which command makes it.

    Returns
    -------
    pathlib.Path
        The report.

    Raises
    ------
    MissingResourceError
        No such folder, or no BER table in it.
    TableError
        A table is damaged.
    WriteError
        The folder cannot be written.
    """
    run = load_run(run_dir)
    rates = type_rates(run.ber)
    sections = {
        "waveforms": list(_waveforms(run)),
        "window": list(_window(run)),
        "ber": list(_ber(rates)),
        "importance": list(_importance(run)),
        "reads": list(_reads(run)),
        "accuracy": list(_accuracy(run)),
    }
    page = (
        _environment()
        .get_template("report.html.j2")
        .render(
            run=run,
            study={"name": run_dir.name, "title": ""} | run.study.get("study", {}),
            provenance={"packages": {}, "hashes": {}} | run.provenance if run.provenance else {},
            worst=_worst(rates),
            accuracies=_accuracy_summary(run),
            ber_rows=_ber_rows(run),
            reliability_rows=_reliability_rows(run),
            modes=_MODES,
            **{f"{name}_figures": figures for name, figures in sections.items()},
        )
    )
    folder = run_dir / "figures"
    folder.mkdir(exist_ok=True)
    for figure in (figure for figures in sections.values() for figure in figures):
        write_atomic(folder / f"{figure.name}.svg", figure.svg)
    path = run_dir / "report.html"
    write_atomic(path, page)
    return path


def _environment() -> jinja2.Environment:
    templates = files("rramsim.report") / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: (templates / name).read_text(encoding="utf-8")),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["engineering"] = lambda value, unit: engineering(float(value), unit)
    environment.filters["rate"] = lambda value: rate_text(float(value))
    environment.filters["percent"] = lambda value: f"{float(value) * 100:.2f} %"
    # Everything in these texts was made by the figure functions from escaped labels.
    environment.filters["inline_svg"] = _inline_svg
    return environment


def _inline_svg(figure: Figure) -> Any:
    from markupsafe import Markup, escape

    svg = figure.svg[figure.svg.index("<svg") :]
    return Markup(svg.replace("<svg ", f'<svg role="img" aria-label="{escape(figure.description)}" ', 1))


def _t_sense(run: RunData) -> float:
    return float(run.ber["t_sense_s"].iloc[0])


def _waveforms(run: RunData) -> Iterator[Figure]:
    if run.waveforms is None:
        return
    for cell, frame in run.waveforms.groupby("cell", sort=True):
        corner = corner_of(frame.iloc[0])
        yield Figure(
            name=f"waveforms_{cell}",
            svg=waveforms(frame, t_sense=_t_sense(run), name=f"waveforms-{cell}"),
            caption=f"{cell}: nominal read of each weight at {_spoken(corner)}. The dotted line is the decision at "
            f"{engineering(_t_sense(run), 's')} after sense enable (SEN). +1 and −1 have the median resistances"
            + ("; the two devices of a 0 differ by 10 %." if "0" in set(frame["programmed"]) else "."),
            description=f"Waveforms of outputs and bit lines for each weight of {cell}",
        )


def _window(run: RunData) -> Iterator[Figure]:
    if run.window is None:
        return
    t_sense = _t_sense(run)
    closing = closing_supply(run.window, t_sense)
    corner = corner_of(run.window.iloc[0])
    verdict = (
        "It stays open over the supplies shown."
        if closing is None
        else f"Above {closing:.2f} V the pair of two high resistances latches before the decision: a zero is then read "
        "as ±1 and one sense operation can no longer tell three weights apart."
    )
    yield Figure(
        name="window",
        svg=window(run.window, t_sense=t_sense),
        caption=f"Sense window, {corner.process.value}, {corner.temperature_c:g} °C, nominal transistors: time to "
        "latch of complementary pairs and of two high resistances. The window is open where the dotted line lies "
        f"between them. {verdict}",
        description="Latching time against supply voltage for three resistance pairs",
    )


def _ber(rates: pd.DataFrame) -> Iterator[Figure]:
    for keys, frame in rates.groupby(["cell", "error_type"], sort=False):
        cell, error = map(str, keys)
        label = ERROR_NAMES[ErrorType(error)]
        slug = {"?": "unresolved"}.get(error, f"type{error}")
        yield Figure(
            name=f"ber_{cell}_{slug}",
            svg=ber_map(frame, name=f"ber-{cell}-{slug}"),
            caption=f"{cell}: {label}, probability for a weight that can make the error. Hatched: no error seen, upper "
            "end of the 95 % interval. Intervals: point at a cell, or see the table.",
            description=f"Heat maps of the rate of errors of {label} of {cell} over process, supply and temperature",
        )


def _importance(run: RunData) -> Iterator[Figure]:
    if run.reliability is None:
        return
    sources = importance_columns(run.reliability)
    for (cell, error), frame in run.reliability.groupby(["cell", "error_type"], sort=True):
        programmed, read = frame.iloc[0][["programmed", "read"]]
        part = frame[(frame["programmed"] == programmed) & (frame["read"] == read)]
        if part[sources].isna().all(axis=None):
            continue
        corners = [corner_of(row) for _, row in part.iterrows()]
        slug = {"?": "unresolved"}.get(str(error), f"type{error}")
        spoken = f"{programmed} read as {read}".replace("-", "−")
        yield Figure(
            name=f"importance_{cell}_{slug}",
            svg=importance(
                corners, {_source(name): part[name].to_numpy(float) for name in sources},
                name=f"importance-{cell}-{slug}",
            ),
            caption=f"{cell}: what causes a {spoken}. Importance factors, the squared direction cosines of the design "
            "point: the part of each device's spread in it. The mirrored misread has the mirrored factors. Without a "
            "bar: counted, or not met.",
            description=f"Importance of each source of spread for {spoken} of {cell} at every corner",
        )  # fmt: skip


def _reads(run: RunData) -> Iterator[Figure]:
    if run.reads is None:
        return
    for cell, frame in run.reads.groupby("cell", sort=True):
        corners, groups = _by_corner(frame, "programmed")
        for column, unit, scale, title in (
            ("latching_time_median_s", "ns", 1e9, "latching time of resolved reads (median)"),
            ("energy_mean_j", "fJ", 1e15, "energy of a read (mean)"),
        ):
            series = [
                Series(label=f"weight {weight.replace('-', '−')}", values=part[column].to_numpy() * scale)
                for weight, part in groups
            ]
            slug = column.partition("_")[0]
            yield Figure(
                name=f"{slug}_{cell}",
                svg=corner_lines(
                    corners, series, ylabel=f"{title.partition(' of')[0]} ({unit})", name=f"{slug}-{cell}",
                    log=unit == "ns",
                ),
                caption=f"{cell}: {title} at every corner.",
                description=f"{title} of {cell} against corner",
            )  # fmt: skip


def _accuracy(run: RunData) -> Iterator[Figure]:
    if run.accuracy is None:
        return
    for mode, text in _MODES.items():
        frame = run.accuracy[run.accuracy["mode"] == mode]
        swept = frame[frame["error_type"] == ALL_ERRORS]
        if not swept.empty:
            corners, groups = _by_corner(swept, "network")
            series = [
                Series(
                    label=network,
                    values=part["accuracy"].to_numpy() * 100,
                    low=part["ci_low"].to_numpy() * 100,
                    high=part["ci_high"].to_numpy() * 100,
                    baseline=float(part["baseline"].iloc[0]) * 100,
                )
                for network, part in groups
            ]
            yield Figure(
                name=f"accuracy_corners_{mode}",
                svg=corner_lines(corners, series, ylabel="accuracy (%)", name=f"accuracy-corners-{mode}"),
                caption=f"Accuracy under the errors of each corner, {text}. Bars: 95 % interval, from the repeats and, "
                "unless the study says otherwise, from the intervals of the error rates. Dashed: without errors.",
                description=f"Accuracy of each network against corner, {text}",
            )
        steps = frame[frame["error_type"] != ALL_ERRORS]
        if not steps.empty:
            yield Figure(
                name=f"accuracy_ber_{mode}",
                svg=ladder(steps, name=f"accuracy-ber-{mode}"),
                caption=f"Accuracy against the rate of one error type alone, {text}. Bars: 95 % interval over repeats.",
                description=f"Accuracy against error rate for each error type, {text}",
            )


def _by_corner(frame: pd.DataFrame, key: str) -> tuple[list[Corner], list[tuple[str, pd.DataFrame]]]:
    """Corners in table order, and the rows of each value of ``key`` in that order."""
    rows = pd.Series([corner_of(row) for _, row in frame.iterrows()], index=frame.index, dtype=object)
    frame = frame.assign(corner=rows)
    corners = sorted(set(frame["corner"]), key=lambda corner: corner.sort_key)
    groups = [(str(value), part.set_index("corner").reindex(corners)) for value, part in frame.groupby(key, sort=False)]
    return corners, groups


def _worst(rates: pd.DataFrame) -> list[dict[str, str]]:
    """The worst corner of each cell and error type: highest rate, or highest bound where no error was seen."""
    rows = []
    for keys, frame in rates.groupby(["cell", "error_type"], sort=False):
        cell, error = map(str, keys)
        row = frame.sort_values(["value", "high"]).iloc[-1]
        rate = Rate(value=row["value"], low=row["low"], high=row["high"])
        rows.append(
            {
                "cell": cell,
                "error": ERROR_NAMES[ErrorType(error)],
                "rate": rate.full,
                "corner": _spoken(corner_of(row)) if rate.value else "any corner",
            }
        )
    return rows


def _accuracy_summary(run: RunData) -> list[dict[str, Any]]:
    if run.accuracy is None:
        return []
    swept = run.accuracy[run.accuracy["error_type"] == ALL_ERRORS]
    rows = []
    for keys, frame in swept.groupby(["network", "mode"], sort=False):
        network, mode = map(str, keys)
        ranked = frame.sort_values("accuracy", kind="stable")
        for which, row in (("best", ranked.iloc[-1]), ("worst", ranked.iloc[0])):
            rows.append(
                {
                    "network": network, "mode": mode, "which": which, "corner": _spoken(corner_of(row)),
                    "rate": row["rate"], "accuracy": row["accuracy"], "low": row["ci_low"], "high": row["ci_high"],
                    "baseline": row["baseline"],
                }
            )  # fmt: skip
    return rows


def _ber_rows(run: RunData) -> list[dict[str, Any]]:
    below: dict[tuple[Any, ...], dict[str, Any]] = {}
    if run.reliability is not None:
        for _, row in run.reliability[run.reliability["below_floor"]].iterrows():
            known = {"reliability_index": row["reliability_index"], "met": row["failure_regions"] > 0}
            below[tuple(row[list(_EVENT)])] = known
    return [
        {str(key): value for key, value in row.items()}
        | {
            "rate": Rate(
                value=row["probability"],
                low=row["ci_low"],
                high=row["ci_high"],
                **below.get(tuple(row[list(_EVENT)]), {}),
            )
        }
        for _, row in run.ber.iterrows()
    ]


def _reliability_rows(run: RunData) -> list[dict[str, Any]]:
    """Misreads with their reliability index and the sources of spread that cause most of it."""
    if run.reliability is None:
        return []
    sources = importance_columns(run.reliability)
    rows = []
    for _, row in run.reliability.iterrows():
        factors = row[sources].astype(float).dropna().sort_values(ascending=False)
        main = ", ".join(
            f"{_source(name)} {value * 100:.0f} %" for name, value in factors[factors >= _SMALL].head(4).items()
        )
        rows.append({str(key): value for key, value in row.items()} | {"main": main})
    return rows


def _source(column: object) -> str:
    name = str(column).removeprefix(IMPORTANCE)
    return {"r_bl": "device on BL", "r_blb": "device on BLb"}.get(name, name.replace("vth:", "threshold of "))


def _spoken(corner: Corner) -> str:
    return f"{corner.process.value}, {corner.vdd:g} V, {corner.temperature_c:g} °C".replace("-", "−")
