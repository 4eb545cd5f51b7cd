"""The wheel, built by way of the sdist and installed elsewhere, holds the data files and works without the checkout."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.spice

ROOT = Path(__file__).resolve().parents[2]
DATA = ("netlists", "device_models")


def run(*command, **options):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=300, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", out, ROOT)  # sdist first, then the wheel from it
    assert len(list(out.glob("*.tar.gz"))) == 1
    (path,) = out.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Environment with the wheel; its dependencies are those of this one."""
    environment = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", environment)
    python = environment / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--quiet", wheel)
    (site,) = environment.glob("lib/python*/site-packages")
    # Path lines only: the .pth files of that folder, an editable rramsim among them, are not read.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def tracked(folder):
    listed = run("git", "ls-files", folder, cwd=ROOT)
    return {line for line in listed.splitlines() if line}


def test_wheel_ships_exactly_the_data_files_of_the_checkout(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in DATA:
        shipped = {name.removeprefix("rramsim/") for name in names if name.startswith(f"rramsim/{folder}/")}
        assert shipped == tracked(folder)
        assert shipped


def test_wheel_ships_package_data_and_licence(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {
        name
        for name in names
        if name.startswith("rramsim/") and not name.startswith(tuple(f"rramsim/{d}/" for d in DATA))
    }
    assert package == tracked("rramsim")
    assert "rramsim/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any(name.startswith(("tests", "reports", "benchmarks")) for name in names)


def test_installed_package_finds_its_data_and_reads_a_cell(installed, tmp_path):
    code = (
        "import rramsim.resources as r; print(r.netlist_path('sense/pcsa.cir'), r.technology_path('generic_130nm_5v'))"
    )
    for path in run(installed, "-c", code, cwd=tmp_path).split():
        assert Path(path).is_relative_to(installed.parents[1])
    out = run(installed.parent / "rramsim", "doctor", cwd=tmp_path)
    assert "+1 read as +1" in out


BLOCK = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocked())
from rramsim.cli.main import main
main({arguments!r})
"""
EXTRAS = ("torch", "sklearn", "safetensors", "matplotlib", "jinja2")


def blocked(arguments, cwd):
    code = BLOCK.format(names=EXTRAS, arguments=arguments)
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300, cwd=cwd, env=os.environ
    )


def test_circuit_side_works_without_the_extras(tmp_path):
    (tmp_path / "s.toml").write_text('[study]\nname = "s"\n[ber]\nmax_trials = 5\n')
    done = blocked(["sweep", "s.toml"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "runs" / "s" / "ber.csv").is_file()


@pytest.mark.parametrize(
    ("arguments", "text", "hint"),
    [
        (["train", "s.toml"], '[[network]]\nname = "n"', "pip install 'rramsim[nn]'"),
        (["run", "s.toml"], "", "pip install 'rramsim[report]'"),
        (["eqprop", "train", "p_1h"], "", "pip install 'rramsim[nn]'"),
        (["eqprop", "diagnose", "p_1h"], "", "pip install 'rramsim[nn]'"),
        (["wave", "s.toml", "--corner", "tt_27c_1v2", "--weight", "0"], "", "pip install 'rramsim[report]'"),
    ],
)
def test_a_missing_extra_is_named_before_any_work(arguments, text, hint, tmp_path):
    (tmp_path / "s.toml").write_text(f'[study]\nname = "s"\n{text}')
    done = blocked(arguments, tmp_path)
    assert done.returncode == 1
    assert hint in done.stderr
    assert "Traceback" not in done.stderr
    assert os.listdir(tmp_path) == ["s.toml"]
