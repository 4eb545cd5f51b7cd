"""The shell around the command: output that cannot be shown, paths that cannot be used, faults of the program."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rramsim import pipeline
from rramsim.cli.main import main

pytestmark = [pytest.mark.spice, pytest.mark.skipif(sys.platform != "linux", reason="uses /dev/full and sh")]

COMMAND = "from rramsim.cli.main import main; main()"
STUDY = """
[study]
name = "little"
[technology]
card = "ünï.toml"
[read]
cells = ["binary_2t2r"]
[ber]
estimator = "monte_carlo"
max_trials = 3
"""
ROOT = Path(__file__).resolve().parents[2]
ASCII = os.environ | {"PYTHONIOENCODING": "ascii"}


def shell(line, *arguments, cwd, env=ASCII):
    """Run the command in a shell, as ``"$@"`` of a line; what it gives but for the streams that the line redirects."""
    return subprocess.run(
        ["sh", "-c", line, "sh", sys.executable, "-c", COMMAND, *arguments],
        cwd=cwd, env=env, capture_output=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a study and its run, all with names that ASCII does not have."""
    found = tmp_path_factory.mktemp("terminal") / "ünï"
    found.mkdir()
    (found / "ß.toml").write_text(STUDY, encoding="utf-8")
    cmos = ROOT / "device_models" / "cmos"
    (found / "ünï.toml").write_bytes((cmos / "generic_130nm_5v.toml").read_bytes())
    (found / "generic_130nm_5v.lib").write_bytes((cmos / "generic_130nm_5v.lib").read_bytes())
    done = shell('"$@"', "sweep", "ß.toml", "--out", "ö", "--workers", "1", cwd=found)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b"BER table: \\xf6/ber.csv\n"
    return found


