"""Figures of merit: supplies and balances beside the rates that they were found from, and shmoos."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from rramsim.alphabets import Alphabet
from rramsim.report.figures.knob_lines import Found, knob_lines
from rramsim.report.figures.shmoo_map import shmoo_map
from rramsim.report.run_data import RunData
from rramsim.report.sections.figure import Figure, minus
from rramsim.report.sections.sizing import codes_rows, offset_rows, size_figure, size_rows
from rramsim.report.summary import engineering, rate_text, scaled_unit
from rramsim.tables.balance import VERDICTS as BALANCES
from rramsim.tables.merits import MERITS
from rramsim.tables.points import alphabet_of
from rramsim.units import COLUMN_UNITS, column_unit

Tables = Mapping[str, pd.DataFrame]


def merit_figures(run: RunData) -> Iterator[Figure]:
    """Figures of what a run found.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    names = {name for tables in MERITS.values() for name in tables}
    found = {name: table for name in names if (table := getattr(run, name)) is not None and not table.empty}
    yield from drawn(found, run.alphabets)


def drawn(tables: Tables, alphabets: Mapping[str, Alphabet]) -> Iterator[Figure]:
    """Figures of tables.

    Parameters
    ----------
    tables
        By name, as in :data:`rramsim.tables.merits.MERITS`.
    alphabets
        Of the cells that store something else than weights.
    """
    if {"vmin", "vmin_rates"} <= set(tables):
        yield from _vmin(tables["vmin"], tables["vmin_rates"], alphabets)
    if {"balance", "balance_rates"} <= set(tables):
        yield from _balance(tables["balance"], tables["balance_rates"], alphabets)
    if "shmoo" in tables:
        yield from _shmoo(tables["shmoo"])
    if {"size", "size_steps"} <= set(tables):
        yield from size_figure(tables["size"], tables["size_steps"])


