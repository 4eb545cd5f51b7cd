"""What was made apart is not shown together: a line takes its place, and names the command that mends it."""

import logging

import pytest

import rramsim
from rramsim.errors import InputError
from rramsim.report.html import write_report
from rramsim.report.run_data import load_run
from rramsim.runs.stamps import file_hash, stamp_study, write_stamped

pytestmark = pytest.mark.usefixtures("undrawn")

SWEPT = ("ber.csv", "reads.csv", "distributions.csv", "waveforms.csv", "window.csv", "provenance.json")
MAPPED = ("mapping.csv", "energy.csv")
MEASURED = ("accuracy.csv", "chips.csv", "classes.csv", "tolerance.csv")
UNSWEPT = {"training.csv", "mapping.csv"}  # which no sweep changes
A, B = {"sweep": "a", "ngspice": "39"}, {"sweep": "b", "ngspice": "39"}
# Marks of figures in the page that belong to each table.
FIGURES = {"ber.csv": "ber_", "reads.csv": "energy_", "waveforms.csv": "waveforms_", "accuracy.csv": "accuracy_",
           "training.csv": "training",
           "mapping.csv": "floor_plan_"}  # fmt: skip


def stamp_tables(folder, names, origin):
    write_stamped(folder, {name: (folder / name).read_bytes() for name in names}, origin)


@pytest.fixture
def stamped(run_dir):
    """A run folder as rramsim leaves it."""
    stamp_study(run_dir, A | {"injection": "i", "mapping": "m"})
    stamp_tables(run_dir, SWEPT, A)
    used = {"table": file_hash(run_dir / "mapping.csv"), "reads": file_hash(run_dir / "reads.csv")}
    stamp_tables(run_dir, MAPPED, {"mapping": "m"} | used)
    stamp_tables(run_dir, MEASURED, {"ber": file_hash(run_dir / "ber.csv"), "injection": "i"})
    stamp_tables(run_dir, ["training.csv"], {"injection": "i"})
    return run_dir


def shown(folder):
    page = write_report(folder).read_text()
    return {name for name, mark in FIGURES.items() if f'<figure id="{mark}' in page}, page


def test_what_belongs_together_is_shown_without_a_word(stamped, caplog):
    found, page = shown(stamped)
    assert found == set(FIGURES)
    assert "of your own" not in page
    assert "again</p>" not in page
    assert caplog.records == []


def test_tables_of_another_study_are_told_from_its_first_moment_on(stamped, caplog):
    stamp_study(stamped, B | {"injection": "i", "mapping": "m"})
    found, page = shown(stamped)
    assert found == UNSWEPT
    assert "energy.csv was made from a reads.csv of another study: run rramsim sweep and map again" in page
    assert 'id="energy-summary"' not in page
    for name in SWEPT:
        line = f"{name} was made for another study than the one in this folder: run rramsim sweep again"
        assert line in page
        assert line in caplog.text
    for name in MEASURED:
        line = f"{name} was made from a ber.csv of another study: run rramsim sweep and inject again"
        assert line in page
        assert line in caplog.text
    assert 'id="worst-ber"' not in page
    assert 'id="accuracy-table"' not in page
    assert 'id="transistors-' not in page


def test_a_sweep_by_another_ngspice_is_another_one(stamped):
    stamp_study(stamped, {"sweep": "a", "ngspice": "42", "injection": "i"})
    assert shown(stamped)[0] == UNSWEPT


@pytest.mark.parametrize("stamp", [True, False])
def test_accuracies_of_another_table_are_not_shown_also_where_it_was_not_stamped_yet(stamp, stamped):
    table = stamped / "ber.csv"
    table.write_text(table.read_text().replace("0.0,0.0,", "1e-3,0.0,"))
    if stamp:
        stamp_tables(stamped, ["ber.csv"], A)
    found, page = shown(stamped)
    assert found == set(FIGURES) - {"accuracy.csv"}
    assert "accuracy.csv was made from another ber.csv: run rramsim inject again" in page
    assert ("ber.csv is a table of your own, not as rramsim wrote it." in page) is not stamp
    with pytest.raises(InputError, match=r"accuracy\.csv was made from another"):
        rramsim.plot_accuracy(load_run(stamped), mode="read")
    assert "<svg" in rramsim.plot_reads(load_run(stamped), cell="ternary_2t2r", quantity="energy").svg


def test_accuracies_of_other_networks_are_not_shown(stamped):
    stamp_study(stamped, A | {"injection": "j"})
    found, page = shown(stamped)
    assert found == set(FIGURES) - {"accuracy.csv", "training.csv"}
    for name in ("accuracy.csv", "training.csv"):
        line = f"{name} was made for other networks or another injection than the study names: run rramsim inject again"
        assert line in page


def test_an_edited_table_is_shown_and_called_the_user_s(stamped):
    path = stamped / "accuracy.csv"
    path.write_text(path.read_text().replace("0.96", "0.965"))
    found, page = shown(stamped)
    assert found == set(FIGURES)
    assert page.count("is a table of your own, not as rramsim wrote it.") == 1
    assert "accuracy.csv is a table of your own" in page


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("content", "study.toml was changed since the tables were made: run rramsim sweep again"),
        (
            "injected",
            "study.toml names other networks or another injection than when the tables were made: run rramsim ",
        ),
    ],
)
def test_a_study_that_was_edited_is_told(key, line, stamped):
    stamp_study(stamped, A | {"injection": "i", key: "of what it was"})
    found, page = shown(stamped)
    assert found == set(FIGURES)
    assert line in page


def test_a_mapping_of_other_networks_or_arrays_is_not_shown(stamped, caplog):
    stamp_study(stamped, A | {"injection": "i", "mapping": "other"})
    found, page = shown(stamped)
    assert found == set(FIGURES) - {"mapping.csv"}
    for name in MAPPED:
        line = f"{name} was made for other networks or arrays than the study names: run rramsim map again"
        assert line in page
        assert line in caplog.text
    for table in ("mapping-summary", "energy-summary", "memory-table", "mapping-table"):
        assert f'id="{table}"' not in page
    assert 'id="memory_accuracy"' not in page


@pytest.mark.parametrize("name", ["mapping.csv", "reads.csv"])
def test_energies_of_another_table_are_not_shown(name, stamped):
    (stamped / name).write_text((stamped / name).read_text() + "\n")
    _, page = shown(stamped)
    assert f"energy.csv was made from another {name}: run rramsim map again" in page
    assert 'id="energy-summary"' not in page


def test_a_folder_without_stamps_is_the_user_s(run_dir, caplog):
    with caplog.at_level(logging.WARNING):
        found, page = shown(run_dir)
    assert found == set(FIGURES)
    assert page.count("is a table of your own") == 12
    assert caplog.records == []


def test_figures_of_what_is_no_longer_shown_are_removed_and_others_left_alone(stamped):
    write_report(stamped)
    figures = stamped / "figures"
    (figures / "mine.svg").write_text("<svg/>")
    edited = figures / "accuracy_ber_read.svg"
    edited.write_text(edited.read_text() + "<!-- mine -->")
    before = {path.name for path in figures.iterdir()}
    stamp_study(stamped, A | {"injection": "j"})
    write_report(stamped)
    modes, kinds = ("static", "read"), ("accuracy_corners", "accuracy_ber", "f1_ber")
    gone = {f"{kind}_{mode}.svg" for kind in kinds for mode in modes}
    gone |= {"accuracy_chips.svg", "memory_accuracy.svg", "training.svg"}
    assert {path.name for path in figures.iterdir()} == before - gone | {edited.name}
