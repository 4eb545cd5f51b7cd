"""What looks into a study or a run without being a stage of it: rows simulated again, one read drawn.

What takes long to import is imported when the study has been checked.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rramsim.cli.progress import stage
from rramsim.cli.stages import given_study
from rramsim.corners import parse_corner
from rramsim.errors import InputError, VerificationError, close_matches
from rramsim.files import write_atomic
from rramsim.runs.folder import RunFolder
from rramsim.spice.analyses import Tran
from rramsim.study import load_run_study
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


def run_wave(path: Path, out: Path | str | None, *, corner: str, weight: str, cell: str | None) -> list[Path]:
    """Plot one nominal read; the paths of the plot and of its CSV.

    Parameters
    ----------
    path, out
        As for :func:`rramsim.cli.stages.run_all`.
    corner
        Such as ``tt_27c_1v2``; it need not be one of the study's.
    weight
        What is programmed: of a cell ``+1``, ``0`` or ``-1``.
    cell
        Name of one of the study's cells; None for its first.

    Raises
    ------
    InputError
        The study has no such cell, weight or valid corner, or the cell's bench has no waveforms.
    """
    study = given_study(path)
    codings = {coding.name: (bench, coding) for bench in study.benches for coding in bench.codings}
    name = cell or next(iter(codings))
    if name not in codings:
        raise InputError(f"--cell {name!r} is not read by {study.told}; {close_matches(name, codings)}")
    bench, coding = codings[name]
    weights = coding.alphabet.programmed
    if weight not in weights:
        raise InputError(f"--weight {weight!r} is not a weight of {name}; allowed: {', '.join(weights)}")
    point = parse_corner(corner)
    outside = study.technology_file.outside_validity(point)
    if outside:
        key, value, message = outside[0]
        raise InputError(f"--corner {corner}: {key} {value} {message}")
    analysis = bench.deck(point).analysis
    if not isinstance(analysis, Tran):
        raise InputError(f"--cell {name}: its analysis is a {analysis.name}, which has no waveforms")
    from rramsim.ber.nominal import in_worker
    from rramsim.ber.rehearsal import rehearse, write_warnings
    from rramsim.report.waves import wave_figure
    from rramsim.spice.workers import local_workers

    called = Weight(weight).name.lower() if weight in set(Weight) else weight
    with claimed(study, out) as folder:
        with local_workers(1) as executor:
            here = replace(study.sweep, benches=(bench,), corners=(point,))
            rehearsal = rehearse(here, executor, tell=logger.warning)  # before anything is written
            frame = in_worker(executor, bench.waveforms, point, weight).assign(cell=name)
        folder.prepare()
        write_warnings(folder.path, rehearsal.warnings)
        keep_study(study, folder)
        stem = folder.path / f"wave_{name}_{point.id}_{called}"
        write_atomic(stem.with_suffix(".csv"), WAVEFORMS.text(frame))
        wave_figure(frame, stem.with_suffix(".svg"), t_sense=bench.t_sense)
    return [stem.with_suffix(".svg"), stem.with_suffix(".csv")]
