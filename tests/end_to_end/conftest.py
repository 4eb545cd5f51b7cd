"""The command as a user types it, and tiny studies for it."""

import io
import os
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from rramsim.cli.main import main
from rramsim.spice import executors
from rramsim.spice import workers as local

TINY = """
[study]
name = "tiny"
title = "Two corners"
seed = 3

[devices]
preset = "hfo2_130nm"

[corners]
process = ["TT", "SS"]
vdd_v = [1.1, 1.2]
temperature_c = [27]

[read]
cells = ["ternary_2t2r", "binary_2t2r"]
t_precharge_s = "40 ns" # the recharge ends at the slowest corner, too: nothing is warned of

[ber]
estimator = "monte_carlo"
max_trials = 20
"""

# Rates that are estimated: half of the points start from what the other half found.
RARE = """
[study]
name = "rare"
seed = 3
[corners]
process = ["TT", "SS"]
[ber]
max_trials = 20
floor = 1e-6
relative_precision = 0.3
"""

NETWORKS = """
[[network]]
name = "ternary"
weights = "ternary"
settings.hidden = [16]
epochs = 3

[[network]]
name = "binary"
weights = "binary"
settings.hidden = [16]
epochs = 3

[injection]
repeats = 3
ladder = [0.01, 0.1]
"""


@dataclass(frozen=True)
class Finished:
    code: int
    out: str
    err: str


@pytest.fixture
def rramsim(tmp_path):
    """Run the command in its own process, as from a shell, in an empty folder."""

    def run(*arguments: object, cwd: Path = tmp_path, **environment: str) -> Finished:
        done = subprocess.run(
            [sys.executable, "-c", "from rramsim.cli.main import main; main()", *map(str, arguments)],
            cwd=cwd, env=os.environ | environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        return Finished(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def tiny_text():
    return TINY


@pytest.fixture(scope="session")
def rare_text():
    return RARE


@pytest.fixture(scope="session")
def networks_text():
    return NETWORKS


@pytest.fixture
def tiny(tmp_path, tiny_text):
    path = tmp_path / "tiny.toml"
    path.write_text(tiny_text, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def shared_workers():
    """Two worker processes for commands that are run in this process: to start some takes most of a command's time."""
    with local.local_workers(2) as executor:
        list(executor.map(abs, range(4)))  # here, in a folder that stays
        yield executor


@pytest.fixture
def rramsim_here(shared_workers, monkeypatch, tmp_path):
    """Run the command in this process, on workers that are up."""
    for module in (executors, local):
        monkeypatch.setattr(module, "local_workers", lambda *_arguments, **_options: nullcontext(shared_workers))

    def run(*arguments: object, cwd: Path = tmp_path) -> Finished:
        streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2)]
        with monkeypatch.context() as patch:
            patch.chdir(cwd)
            patch.setattr(sys, "stdout", streams[0])
            patch.setattr(sys, "stderr", streams[1])
            with pytest.raises(SystemExit) as ended:
                main([*map(str, arguments)])
        out, err = (stream.buffer.getvalue().decode() for stream in streams)
        return Finished(ended.value.code or 0, out, err)

    return run
