"""The ``rramsim`` command."""

from __future__ import annotations

import sys
import traceback
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated

import typer

from rramsim.cli.eqprop import app as eqprop_app
from rramsim.cli.picture import Picture
from rramsim.cli.terminal import Interrupted, ending_signals, told_messages, unfailing_output
from rramsim.errors import RramsimError
from rramsim.version import __version__

app = typer.Typer(
    name="rramsim",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    help="From an RRAM array's transistor netlist to a neural network's accuracy, with an error bar on every number.",
)

app.add_typer(eqprop_app)

_debug: ContextVar[bool] = ContextVar("_debug", default=False)

StudyFile = Annotated[Path, typer.Argument(metavar="STUDY", help="Study file (TOML); - for standard input.")]
RunDir = Annotated[Path, typer.Argument(metavar="DIR", help="Run folder.")]
Out = Annotated[str | None, typer.Option("--out", metavar="DIR", help="Run folder; default: runs/NAME of the study.")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="Worker processes; default: one a core.")]
Scheduler = Annotated[
    str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Dask scheduler, tcp://…, in place of --workers.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Begin a sweep that will take more than a day.")]
Fresh = Annotated[bool, typer.Option("--fresh/--resume", help="Run finished points again, or keep them (default).")]


@app.command()
def run(
    study: StudyFile, out: Out = None, workers: Workers = None, scheduler: Scheduler = None, fresh: Fresh = False,
    yes: Yes = False,
) -> None:  # fmt: skip
    """Do the main job: sweep, inject and report."""
    from rramsim.cli.stages import run_all

    print(f"report: {run_all(study, out, workers=workers, scheduler=scheduler, fresh=fresh, yes=yes)}")


@app.command()
def sweep(
    study: StudyFile, out: Out = None, workers: Workers = None, scheduler: Scheduler = None, fresh: Fresh = False,
    yes: Yes = False,
) -> None:  # fmt: skip
    """Sweep the corners of a study with ngspice: BER table (ber.csv, reads.csv)."""
    from rramsim.cli.stages import run_sweep

    print(f"BER table: {run_sweep(study, out, workers=workers, scheduler=scheduler, fresh=fresh, yes=yes)}")


@app.command()
def inject(
    study: StudyFile, out: Out = None, workers: Workers = None, scheduler: Scheduler = None, fresh: Fresh = False
) -> None:
    """Inject the errors of a run folder's BER table, or a given ladder of rates, into networks (accuracy.csv)."""
    from rramsim.cli.stages import run_inject

    print(f"accuracy table: {run_inject(study, out, workers=workers, scheduler=scheduler, fresh=fresh)}")


@app.command()
def train(
    study: StudyFile, out: Out = None, workers: Workers = None, scheduler: Scheduler = None, fresh: Fresh = False
) -> None:
    """Train and save the networks that a study names."""
    from rramsim.cli.stages import run_train

    for path in run_train(study, out, workers=workers, scheduler=scheduler, fresh=fresh):
        print(f"network: {path}")


@app.command("map")
def map_(study: StudyFile, out: Out = None) -> None:
    """Map the networks of a study into arrays: devices, memory, reads and energy of an inference (mapping.csv)."""
    from rramsim.cli.stages import run_map

    for line in run_map(study, out):
        print(line)


@app.command()
def vmin(
    study: StudyFile, out: Out = None, workers: Workers = None, scheduler: Scheduler = None, fresh: Fresh = False
) -> None:
    """Find the lowest supply at which every rate is below its target, by root finding ([merit.vmin], vmin.csv)."""
    _merit("vmin", study, out, workers=workers, scheduler=scheduler, fresh=fresh)


@app.command()
def balance(
    study: StudyFile, out: Out = None, workers: Workers = None, scheduler: Scheduler = None, fresh: Fresh = False
) -> None:
    """Find the sense time, or any setting, at which two rates are the same ([merit.balance], balance.csv)."""
    _merit("balance", study, out, workers=workers, scheduler=scheduler, fresh=fresh)


@app.command()
def shmoo(
    study: StudyFile, out: Out = None, workers: Workers = None, scheduler: Scheduler = None, fresh: Fresh = False
) -> None:
    """Tell at which supplies and sense times, or other knobs, every rate is below its target ([merit.shmoo])."""
    _merit("shmoo", study, out, workers=workers, scheduler=scheduler, fresh=fresh)


@app.command()
def size(
    study: StudyFile, out: Out = None, workers: Workers = None, scheduler: Scheduler = None, fresh: Fresh = False
) -> None:
    """Find sizes with the largest margin to the targets under a cap of the area ([merit.size], size.csv)."""
    _merit("size", study, out, workers=workers, scheduler=scheduler, fresh=fresh)


@app.command()
def codes(
    study: StudyFile, out: Out = None, workers: Workers = None, scheduler: Scheduler = None, fresh: Fresh = False
) -> None:
    """Work out what error-correcting codes make of the rates of cells that store a bit ([merit.codes], codes.csv)."""
    _merit("codes", study, out, workers=workers, scheduler=scheduler, fresh=fresh)


@app.command()
def offset(
    study: StudyFile, out: Out = None, workers: Workers = None, scheduler: Scheduler = None, fresh: Fresh = False
) -> None:
    """Tell what each transistor's threshold, and every other source of spread, moves a read by ([merit.offset])."""
    _merit("offset", study, out, workers=workers, scheduler=scheduler, fresh=fresh)


def _merit(name: str, study: Path, out: str | None, *, workers: int | None, scheduler: str | None, fresh: bool) -> None:
    from rramsim.cli.merit import run_merit

    for line in run_merit(study, out, name, workers=workers, scheduler=scheduler, fresh=fresh):
        print(line)


@app.command()
def report(folder: RunDir) -> None:
    """Write report.html from what a run folder holds."""
    from rramsim.report.html import write_report

    print(f"report: {write_report(folder)}")


@app.command()
def verify(
    folder: RunDir,
    rows: Annotated[int, typer.Option("--rows", min=1, help="Rows to simulate again, drawn by the study's seed.")] = 5,
    workers: Workers = None,
) -> None:
    """Simulate some rows of a run folder's ber.csv again and compare every number; nothing is written."""
    from rramsim.cli.inspection import run_verify

    for line in run_verify(folder, rows=rows, workers=workers):
        print(line, flush=True)


@app.command()
def wave(
    study: StudyFile,
    corner: Annotated[str, typer.Option("--corner", help="Such as tt_27c_1v2 or ss_m40c_1v08.")],
    programmed: Annotated[
        str, typer.Option("--weight", "--programmed", help="+1, 0 or -1; of a bench one of its own symbols.")
    ],
    cell: Annotated[str | None, typer.Option("--cell", help="Cell; default: the study's first.")] = None,
    bench: Annotated[str | None, typer.Option("--bench", help="Bench, in place of a cell.")] = None,
    picture: Annotated[Picture, typer.Option("--format", help="Of the plot.")] = Picture.SVG,
    out: Out = None,
) -> None:
    """Plot the waveforms of one nominal read, or of any bench, and write them as CSV."""
    from rramsim.cli.inspection import run_wave

    for path in run_wave(study, out, corner=corner, programmed=programmed, cell=cell, bench=bench, picture=picture):
        print(path)


@app.command()
def deck(
    study: StudyFile,
    corner: Annotated[str, typer.Option("--corner", help="Such as tt_27c_1v2 or ss_m40c_1v08.")],
    programmed: Annotated[str, typer.Option("--programmed", help="+1, 0 or -1; of a bench of yours its own symbols.")],
    cell: Annotated[
        str | None, typer.Option("--cell", "--bench", help="Cell or bench; default: the study's first.")
    ] = None,
    sample: Annotated[
        str, typer.Option("--sample", metavar="N", help="Number of a counted sample, from 0 on, or typical.")
    ] = "typical",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Default: named after the sample.")] = None,
) -> None:
    """Write one simulation as a deck for plain ngspice, which prints the same verdict."""
    from rramsim.cli.deck import run_deck

    for line in run_deck(study, out, corner=corner, cell=cell, programmed=programmed, sample=sample):
        print(line)


@app.command()
def doctor(
    deck: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Run a deck of rramsim deck, also by plain ngspice.")
    ] = None,
    technology: Annotated[
        Path | None, typer.Option("--technology", metavar="FILE", help="Look into a technology file and its library.")
    ] = None,
) -> None:
    """Tell whether ngspice is found and how long a read takes; or what a kit is like; or what a deck comes to."""
    if deck is not None:
        from rramsim.cli.deck import examine_deck

        for line in examine_deck(deck):
            print(line, flush=True)
        return
    if technology is not None:
        from rramsim.cli.technology import run_examination

        for line in run_examination(technology):
            print(line, flush=True)
        return
    from rramsim.cli.doctor import examine

    for key, value in examine().items():
        print(f"{key:<18}{value}")


def _version(value: bool) -> None:
    if value:
        print(f"rramsim {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where in the program an error came up.")] = False,
) -> None:
    _debug.set(debug)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line: exit 0 on success, 2 on bad input (nothing is written), 1 on a failure of the run.

    A signal that ended it gives 128 and its number, as 130 for Ctrl-C.
    """
    code = 0
    with unfailing_output():
        try:
            with ending_signals(), told_messages():
                app(args=arguments, prog_name="rramsim")
        except Interrupted as signalled:
            print("rramsim: interrupted; finished points are kept", file=sys.stderr)
            code = signalled.exit_code
        except Exception as error:
            code = _told(error)
    sys.exit(code)


def _told(error: Exception) -> int:
    """Print what an error says; the exit code."""
    if _debug.get():
        traceback.print_exception(error)
    if isinstance(error, RramsimError):
        print(f"rramsim: {error}", file=sys.stderr)
        return error.exit_code
    said = " ".join(f"{type(error).__name__}: {error}".split())
    print(f"rramsim: ended unexpectedly with {said} (rramsim --debug COMMAND … shows where)", file=sys.stderr)
    return 1
