"""The README does what it says: its example runs, its tables name the real columns, its links lead somewhere."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from rramsim.circuits.catalog import R_BL, R_BLB
from rramsim.data.catalog import SOURCES
from rramsim.nn.storage import load_network
from rramsim.tables.ber import BER
from rramsim.tables.deployed import TABLES as SETTLING
from rramsim.tables.directions import DIRECTIONS
from rramsim.tables.distributions import DISTRIBUTIONS
from rramsim.tables.levels import LEVELS
from rramsim.tables.mapped import MAPPED
from rramsim.tables.measured import MEASURED
from rramsim.tables.reads import READS
from rramsim.tables.reliability import RELIABILITY
from rramsim.tables.training import TRAINING

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


CODE = re.findall(r"```python\n(.*?)```", README, re.DOTALL)

# A module as a user may have it.
MODULE = """
import torch

class Binary(torch.nn.Linear):
    def forward(self, x):
        return torch.nn.functional.linear(x, torch.where(self.weight >= 0, 1.0, -1.0))

module = torch.nn.Sequential(torch.nn.Flatten(), Binary(784, 10, bias=False), torch.nn.BatchNorm1d(10))
"""


def test_a_module_is_stored_as_printed(tmp_path):
    _, code = CODE
    assert len(code.splitlines()) <= 5
    (tmp_path / "example.py").write_text(MODULE + code)
    subprocess.run([sys.executable, "example.py"], cwd=tmp_path, check=True, timeout=120)
    network = load_network(tmp_path / "mine.safetensors")
    assert (network.kind.value, network.weights[0].shape) == ("binary", (10, 784))


@pytest.mark.spice
def test_the_example_runs_as_printed(tmp_path):
    code = CODE[0]
    assert len([line for line in code.splitlines() if line.strip()]) <= 8
    assert re.findall(r"^(?:import|from) .*", code, re.MULTILINE) == ["import rramsim"]
    (tmp_path / "example.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "example.py"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    # 2 supplies x 3 weights x 2 misreads, and a head line
    assert len(done.stdout.strip().splitlines()) == 13
    assert (tmp_path / "first" / "ber.csv").is_file()


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("ber", BER.names),
        ("reliability", RELIABILITY.names),
        ("directions", DIRECTIONS.names),
        ("levels", LEVELS.names),
        ("distributions", tuple(column.name for column in DISTRIBUTIONS.columns)),
        ("reads", (ROOT / "reports" / "quickstart" / READS.file).read_text().partition("\n")[0].split(",")),
        *(
            (name, tuple(column.name for column in table.columns))
            for name, table in (MEASURED | {"training": TRAINING} | SETTLING | MAPPED).items()
        ),
    ],
)
def test_every_column_is_explained_in_order(table, columns):
    heading = f"`{table}.csv`, one row"
    text = README[README.index(heading) :]
    text = text[: text.index("\n\n`", 5)] if "\n\n`" in text[5:] else text[: text.index("\n## ")]
    places = [text.index(f"`{column}`", len(heading)) for column in columns]
    assert places == sorted(places)


def test_every_data_set_is_in_the_table():
    table = README[README.index("## Data sets") :].partition("\n## ")[0]
    for source in SOURCES:
        assert f"`{source.name}`" in table
        if source.needs_folder:
            assert source.origin.split()[0] in table


def test_links_and_folders_exist():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target
    for folder in re.findall(r"^\| `([a-z_]+)/` \|", README, re.MULTILINE):
        assert (ROOT / folder).is_dir(), folder


def test_the_commands_are_those_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    assert "make test" in (ROOT / ".ci" / "run").read_text()


def test_the_circuit_is_that_of_the_tests():
    (example,) = re.findall(r"```toml\n(name = .*?)```", README, re.DOTALL)
    own = tomllib.loads((ROOT / "tests" / "end_to_end" / "own_circuit" / "latch.toml").read_text())
    own["cell"] |= {"r_bl": R_BL, "r_blb": R_BLB}
    assert tomllib.loads(example) == own
