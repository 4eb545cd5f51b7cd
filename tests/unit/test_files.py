import os
import stat
import subprocess
import sys
import threading

import pytest

from rramsim.errors import OutputError, WriteError
from rramsim.files import canonical_json, check_writable, content_id, remove_stale_temporaries, write_atomic


def test_a_written_file_is_whole_and_alone(tmp_path):
    path = tmp_path / "table.csv"
    write_atomic(path, "a\n")
    write_atomic(path, "bb\n")
    assert path.read_text() == "bb\n"
    assert os.listdir(tmp_path) == ["table.csv"]
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing(tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    write_atomic(path, "old\n")

    def full_disk(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full_disk)
    with pytest.raises(WriteError, match=r"cannot write .*table\.csv: No space left on device"):
        write_atomic(path, "new\n")
    assert path.read_text() == "old\n"
    assert os.listdir(tmp_path) == ["table.csv"]


def test_a_missing_folder_is_a_write_error(tmp_path):
    with pytest.raises(WriteError, match="No such file or directory"):
        write_atomic(tmp_path / "nowhere" / "x", "text")


def test_a_folder_that_can_be_written_stays_as_it_was(tmp_path):
    check_writable(tmp_path)
    assert os.listdir(tmp_path) == []
    with pytest.raises(OutputError, match=r"cannot write into .*nowhere: No such file or directory"):
        check_writable(tmp_path / "nowhere")


# Writes, but never comes to the renaming.
STOPPED_WRITER = """
import pathlib, sys, time
from rramsim.files import write_atomic
def replace(self, _target):
    print(self.name, flush=True)
    time.sleep(1000)
pathlib.Path.replace = replace
write_atomic(pathlib.Path(sys.argv[1]), "text")
"""


def test_only_the_temporary_file_of_a_killed_writer_is_removed(tmp_path):
    (tmp_path / ".mine-12345678.tmp").write_text("mine")
    writer = subprocess.Popen(
        [sys.executable, "-c", STOPPED_WRITER, tmp_path / "table.csv"], stdout=subprocess.PIPE, text=True
    )
    with writer:
        temporary = writer.stdout.readline().strip()
        remove_stale_temporaries(tmp_path)
        assert sorted(os.listdir(tmp_path)) == sorted([".mine-12345678.tmp", temporary])
        writer.kill()
    remove_stale_temporaries(tmp_path)
    assert os.listdir(tmp_path) == [".mine-12345678.tmp"]


def test_cleaning_up_never_disturbs_a_writer(tmp_path):
    done = threading.Event()

    def clean_up():
        while not done.is_set():
            remove_stale_temporaries(tmp_path)

    cleaner = threading.Thread(target=clean_up)
    cleaner.start()
    try:
        for number in range(500):
            write_atomic(tmp_path / "table.csv", str(number))
            assert (tmp_path / "table.csv").read_text() == str(number)
    finally:
        done.set()
        cleaner.join()
    assert os.listdir(tmp_path) == ["table.csv"]


def test_equal_values_have_equal_ids():
    assert content_id({"a": 1, "b": [1.5, None]}) == content_id({"b": [1.5, None], "a": 1})
    assert content_id({"a": 1}) != content_id({"a": 2})
    with pytest.raises(ValueError, match="Out of range"):
        canonical_json(float("nan"))
