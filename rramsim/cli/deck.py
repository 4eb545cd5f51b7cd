"""What ``rramsim deck`` writes, and what ``rramsim doctor FILE`` finds out about it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from rramsim.circuits.plain_deck import EXPECTED, LAST, UNSAID
from rramsim.cli.stages import given_study
from rramsim.corners import parse_corner
from rramsim.errors import InputError, VerificationError, close_matches
from rramsim.files import is_folder, write_atomic
from rramsim.weights import Weight

TYPICAL = "typical"
_RELATIVE = 1e-3


def run_deck(
    path: Path, out: Path | None, *, corner: str, cell: str | None, programmed: str, sample: str
) -> Iterator[str]:
    """Write the deck of one sample; lines about it.

    Parameters
    ----------
    path
        The study, or ``-``.
    out
        The file; None for one named after the sample, in the current folder.
    corner
        Such as ``tt_27c_1v2``; it need not be one of the study's.
    cell
        Name of a cell or bench of the study; None for its first.
    programmed
        What is programmed, as tables call it.
    sample
        Number of a counted sample, from 0 on, or ``typical``.

    Raises
    ------
    InputError
        The study has no such cell, corner, symbol or sample, or the file cannot be written.
    SimulationError
        ngspice refuses the deck.
    """
    study = given_study(path)
    codings = {coding.name: (bench, coding) for bench in study.benches for coding in bench.codings}
    named = {bench.name: (bench, bench.codings[0]) for bench in study.benches} | codings
    name = cell or next(iter(codings))
    if name not in named:
        raise InputError(f"--cell {name!r} is not simulated by {study.told}; {close_matches(name, named)}")
    bench, coding = named[name]
    symbols = coding.alphabet.programmed
    if programmed not in symbols:
        raise InputError(f"--programmed {programmed!r} is nothing that {name} stores; allowed: {', '.join(symbols)}")
    point, number = parse_corner(corner), _number(sample)
    outside = study.technology_file.outside_validity(point)
    if outside:
        key, value, message = outside[0]
        raise InputError(f"--corner {corner}: {key} {value} {message}")
    if out is not None and (is_folder(out) or not is_folder(out.parent)):
        raise InputError(f"--out {out} must be a file in a folder that exists")
    from rramsim.ber.nominal import in_worker
    from rramsim.ber.sample import check_number, plain_sample
    from rramsim.spice.workers import local_workers

    sweep = replace(study.sweep, benches=(bench,))
    if number is not None:
        check_number(sweep, number)
    with local_workers(1) as executor:
        found = in_worker(executor, plain_sample, sweep, bench, point, programmed, number)
    called = Weight(programmed).name.lower() if programmed in set(Weight) else programmed
    file = out or Path(f"{bench.name}_{point.id}_{called}_{sample}.cir")
    write_atomic(file, found.text)
    quantities = "".join(f", {name.replace('_', ' ')} {value:.6g}" for name, value in found.quantities.items())
    yield f"{file}: {found.outcome}{quantities}"
    yield next(line for line in found.text.splitlines() if line.startswith("* run: ")).removeprefix("* ")


def examine_deck(path: Path) -> Iterator[str]:
    """Run a deck of ``rramsim deck`` in the shared library and by the program, and compare.

    Parameters
    ----------
    path
        The deck: a program, which is run.

    Raises
    ------
    InputError
        It cannot be read, or holds no verdict.
    VerificationError
        What it prints differs, or is not what it says it should be.
    """
    try:
        head = path.read_text(errors="replace")
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    pairs = (line.removeprefix(EXPECTED).partition(" = ") for line in head.splitlines() if line.startswith(EXPECTED))
    expected = {name: value for name, _, value in pairs}
    if "outcome" not in expected:
        raise InputError(f"{path} is no deck of rramsim deck: no line begins with {EXPECTED.strip()!r}")
    from rramsim.spice.plain import run_by_library, run_by_program
    from rramsim.spice.workers import local_workers

    with local_workers(1) as executor:
        library = executor.submit(run_by_library, path.absolute()).result()
    program = run_by_program(path)
    yield f"expected         {_told(expected, expected)}"
    yield f"shared library   {_told(library, expected)}"
    yield f"ngspice -b       {_told(program, expected) if program is not None else 'ngspice is not on the path'}"
    wrong = [f"in the shared library {line}" for line in _differences(expected, library)]
    if program is not None:
        wrong += [f"by ngspice -b {line}" for line in _differences(expected, program)]
        last = {name: value for name, value in library.items() if name in expected or name.startswith(LAST)}
        wrong += [f"by ngspice -b {line}" for line in _differences(last, program)]
    if wrong:
        raise VerificationError(f"{path}: " + "; ".join(dict.fromkeys(wrong)))
    unsaid = "; no verdict is among it: the bench has none in ngspice's words" if expected["outcome"] == UNSAID else ""
    yield f"the same to {_RELATIVE:g}{unsaid}"


def _number(sample: str) -> int | None:
    if sample == TYPICAL:
        return None
    if not (sample.isascii() and sample.isdigit()):
        raise InputError(f"--sample {sample!r} must be a number from 0 on, or {TYPICAL}")
    return int(sample)


def _told(found: Mapping[str, str], expected: Mapping[str, str]) -> str:
    told = (f"{name} = {value}" for name, value in found.items() if name in expected or name.startswith(LAST))
    return ", ".join(told) or "no verdict"


def _differences(one: Mapping[str, str], other: Mapping[str, str]) -> Iterator[str]:
    for name, value in one.items():
        if not _same(value, other.get(name, "")):
            yield f"{name} is {other.get(name, 'not told')} in place of {value}"


def _same(one: str, other: str) -> bool:
    try:
        a, b = float(one), float(other)
    except ValueError:
        return one == other
    return a == b or math.isclose(a, b, rel_tol=_RELATIVE)
