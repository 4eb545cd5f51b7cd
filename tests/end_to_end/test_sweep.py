"""The sweep with real ngspice: what the table must not depend on, and what a failure must not cost."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

from rramsim.ber.plan import ngspice_version
from rramsim.ber.sweep import sweep
from rramsim.errors import ConvergenceError, DeckError, NgspiceCrashError
from rramsim.resources import data_root
from rramsim.runs.folder import RunFolder
from rramsim.spice.workers import local_workers
from rramsim.study import load_study
from rramsim.tables.ber import BER
from rramsim.tables.points import read_points

pytestmark = pytest.mark.spice


@pytest.fixture(scope="module")
def workers():
    with local_workers(2) as executor:
        yield executor


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, workers, tiny_text):
    """Run folder of the tiny study, made once."""
    root = tmp_path_factory.mktemp("undisturbed")
    (root / "study.toml").write_text(tiny_text)
    folder = RunFolder(root / "run")
    folder.prepare()
    sweep(load_study(root / "study.toml").sweep, folder, workers)
    return folder.path


def run_study(study, path, executor, **options):
    folder = RunFolder(path)
    folder.prepare()
    return sweep(load_study(study).sweep, folder, executor, **options)


def test_tables_have_the_stable_columns_and_every_confusion(undisturbed):
    frame = read_points(BER, undisturbed / "ber.csv")
    assert tuple(frame.columns) == (*BER.names, "mirrored")
    # 4 corners x (3 ternary weights x 2 misreads + 2 binary weights x 2 misreads)
    assert len(frame) == 4 * (6 + 4)
    assert set(frame[frame["cell"] == "ternary_2t2r"]["error_type"]) == {"1", "2", "3"}
    assert set(frame[frame["cell"] == "binary_2t2r"]["error_type"]) == {"1", "?"}
    assert (frame["simulations"] == 20).all()
    assert (frame["ci_high"] > 0).all()
    reads = pd.read_csv(undisturbed / "reads.csv")
    assert reads.columns.tolist() == [
        "cell", "process", "vdd_v", "temperature_c", "t_sense_s", "programmed", "reads", "latched",
        "latching_time_median_s", "latching_time_p95_s", "margin_median_v", "energy_mean_j", "energy_std_j", "task_id",
        "mirrored",
    ]  # fmt: skip
    assert len(reads) == 4 * 5
    assert reads["energy_mean_j"].between(1e-14, 1e-12).all()


def test_one_worker_and_another_order_give_the_same_bytes(tiny, tmp_path, undisturbed):
    text = tiny.read_text()
    tiny.write_text(
        text.replace('["TT", "SS"]', '["SS", "TT"]')
        .replace("[1.1, 1.2]", "[1.2, 1.1]")
        .replace('["ternary_2t2r", "binary_2t2r"]', '["binary_2t2r", "ternary_2t2r"]')
    )
    with local_workers(1) as executor:
        run_study(tiny, tmp_path / "run", executor)
    for name in ("ber.csv", "reads.csv"):
        assert (tmp_path / "run" / name).read_bytes() == (undisturbed / name).read_bytes()


def test_another_seed_gives_another_table(tiny, tmp_path, workers, undisturbed):
    tiny.write_text(tiny.read_text().replace("seed = 3", "seed = 4"))
    run_study(tiny, tmp_path / "run", workers)
    assert (tmp_path / "run" / "reads.csv").read_bytes() != (undisturbed / "reads.csv").read_bytes()


def test_a_resumed_sweep_runs_what_is_missing_and_gives_the_same_bytes(tiny, tmp_path, workers, undisturbed):
    shutil.copytree(undisturbed, tmp_path / "run")
    tasks = sorted((tmp_path / "run" / "tasks").iterdir())
    tasks[0].unlink()
    tasks[1].write_text(tasks[1].read_text()[:40])
    (tmp_path / "run" / "ber.csv").unlink()
    seen = []
    result = run_study(
        tiny, tmp_path / "run", workers, progress=lambda done, total, _inside=0: seen.append((done, total))
    )
    assert (result.tasks, result.resumed) == (8, 6)
    assert seen[0] == (6, 8)
    assert seen[-1] == (8, 8)
    assert (tmp_path / "run" / "ber.csv").read_bytes() == (undisturbed / "ber.csv").read_bytes()


def technology(folder, library):
    """The built-in technology with another library text."""
    folder.mkdir()
    source = data_root("device_models") / "cmos" / "generic_130nm_5v.toml"
    (folder / "own.toml").write_text(source.read_text())
    (folder / "generic_130nm_5v.lib").write_text(library)
    return folder / "own.toml"


def builtin_library():
    return (data_root("device_models") / "cmos" / "generic_130nm_5v.lib").read_text()


def failing_sweep(tiny, tmp_path, executor, library):
    card = technology(tmp_path / "pdk", library)
    tiny.write_text(f'{tiny.read_text()}\n[technology]\ncard = "{card}"\n')
    return run_study(tiny, tmp_path / "run", executor)


def with_other_nfet_in_ss(elements):
    """The built-in library with further elements in the NMOS of one process corner."""
    library = builtin_library()
    start = library.index(".lib ss")
    other = library[:start] + library[start:].replace(
        ".lib generic_130nm_5v.lib devices", ".lib generic_130nm_5v.lib other", 1
    )
    devices = library[library.index("\n.lib devices") :].replace("\n.lib devices", "\n.lib other")
    return f"{other}\n{devices.replace('.ends nfet', f'{elements}.ends nfet').replace('.endl devices', '.endl other')}"


def test_a_deck_that_ngspice_refuses_costs_its_corner_only(tiny, tmp_path):
    broken = with_other_nfet_in_ss("xbroken d g no_such_subcircuit\n")
    with local_workers(1) as executor, pytest.raises(DeckError) as caught:
        failing_sweep(tiny, tmp_path, executor, broken)
    message = str(caught.value)
    assert "4 of 8 points failed (4 finished ones are kept)" in message
    assert "ternary_2t2r, ss_27c_1v1" in message
    assert "no_such_subcircuit" in message
    assert caught.value.deck_path.read_text().count("no_such_subcircuit") == 1
    assert set(read_points(BER, tmp_path / "run" / "ber.csv")["process"]) == {"TT"}


def test_a_read_that_does_not_converge_is_an_error_and_never_a_number(tiny, tmp_path):
    broken = with_other_nfet_in_ss("bwild x 0 v = v(x) > 0.5 ? 0 : 1\nrwild x 0 1k\n")  # has no solution
    tiny.write_text(tiny.read_text().replace("max_trials = 20", "max_trials = 2"))  # each tries every fallback
    with local_workers(1) as executor, pytest.raises(ConvergenceError, match="did not converge"):
        failing_sweep(tiny, tmp_path, executor, broken)
    assert set(read_points(BER, tmp_path / "run" / "ber.csv")["process"]) == {"TT"}


def test_a_killed_worker_costs_nothing(tiny, tmp_path, undisturbed):
    process = subprocess.Popen(
        [sys.executable, "-c", "from rramsim.cli.main import main; main()", "sweep", tiny, "--out", tmp_path / "run"],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    wait_for(lambda: any((tmp_path / "run" / "tasks").glob("*.json")), process)
    for worker in ngspice_children(process.pid):
        os.kill(worker, signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert (tmp_path / "run" / "ber.csv").read_bytes() == (undisturbed / "ber.csv").read_bytes()


def test_a_pool_of_another_kind_that_breaks_ends_the_run_and_keeps_what_was_finished(tiny, tmp_path, undisturbed):
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        worker = executor.submit(os.getpid).result()

        def kill_after_three(done, _total, _inside=0):
            if done == 3:
                os.kill(worker, signal.SIGKILL)

        with pytest.raises(NgspiceCrashError, match=r"a worker process died .* run the same command again"):
            run_study(tiny, tmp_path / "run", executor, progress=kill_after_three)
        with pytest.raises(NgspiceCrashError, match="died while it loaded ngspice"):
            ngspice_version(executor)
    assert 3 <= len(list((tmp_path / "run" / "tasks").glob("*.json"))) < 20
    with local_workers(1) as executor:
        run_study(tiny, tmp_path / "run", executor)
    assert (tmp_path / "run" / "ber.csv").read_bytes() == (undisturbed / "ber.csv").read_bytes()


def wait_for(condition, process, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def ngspice_children(parent):
    """Worker processes of ``parent`` that have loaded ngspice."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=True)
    pids = [int(word) for word in listed.stdout.split()]
    found = []
    for pid in pids:
        try:
            if "libngspice" in Path(f"/proc/{pid}/maps").read_text():
                found.append(pid)
        except OSError:
            continue
    return found