def merit_rows(run: RunData) -> dict[str, Any]:
    """Rows of the page's tables, as texts.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    return {
        "vmin": [] if run.vmin is None else [_vmin_row(row) for row in run.vmin.to_dict("records")],
        "balance": [] if run.balance is None else [_balance_row(row) for row in run.balance.to_dict("records")],
        "size": size_rows(run),
        "codes": codes_rows(run),
        "offset": offset_rows(run),
    }


def _vmin_row(row: Mapping[Any, Any]) -> dict[str, Any]:
    def end(name: str, beyond: str, last: float) -> tuple[str, str, str]:
        if row[f"{name}_beyond"]:
            return f"{beyond} {last:g} V", "–", "–"
        if math.isnan(row[f"{name}_v"]):
            return "–", "–", "–"
        interval = f"{row[f'{name}_ci_low_v']:.4g} … {row[f'{name}_ci_high_v']:.4g} V"
        return f"{row[f'{name}_v']:.4g} V", interval, row[f"{name}_limit"]

    return {
        "cell": row["cell"],
        "corner": minus(f"{row['process']}, {row['temperature_c']:g} °C"),
        "target": row["target"],
        "verdict": row["verdict"],
        "vmin": end("vmin", "below", row["looked_from_v"]),
        "vmax": end("vmax", "above", row["looked_to_v"]),
        "best": f"{row['best_v']:.4g} V",
        "simulations": row["simulations"],
    }


def _balance_row(row: Mapping[Any, Any]) -> dict[str, Any]:
    unit = _unit(row["knob"])
    met = row["verdict"] == BALANCES[0]
    interval = f"{engineering(row['ci_low'], unit)} … {engineering(row['ci_high'], unit)}"
    rates = f"{rate_text(row['rate_ci_low'])} … {rate_text(row['rate_ci_high'])}" if met else "–"
    return {
        "cell": row["cell"],
        "corner": minus(f"{row['process']}, {row['vdd_v']:g} V, {row['temperature_c']:g} °C"),
        "errors": f"{row['first']} and {row['second']}",
        "knob": row["knob"],
        "verdict": row["verdict"],
        "value": engineering(row["value"], unit),
        "interval": interval if met else "–",
        "rate": rate_text(row["rate"]) if met else "–",
        "rates": rates,
        "simulations": row["simulations"],
    }


def _vmin(vmin: pd.DataFrame, rates: pd.DataFrame, alphabets: Mapping[str, Alphabet]) -> Iterator[Figure]:
    for _, row in vmin.iterrows():
        part = rates[
            (rates["cell"] == row["cell"])
            & (rates["process"] == row["process"])
            & (rates["temperature_c"] == row["temperature_c"])
        ]
        found = [
            Found(label=label, value=row[f"{end}_v"], low=row[f"{end}_ci_low_v"], high=row[f"{end}_ci_high_v"])
            for end, label in (("vmin", "lowest supply"), ("vmax", "highest supply"))
            if not math.isnan(row[f"{end}_v"])
        ]
        targets = dict(item.split(": ") for item in row["target"].split("; "))
        place = f"{row['process']}, {row['temperature_c']:g} °C"
        yield Figure(
            name=f"vmin_{row['cell']}_{_slug(row['process'], row['temperature_c'])}",
            svg=knob_lines(
                part, _labels(row["cell"], alphabets), targets={kind: float(value) for kind, value in targets.items()},
                found=found, xlabel="supply (V)", scale=1.0,
                name=f"vmin-{row['cell']}-{_slug(row['process'], row['temperature_c'])}",
            ),
            caption=f"{row['cell']}, {minus(place)}: rates at the supplies that were looked at, with 95 % intervals; "
            "triangles are upper bounds. Dashed: targets. Grey: interval of a supply at which they are just met.",
            description=f"Rates of {row['cell']} against supply at {place}",
            of=(("figure", "vmin"), ("cell", str(row["cell"])), ("process", str(row["process"]))),
        )  # fmt: skip


def _balance(balance: pd.DataFrame, rates: pd.DataFrame, alphabets: Mapping[str, Alphabet]) -> Iterator[Figure]:
    for _, row in balance.iterrows():
        keys = ("cell", "process", "vdd_v", "temperature_c")
        own = [key for key in keys if key != row["knob"]]
        part = rates[pd.concat([rates[key] == row[key] for key in own], axis=1).all(axis=1)]
        met = row["verdict"] == BALANCES[0]
        found = [Found(label="balance", value=row["value"], low=row["ci_low"], high=row["ci_high"])] if met else []
        known = _labels(row["cell"], alphabets)
        labels = {kind: known.get(kind, minus(kind)) for kind in (row["first"], row["second"])}
        scale, unit = scaled_unit(float(part["value"].max()), _unit(row["knob"]))
        place = f"{row['process']}, {row['vdd_v']:g} V, {row['temperature_c']:g} °C"
        slug = _slug(row["process"], row["temperature_c"], row["vdd_v"])
        yield Figure(
            name=f"balance_{row['cell']}_{slug}",
            svg=knob_lines(
                part, labels, targets={}, found=found, xlabel=_axis(row["knob"], unit), scale=scale,
                name=f"balance-{row['cell']}-{slug}",
            ),
            caption=f"{row['cell']}, {minus(place)}: both rates at the values that were looked at, with 95 % "
            "intervals; triangles are upper bounds. Grey: interval of the value at which they are the same.",
            description=f"Rates of {row['cell']} against {row['knob']} at {place}",
            of=(("figure", "balance"), ("cell", str(row["cell"])), ("process", str(row["process"]))),
        )  # fmt: skip


def _shmoo(shmoo: pd.DataFrame) -> Iterator[Figure]:
    knobs = {str(shmoo["x_knob"].iloc[0]), str(shmoo["y_knob"].iloc[0])}
    keys = ["cell", "process", *(key for key in ("vdd_v", "temperature_c") if key not in knobs)]
    for names, part in shmoo.groupby(keys, sort=False):
        found = dict(zip(keys, names, strict=True))
        scales, labels = [], []
        for axis in ("x", "y"):
            knob = str(part[f"{axis}_knob"].iloc[0])
            scale, unit = scaled_unit(float(part[axis].abs().max()), _unit(knob))
            scales.append(scale)
            labels.append(_axis(knob, unit))
        slug = _slug(found["process"], *(found[key] for key in keys[2:]))
        place = ", ".join([str(found["process"]), *(f"{found[key]:g} {_unit(key)}" for key in keys[2:])])
        yield Figure(
            name=f"shmoo_{found['cell']}_{slug}",
            svg=shmoo_map(
                part, xlabel=labels[0], ylabel=labels[1], scales=(scales[0], scales[1]),
                name=f"shmoo-{found['cell']}-{slug}",
            ),
            caption=f"{found['cell']}, {minus(place)}: where every rate is below its target "
            f"({part['target'].iloc[0]}), with its whole 95 % interval. Numbers name the type of error that fails, or "
            "that cannot be decided (hatched).",
            description=f"Shmoo of {found['cell']} at {place}",
            of=(("figure", "shmoo"), ("cell", str(found["cell"])), ("process", str(found["process"]))),
        )  # fmt: skip


def _labels(cell: str, alphabets: Mapping[str, Alphabet]) -> dict[str, str]:
    return {kind.symbol: kind.label for kind in alphabet_of(cell, alphabets).classes}


def _unit(knob: str) -> str:
    return COLUMN_UNITS.get(column_unit(knob), "")


def _axis(knob: str, unit: str) -> str:
    name = knob.rpartition(".")[2].rpartition("_")[0] if _unit(knob) else knob
    known = {"vdd": "supply", "t_sense": "sense time", "temperature": "temperature"}
    return known.get(name, name.replace("_", " ")) + (f" ({unit})" if unit else "")


def _slug(*parts: Any) -> str:
    told = "_".join(f"{part:g}" if isinstance(part, float) else str(part).lower() for part in parts)
    return told.replace("-", "m").replace(".", "p").replace("+", "")
