import os
import stat

import pytest

from rramsim.errors import OutputError
from rramsim.files import canonical_json, content_id, write_atomic


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
    with pytest.raises(OutputError, match=r"cannot write .*table\.csv: No space left on device"):
        write_atomic(path, "new\n")
    assert path.read_text() == "old\n"
    assert os.listdir(tmp_path) == ["table.csv"]


def test_a_missing_folder_is_an_output_error(tmp_path):
    with pytest.raises(OutputError, match="No such file or directory"):
        write_atomic(tmp_path / "nowhere" / "x", "text")


def test_equal_values_have_equal_ids():
    assert content_id({"a": 1, "b": [1.5, None]}) == content_id({"b": [1.5, None], "a": 1})
    assert content_id({"a": 1}) != content_id({"a": 2})
    with pytest.raises(ValueError, match="Out of range"):
        canonical_json(float("nan"))
