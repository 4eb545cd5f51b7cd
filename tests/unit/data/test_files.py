"""Files of data sets: where they are found, in which form, and what is refused."""

import gzip
import re

import pytest

from rramsim.data.files import DataFolder, find_folder, published
from rramsim.errors import DataError, InputError, MissingResourceError

CONTENTS = {"first": b"one\n" * 1000, "deep/second": b"two\n"}
FORMS = ["", ".gz", ".xz", ".zip", ".tar", ".tar.gz", ".tar.xz"]


@pytest.fixture
def find(listed):
    def found(folder, contents=CONTENTS):
        return find_folder("small", listed(contents), folder, origin="https://example.org", bundles=("all*",))

    return found


def read(found):
    return {file.name: found.read(file) for file in found.files}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("place", [".", "small", "small-1.0", "all-1.0"])
def test_files_are_found_in_any_form_and_place(find, write, tmp_path, form, place):
    write(tmp_path / place, CONTENTS, form)
    found = find(tmp_path)
    assert found.path == tmp_path / place
    assert read(found) == CONTENTS


def test_files_may_lie_without_their_folder(find, write, tmp_path):
    write(tmp_path, {"first": CONTENTS["first"], "second": CONTENTS["deep/second"]}, ".gz")
    assert read(find(tmp_path)) == CONTENTS


def test_files_may_lie_where_an_archive_of_physionet_has_them(find, write, tmp_path):
    write(tmp_path / "all-1.0" / "files", CONTENTS)
    found = find(tmp_path)
    assert (found.path, read(found)) == (tmp_path / "all-1.0", CONTENTS)


def test_a_plain_file_is_taken_before_a_compressed_one(find, write, tmp_path):
    write(tmp_path, CONTENTS, "")
    write(tmp_path, dict.fromkeys(CONTENTS, b"other"), ".gz")
    assert read(find(tmp_path)) == CONTENTS


def test_an_unpacked_folder_may_lie_beside_its_archive(find, write, tmp_path):
    write(tmp_path, CONTENTS, ".zip")
    assert read(find(tmp_path)) == CONTENTS
    write(tmp_path / "all-1.0", CONTENTS)
    found = find(tmp_path)
    assert (found.path, read(found)) == (tmp_path / "all-1.0", CONTENTS)


def test_no_folder_is_named(find):
    with pytest.raises(MissingResourceError, match=r"set RRAMSIM_DATA .*'small' .*https://example\.org.*FOLDER/small"):
        find(None)


def test_the_folder_is_not_there_or_holds_nothing(find, tmp_path):
    with pytest.raises(MissingResourceError, match=f"no folder {tmp_path}/none.* their place is {tmp_path}/none/small"):
        find(tmp_path / "none")
    (tmp_path / "small").mkdir()
    (tmp_path / "smaller").mkdir()
    with pytest.raises(MissingResourceError, match=f"in {tmp_path}, {tmp_path}/small; .*https://example"):
        find(tmp_path)


@pytest.mark.parametrize("places", [(".", "small"), ("small", "small-1.0")])
def test_two_folders_of_one_data_set_are_refused(find, write, tmp_path, places):
    for place in places:
        write(tmp_path / place, CONTENTS)
    with pytest.raises(InputError, match=f"are in {tmp_path}.* and in {tmp_path}/small"):
        find(tmp_path)
    assert read(find(tmp_path / places[1])) == CONTENTS


@pytest.mark.parametrize("form", FORMS)
def test_a_missing_file_is_named(find, write, tmp_path, form):
    write(tmp_path, {"first": CONTENTS["first"]}, form)
    found = find(tmp_path)
    with pytest.raises(MissingResourceError, match=f"{tmp_path}: no file deep/second.*4 bytes.*https://example.org"):
        read(found)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"two", "has 3 bytes"),
        (b"two\n" * 500, "has more than 4 bytes"),
        (b"owt\n", "has the SHA-256 [0-9a-f]{64}"),
    ],
)
def test_another_file_is_refused(find, write, tmp_path, form, content, message):
    write(tmp_path, CONTENTS | {"deep/second": content}, form)
    with pytest.raises(DataError, match=rf"{tmp_path}/(deep/second|all).*{message}.* needs deep/second of 4 bytes"):
        read(find(tmp_path))


@pytest.mark.parametrize("form", [".gz", ".xz"])
def test_a_truncated_file_is_refused(find, write, tmp_path, form):
    write(tmp_path, CONTENTS, form)
    path = tmp_path / f"first{form}"
    whole = path.read_bytes()
    for end in (0, 1, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:end])
        with pytest.raises(DataError, match=f"{path}: (cannot be decompressed|has 0 bytes)"):
            read(find(tmp_path))


@pytest.mark.parametrize("form", [".zip", ".tar", ".tar.gz", ".tar.xz"])
def test_a_truncated_archive_is_refused(find, write, tmp_path, form):
    write(tmp_path, CONTENTS, form)
    path = tmp_path / f"all{form}"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 3])
    with pytest.raises(DataError, match=f"{path}: cannot be read as an archive"):
        find(tmp_path)


def test_no_more_is_decompressed_than_a_file_may_hold(find, write, tmp_path):
    """A small file that becomes gigabytes would fill the memory."""
    write(tmp_path, CONTENTS)
    (tmp_path / "deep" / "second").unlink()
    (tmp_path / "second.gz").write_bytes(gzip.compress(b"two\n") + 200 * gzip.compress(bytes(10**6)))
    with pytest.raises(DataError, match="has more than 4 bytes"):
        read(find(tmp_path))


def test_a_file_that_is_a_folder_is_none(find, write, tmp_path):
    write(tmp_path, CONTENTS)
    (tmp_path / "first").unlink()
    (tmp_path / "first").mkdir()
    with pytest.raises(MissingResourceError, match="no file first"):
        read(find(tmp_path))


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10", "mitdb", "ludb", "eegmmidb"])
def test_what_is_published_is_listed_once_and_whole(name):
    files = published(name)
    assert len({file.name for file in files}) == len(files)
    for file in files:
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        assert file.size > 0
        assert not file.name.startswith("/")
    found = DataFolder(name=name, path=None, files=files, origin="")
    assert found.file(files[-1].name) == files[-1]
    with pytest.raises(KeyError):
        found.file("none")
