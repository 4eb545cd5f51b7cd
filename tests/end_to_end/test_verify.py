"""``rramsim verify`` on a run folder that ngspice made."""

import re
import shutil

import pytest

from rramsim.cli.main import main

pytestmark = pytest.mark.spice


def run_main(capsys, *arguments):
    """Run in this process; exit code, standard output and error."""
    try:
        main([str(argument) for argument in arguments])
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture(scope="module")
def finished(tmp_path_factory, tiny_text):
    """Run folder of a study of two corners, made once."""
    root = tmp_path_factory.mktemp("finished")
    text = tiny_text.replace('["ternary_2t2r", "binary_2t2r"]', '["ternary_2t2r"]').replace("[1.1, 1.2]", "[1.1]")
    (root / "study.toml").write_text(text)
    with pytest.raises(SystemExit) as ended:
        main(["sweep", str(root / "study.toml"), "--out", str(root / "run")])
    assert not ended.value.code
    return root / "run"


@pytest.fixture
def folder(tmp_path, finished):
    return shutil.copytree(finished, tmp_path / "run")


def state(folder):
    """Changes whenever anything in a folder is written."""
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns, path.stat().st_ctime_ns) for path in folder.rglob("*")}


def test_a_fresh_run_agrees_and_is_left_as_it_is(finished, capsys):
    before = state(finished)
    code, out, err = run_main(capsys, "verify", finished)
    assert (code, "rramsim:" in err) == (0, False)
    first, *rows, verdict = out.splitlines()
    assert first.startswith(f"{finished / 'ber.csv'}: seed 3 draws rows ")
    assert len(rows) == 5
    assert all(row.startswith("row ") and row.endswith(": ok") for row in rows)
    assert verdict == "all 5 rows are the same to the last digit"
    assert state(finished) == before


def test_another_processor_is_told_by_its_rounding(finished, rramsim):
    # Without fused multiplication and wide vectors the libraries compute as on a processor that has none.
    older = {
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F,-AVX2_Usable,-FMA_Usable",
        "OPENBLAS_CORETYPE": "Nehalem",
    }
    done = rramsim("verify", finished, "--rows", 100, "--workers", 1, **older)
    assert done.code == 0, done.out + done.err
    rounding = r"rounding \(largest relative difference \de-\d\d in [\w.]+\)"
    assert re.search(rf"\nall 12 rows are the same to ({rounding}|the last digit)\n$", done.out)


def test_a_changed_digit_and_a_mangled_task_file_are_found(folder, capsys):
    reads = folder / "reads.csv"
    text = reads.read_text()
    digit = text.rindex(",") - 1
    digit = text.rindex("e-", 0, digit)  # the exponent of an energy's standard deviation
    digit = text.rindex(".", 0, digit) + 4
    reads.write_text(text[:digit] + str((int(text[digit]) + 1) % 10) + text[digit + 1 :])
    (first, *_) = sorted((folder / "tasks").iterdir())
    first.write_text(first.read_text()[:-20])
    code, out, err = run_main(capsys, "verify", folder, "--rows", 100, "--workers", 1)
    assert code == 1
    tasks = [line.split(",")[-2] for line in (folder / "ber.csv").read_text().splitlines()[1:]]
    changed = text.splitlines()[-1].split(",")[-2]
    differing = sum(task in (changed, first.stem) for task in tasks)
    assert len(tasks) == 12
    assert 4 <= differing < 12
    assert err.splitlines()[-1] == f"rramsim: {differing} of 12 rows of {folder / 'ber.csv'} differ"
    assert out.count(": differs\n") == differing
    # Both signs are of one task, and each of them has two misreads.
    assert out.count("  reads.csv, row 7, energy_std_j: stored ") == tasks.count(changed) == 4
    assert out.count(f"  tasks/{first.name}, file: stored damaged (") == tasks.count(first.stem)


def test_a_changed_digit_of_the_ber_table_is_found(folder, capsys):
    table = folder / "ber.csv"
    table.write_text(table.read_text().replace(",monte_carlo,20,", ",monte_carlo,21,", 1))
    code, out, _ = run_main(capsys, "verify", folder, "--rows", 100)
    assert code == 1
    assert "\n  ber.csv, row 2, simulations: stored 21, found 20\n" in out


def test_what_cannot_be_verified_ends_with_2(folder, capsys):
    study = folder / "study.toml"
    study.write_text(study.read_text().replace("max_trials = 20", "max_trials = 21"))
    code, _, err = run_main(capsys, "verify", folder)
    assert code == 2
    assert "yields no task" in err
    assert "likely study.toml, the model files or rramsim itself have changed" in err
    study.unlink()
    code, _, err = run_main(capsys, "verify", folder)
    assert (code, err) == (2, f"rramsim: {folder} is no run folder: it holds no study.toml\n")
