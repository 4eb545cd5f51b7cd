"""``report.html``: one self-contained page from what a run folder holds."""

from __future__ import annotations

import logging
from collections.abc import Container, Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

from rramsim.files import make_folders, remove, write_atomic
from rramsim.report.backend import jinja2
from rramsim.report.run_data import load_run, run_folder
from rramsim.report.sections.accuracy import accuracy_figures, accuracy_summary, network_summary, tolerance_rows
from rramsim.report.sections.ber import ber_figures, ber_rows, worst_rates
from rramsim.report.sections.deployed import deployed_figures, deployed_rows
from rramsim.report.sections.distributions import distribution_figures
from rramsim.report.sections.figure import Figure
from rramsim.report.sections.importance import importance_figures, reliability_rows
from rramsim.report.sections.mapping import (
    energy_summary,
    mapping_figures,
    mapping_rows,
    mapping_summary,
    memory_summary,
)
from rramsim.report.sections.merit import merit_figures, merit_rows
from rramsim.report.sections.reads import reads_figures, reads_table
from rramsim.report.sections.resistances import fits, resistance_figures
from rramsim.report.sections.training import training_figures
from rramsim.report.sections.waveforms import waveform_figures, window_figures
from rramsim.report.summary import engineering, rate_text
from rramsim.runs.folder import RunFolder
from rramsim.runs.lock import locked
from rramsim.runs.stamps import read_stamps, write_stamped

logger = logging.getLogger(__name__)

# Figures of each section, in the order of the page.
FIGURES = {
    "resistances": resistance_figures,
    "waveforms": waveform_figures,
    "window": window_figures,
    "ber": ber_figures,
    "importance": importance_figures,
    "reads": reads_figures,
    "distribution": distribution_figures,
    "merit": merit_figures,
    "accuracy": accuracy_figures,
    "training": training_figures,
    "deployed": deployed_figures,
    "mapping": mapping_figures,
}

# What a bench of provenance.json need not tell.
_BENCH: dict[str, Any] = {
    "cells": [], "text": "", "transistors": [], "capacitors": [], "conditions": [], "netlists": {}, "code": {}
}  # fmt: skip


def write_report(run_dir: Path | str) -> Path:
    """Write ``figures/*.svg`` and ``report.html`` into a run folder, into which nobody else writes meanwhile.

    Parameters
    ----------
    run_dir
        Holds at least ``ber.csv``. A section whose table is missing, or belongs to another study or BER table than the
        others, says which command makes it.

    Returns
    -------
    pathlib.Path
        The report.

    Raises
    ------
    OutputError
        Another process writes into the folder, something else lies where files are written, or it cannot be written.
    MissingResourceError, TableError, WriteError
        As for :func:`make_report`.
    """
    path = run_folder(run_dir)
    with locked(path):
        RunFolder(path).check()
        return make_report(path)


def make_report(run_dir: Path) -> Path:
    """Write the report as :func:`write_report` does, into a folder that the caller keeps others out of.

    Parameters
    ----------
    run_dir
        As for :func:`write_report`.

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
    loaded = load_run(run_dir)
    for told in loaded.stale.values():
        logger.warning("%s", told)
    run = loaded.joined
    sections = {name: list(make(run)) for name, make in FIGURES.items()}
    page = (
        _environment()
        .get_template("report.html.j2")
        .render(
            run=run,
            study={"name": run.path.name, "title": ""} | run.general,
            provenance={"packages": {}} | run.provenance if run.provenance else {},
            benches=[_BENCH | bench for bench in run.provenance.get("benches", [])],
            fits=fits(run),
            worst=worst_rates(run),
            accuracies=accuracy_summary(run),
            networks=network_summary(run),
            tolerances=tolerance_rows(run),
            deployments=deployed_rows(run),
            mappings=mapping_summary(run),
            memories=memory_summary(run),
            energies=energy_summary(run),
            mapping_rows=mapping_rows(run),
            ber_rows=ber_rows(run),
            reliability_rows=reliability_rows(run),
            reads=reads_table(run),
            merits=merit_rows(run),
            **{f"{name}_figures": figures for name, figures in sections.items()},
        )
    )
    drawn = write_figures(run.path, (figure for figures in sections.values() for figure in figures))
    _remove_others(run.path, drawn)
    path = run.path / "report.html"
    write_atomic(path, page)
    return path


def write_figures(folder: Path, figures: Iterable[Figure]) -> set[str]:
    """Write figures; their paths in the run folder.

    Parameters
    ----------
    folder
        Run folder, into which nobody else writes.
    figures
        The figures.

    Raises
    ------
    OutputError
        Their folder cannot be made.
    WriteError
        One cannot be written.
    """
    drawn = {f"figures/{figure.name}.svg": figure.svg for figure in figures}
    make_folders(folder / "figures")
    write_stamped(folder, drawn, {})
    return set(drawn)


def _remove_others(folder: Path, drawn: Container[str]) -> None:
    """Remove figures of an earlier report whose tables are there no longer."""
    stamps = read_stamps(folder)
    for path in (folder / "figures").glob("*.svg"):
        name = f"figures/{path.name}"
        if name not in drawn and stamps.stamp(name) is not None:  # ours, and as we wrote it
            remove(path)


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
    environment.filters["thousands"] = lambda value: "–" if value is None else f"{int(value):,}"
    environment.filters["percent"] = lambda value: f"{float(value) * 100:.2f} %"
    # Everything in these texts was made by the figure functions from escaped labels.
    environment.filters["inline_svg"] = _inline_svg
    return environment


def _inline_svg(figure: Figure) -> Any:
    from markupsafe import Markup, escape

    svg = figure.svg[figure.svg.index("<svg") :]
    return Markup(svg.replace("<svg ", f'<svg role="img" aria-label="{escape(figure.description)}" ', 1))
