import runpy
import shutil
from pathlib import Path

import pytest

from rramsim import resources
from rramsim.errors import MissingResourceError

ROOT = Path(__file__).resolve().parents[2]


def test_checkout_data_folders_are_found():
    assert resources.data_root("netlists") == ROOT / "netlists"
    assert resources.netlist_path("sense/pcsa.cir").is_file()
    assert resources.technology_path("generic_130nm_5v").suffix == ".toml"


def test_a_miss_lists_close_names():
    with pytest.raises(MissingResourceError, match=r"did you mean 'sense/pcsa\.cir'\?"):
        resources.netlist_path("sense/pcas.cir")
    with pytest.raises(MissingResourceError, match="did you mean 'generic_130nm_5v'"):
        resources.technology_path("generic_130nm")


def test_a_folder_inside_the_package_would_shadow_the_checkout():
    # An installed wheel has these two; in a checkout they would go stale.
    assert not (ROOT / "rramsim" / "netlists").exists()
    assert not (ROOT / "rramsim" / "device_models").exists()


def test_a_broken_installation_says_where_it_looked(tmp_path):
    package = tmp_path / "site-packages" / "rramsim"
    package.mkdir(parents=True)
    (tmp_path / "site-packages" / "netlists").mkdir()  # of another package: this is no checkout
    copy = shutil.copy(resources.__file__, package)
    broken = runpy.run_path(copy)
    with pytest.raises(MissingResourceError, match=r"'netlists' is missing: looked in .*rramsim.netlists and "):
        broken["data_root"]("netlists")
