import pytest

from rramsim.errors import NgspiceNotFoundError
from rramsim.spice import library


def test_the_users_variable_wins_and_must_exist(tmp_path):
    path = tmp_path / "libngspice.so"
    with pytest.raises(NgspiceNotFoundError, match="which is not a file"):
        library.find_library({"NGSPICE_LIBRARY_PATH": str(path)})
    path.touch()
    assert library.find_library({"NGSPICE_LIBRARY_PATH": str(path)}) == str(path)


@pytest.mark.parametrize(
    ("platform", "name"),
    [(platform, name) for platform, names in library.NAMES.items() for name in names],
)
def test_every_systems_name_is_found_in_a_conda_environment(platform, name, tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / name).touch()
    assert library.find_library({"CONDA_PREFIX": str(tmp_path)}, platform=platform) == str(tmp_path / "lib" / name)


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_system_folders_are_searched_in_order(platform, tmp_path, monkeypatch):
    name = library.NAMES[platform][0]
    folders = tuple(str(tmp_path / part) for part in ("a", "b"))
    monkeypatch.setitem(library.FOLDERS, platform, folders)
    for folder in reversed(folders):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).touch()
        assert library.find_library({}, platform=platform) == f"{folder}/{name}"


def test_a_missing_library_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(library.FOLDERS, "linux", ())
    monkeypatch.setattr("ctypes.util.find_library", lambda _name: None)
    monkeypatch.setattr(library.sys, "platform", "linux")
    with pytest.raises(
        NgspiceNotFoundError, match=r"(?s)not found;.*apt-get install ngspice libngspice0.*NGSPICE_LIBRARY"
    ):
        library.find_library({}, platform="linux")
