"""What looks into a study or a run without being a stage of it: rows simulated again, one read drawn.

What takes long to import is imported when the study has been checked.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rramsim.circuits.bench import AbstractBench
from rramsim.cli.picture import Picture
from rramsim.cli.progress import stage
from rramsim.cli.stages import given_study
from rramsim.corners import parse_corner
from rramsim.errors import InputError, VerificationError, close_matches
from rramsim.files import write_atomic
from rramsim.runs.folder import RunFolder
from rramsim.spice.analyses import Tran
from rramsim.study import Study, load_run_study
from rramsim.study.run_folder import claimed, keep_study
from rramsim.tables.ber import BER
from rramsim.tables.waveforms import WAVEFORMS
from rramsim.weights import Weight

logger = logging.getLogger(__name__)


def run_verify(path: Path, *, rows: int, workers: int | None) -> Iterator[str]:
    """Simulate rows of a run folder's BER table again; the lines of the verdict, as they become known.

    Parameters
    ----------
    path
        Run folder with a BER table; nothing is written into it.
    rows
        How many to draw by the study's seed, above 0; all where there are fewer.
    workers
        Worker processes; None for one a core.

    Raises
    ------
    VerificationError
        Some rows differ.
    """
    folder = RunFolder(path)
    study = load_run_study(folder)
    from rramsim.ber.comparison import largest
    from rramsim.ber.verify import drawn_rows, verify
    from rramsim.spice.workers import local_workers

    drawn = drawn_rows(study.study.seed, folder, rows)
    yield f"{folder.path / BER.file}: seed {study.study.seed} draws rows {', '.join(map(str, drawn))}"
    differing, rounding = 0, []
    with local_workers(workers) as executor, stage("verify", "points") as s:
        for row in verify(study.sweep, folder, executor, drawn, progress=s):
            differing += bool(row.differences)
            rounding += [row.rounding] if row.rounding else []
            yield str(row)
            yield from (f"  {difference}" for difference in row.differences)
    if differing:
        raise VerificationError(f"{differing} of {len(drawn)} rows of {folder.path / BER.file} differ")
    most = largest(rounding)
    found = f"rounding (largest relative difference {most.relative:.0e} in {most.column})" if most else "the last digit"
    yield f"all {len(drawn)} rows are the same to {found}"


def run_wave(
    path: Path,
    out: Path | str | None,
    *,
    corner: str,
    programmed: str,
    cell: str | None = None,
    bench: str | None = None,
    picture: Picture = Picture.SVG,
) -> list[Path]:
    """Plot one simulation of typical devices; the paths of the plot and of its CSV.

    Parameters
    ----------
    path, out
        As for :func:`rramsim.cli.stages.run_all`.
    corner
        Such as ``tt_27c_1v2``; it need not be one of the study's.
    programmed
        What is programmed: of a cell ``+1``, ``0`` or ``-1``.
    cell, bench
        Name of one of the study's cells, or of its benches; None for its first cell.
    picture
        Format of the plot.

    Raises
    ------
    InputError
        The study has no such cell, bench, symbol or valid corner, or the bench has no waveforms.
    """
    study = given_study(path)
    simulated, name = _chosen(study, cell, bench, programmed)
    point = parse_corner(corner)
    outside = study.technology_file.outside_validity(point)
    if outside:
        key, value, message = outside[0]
        raise InputError(f"--corner {corner}: {key} {value} {message}")
    analysis = simulated.deck(point).analysis
    if not isinstance(analysis, Tran):
        raise InputError(f"--cell {name}: its analysis is a {analysis.name}, which has no waveforms")
    from rramsim.ber.nominal import in_worker
    from rramsim.ber.rehearsal import rehearse, write_warnings
    from rramsim.report.waves import wave_figure
    from rramsim.spice.workers import local_workers

    called = Weight(programmed).name.lower() if programmed in set(Weight) else programmed
    with claimed(study, out) as folder:
        with local_workers(1) as executor:
            here = replace(study.sweep, benches=(simulated,), corners=(point,))
            rehearsal = rehearse(here, executor, tell=logger.warning)  # before anything is written
            frame = in_worker(executor, simulated.waveforms, point, programmed).assign(cell=name)
        folder.prepare()
        write_warnings(folder.path, rehearsal.warnings)
        keep_study(study, folder)
        stem = f"wave_{name}_{point.id}_{called}"  # a symbol may have dots
        plot, table = (folder.path / f"{stem}.{ending}" for ending in (picture, "csv"))
        write_atomic(table, WAVEFORMS.text(frame))
        wave_figure(frame, plot, t_sense=simulated.t_sense)
    return [plot, table]


def _chosen(study: Study, cell: str | None, bench: str | None, programmed: str) -> tuple[AbstractBench, str]:
    """Bench that is asked for, and what the tables call it."""
    if cell is not None and bench is not None:
        raise InputError(f"--cell {cell} and --bench {bench}: only one of the two can be given")
    if bench is None:
        codings = {coding.name: (one, coding) for one in study.benches for coding in one.codings}
        name = cell or next(iter(codings))
        if name not in codings:
            raise InputError(f"--cell {name!r} is not read by {study.told}; {close_matches(name, codings)}")
        found, coding = codings[name]
        if programmed not in coding.alphabet.programmed:
            allowed = ", ".join(coding.alphabet.programmed)
            raise InputError(f"--weight {programmed!r} is not a weight of {name}; allowed: {allowed}")
        return found, name
    benches = {one.name: one for one in study.benches}
    if bench not in benches:
        raise InputError(f"--bench {bench!r} is none of {study.told}; {close_matches(bench, benches)}")
    found = benches[bench]
    if programmed not in found.alphabet.programmed:
        allowed = ", ".join(found.alphabet.programmed)
        raise InputError(f"--programmed {programmed!r} is not what {bench} takes; allowed: {allowed}")
    return found, bench
