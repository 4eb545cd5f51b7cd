"""One writer a folder, and none that a dead one keeps out."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from rramsim.errors import OutputError
from rramsim.report.html import write_report
from rramsim.runs.lock import locked
from rramsim.study import build_study
from rramsim.study.run_folder import claimed

HOLD = """
import sys
from pathlib import Path
from rramsim.runs.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of a folder."""
    folder = tmp_path / "run"
    folder.mkdir()
    command = [sys.executable, "-c", textwrap.dedent(HOLD), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process, folder
        process.kill()


def content(folder):
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}


def test_a_second_writer_is_told_who_the_first_is_and_changes_nothing(holder):
    process, folder = holder
    before = content(folder)
    told = rf"another rramsim is writing into \S+ \(process {process.pid}\)"
    with pytest.raises(OutputError, match=told), locked(folder):
        pass
    study = build_study(name="s")
    with pytest.raises(OutputError, match="another rramsim"), claimed(study, folder):
        pass
    with pytest.raises(OutputError, match="another rramsim"):
        write_report(folder)
    assert content(folder) == before


def test_a_killed_writer_leaves_no_lock(holder):
    process, folder = holder
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with locked(folder), pytest.raises(OutputError, match=rf"\(process {os.getpid()}\)"), locked(folder):
        pass
    assert list(folder.iterdir()) == []


def test_without_locks_work_goes_on(tmp_path, monkeypatch):
    def unsupported(_handle, _operation):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", unsupported)
    with locked(tmp_path), locked(tmp_path):
        (tmp_path / "table").write_text("x")
    assert [path.name for path in tmp_path.iterdir()] == ["table"]


def fail(written):
    if written:
        written.write_text("x")
    raise ZeroDivisionError


def test_a_folder_made_for_nothing_is_removed_and_one_with_something_in_it_kept(tmp_path):
    study = build_study(name="s")
    for kept in (False, True):
        with pytest.raises(ZeroDivisionError), claimed(study, tmp_path / "a" / "b") as folder:
            fail(folder.path / "table" if kept else None)
        assert [path.name for path in tmp_path.rglob("*")] == (["a", "b", "table"] if kept else [])