def test_help_is_shown_where_only_ascii_can_be(tmp_path):
    for command in ("run", "sweep", "wave"):
        done = shell('"$@"', command, "--help", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert b"Usage" in done.stdout


@pytest.mark.parametrize(
    "line",
    [
        '"$@" >/dev/full', '"$@" 2>/dev/full', '"$@" >/dev/full 2>/dev/full', '"$@" >&-', '"$@" 2>&-',
        '"$@" <&- >&- 2>&-',
    ],
)  # fmt: skip
def test_a_run_whose_output_is_lost_succeeds(line, folder):
    (folder / "ö" / "reads.csv").unlink()
    done = shell(line, "sweep", "ß.toml", "--out", "ö", "--workers", "1", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert (folder / "ö" / "reads.csv").is_file()
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_a_run_whose_reader_has_gone_succeeds(folder):
    done = shell('{ "$@"; echo $? >code; } 2>&1 | head -c 0', "sweep", "ß.toml", "--out", "ö", cwd=folder)
    assert (done.stdout, done.stderr) == (b"", b"")
    assert (folder / "code").read_text() == "0\n"


LONG = "x" * 300


@pytest.fixture
def bad_paths(tmp_path):
    """Paths that an operating system refuses, and what it says of them."""
    (tmp_path / "file").write_text("")
    (tmp_path / "circle").symlink_to("circle")
    return {
        "long": (LONG, os.strerror(errno.ENAMETOOLONG)),
        "circle": ("circle/x", os.strerror(errno.ELOOP)),
        "below a file": ("file/x", ""),
        "long below a new one": (f"new/{LONG}/x", ""),
        "long with its results": ("new/" + "x/" * 1980 + "x" * 90, ""),
    }


COMMANDS = {
    "study": ("sweep", "{}"), "report": ("report", "{}"), "verify": ("verify", "{}"),
    "sweep": ("sweep", "s.toml", "--out", "{}"), "run": ("run", "s.toml", "--out", "{}"),
    "inject": ("inject", "s.toml", "--out", "{}"), "train": ("train", "s.toml", "--out", "{}"),
    "map": ("map", "s.toml", "--out", "{}"),
    "wave": ("wave", "s.toml", "--corner", "tt_27c_1v2", "--weight", "+1", "--cell", "binary_2t2r", "--out", "{}"),
}  # fmt: skip
NETWORK = (
    '[[network]]\nname = "n"\nweights = "binary"\nsettings.hidden = [4]\nepochs = 1\n[injection]\nladder = [0.1]\n'
)


@pytest.mark.parametrize("kind", ["long", "circle", "below a file", "long below a new one", "long with its results"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_path_that_cannot_be_used_ends_with_2_and_says_why(command, kind, bad_paths, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.toml").write_text('[study]\nname = "s"\n[read]\ncells = ["binary_2t2r"]\n' + NETWORK)
    before = sorted(os.listdir(tmp_path))
    path, reason = bad_paths[kind]
    with pytest.raises(SystemExit) as ended:
        main([part.format(path) for part in COMMANDS[command]])
    err = capsys.readouterr().err
    assert ended.value.code == 2, err
    assert path[:100] in err
    assert reason in err
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.parametrize("command", ["study", "sweep", "report"])
def test_a_path_that_is_no_text_is_refused(command, tmp_path):
    """In a process of its own: what pytest captures cannot hold such a name."""
    name = os.fsdecode(b"\xff")
    (tmp_path / "s.toml").write_text('[study]\nname = "s"\n')
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / name).write_text('[study]\nname = "s"\n')
    path = f"there/{name}" if command == "study" else name
    done = shell('"$@"', *(part.format(path) for part in COMMANDS[command]), cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert b"\\udcff" in done.stderr
    assert b"it is not text in utf-8" in done.stderr
    assert sorted(os.listdir(tmp_path)) == ["s.toml", "there"]


KEYS = {
    "technology.card": '[technology]\ncard = "{}.toml"\n',
    "read.cells": '[read]\ncells = ["{}.toml"]\n',
    "bench": '[[bench]]\nname = "b"\nuse = "{}.py:Comparator"\n',
    "network": '[[network]]\nname = "n"\nfile = "{}"\n[injection]\nladder = [0.1]\n',
}


@pytest.mark.parametrize("path", [LONG, "circle/x", "file/x"])
@pytest.mark.parametrize("key", KEYS)
def test_a_path_in_a_study_that_cannot_be_used_ends_with_2(key, path, bad_paths, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.toml").write_text('[study]\nname = "s"\n' + KEYS[key].format(path))
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(SystemExit) as ended:
        main(["run", "s.toml"])
    err = capsys.readouterr().err
    assert ended.value.code == 2, err
    assert path[:50] in err
    assert sorted(os.listdir(tmp_path)) == before


def test_debug_shows_where_an_error_of_ours_came_up(tmp_path, capsys):
    for options in ([], ["--debug"]):
        with pytest.raises(SystemExit) as ended:
            main([*options, "sweep", str(tmp_path / "none.toml")])
        err = capsys.readouterr().err
        assert ended.value.code == 2
        assert f"rramsim: no file {tmp_path}" in err
        assert ("Traceback" in err) == bool(options)


def test_a_fault_of_the_program_is_one_line(tmp_path, capsys, monkeypatch):
    def fault(*_arguments, **_options):
        raise LookupError("two\nlines")

    (tmp_path / "s.toml").write_text('[study]\nname = "s"\n')
    monkeypatch.setattr(pipeline, "sweep", fault)
    for options in ([], ["--debug"]):
        with pytest.raises(SystemExit) as ended:
            main([*options, "sweep", str(tmp_path / "s.toml")])
        err = capsys.readouterr().err
        assert ended.value.code == 1
        line = "rramsim: ended unexpectedly with LookupError: two lines (rramsim --debug COMMAND … shows where)\n"
        assert err.endswith(line)
        assert (err == line) != bool(options)
        assert ("Traceback" in err) == bool(options)
