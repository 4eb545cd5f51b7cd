"""Scripts that sweep, however Python was given them: workers need nothing of the script."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.spice

SWEEP = """
import rramsim
study = rramsim.build_study(
    name="little", read={"cells": ["binary_2t2r"]}, ber={"estimator": "monte_carlo", "max_trials": 3}
)
print("begun")
print(len(rramsim.sweep(study, out="run", workers=1).ber), "rows")
"""
# A worker of multiprocessing.Pool is a daemon.
POOL = f"""
import multiprocessing
def job(_number):
    exec({SWEEP!r}, {{}})
if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.map(job, [1])
"""


@pytest.mark.parametrize(
    ("arguments", "script"),
    [
        (["-"], SWEEP),
        (["script.py"], SWEEP),
        (["-m", "script"], SWEEP),
        (["-c", SWEEP], SWEEP),
        (["script.py"], POOL),
    ],
    ids=["standard input", "without a guard", "module", "argument", "pool"],
)
def test_a_script_is_run_once(arguments, script, tmp_path):
    (tmp_path / "script.py").write_text(script)
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=tmp_path,
        input=script,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["begun", "4 rows"]
    assert done.stderr == ""
