"""Data sets by name."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from rramsim.data.catalog import SOURCES, check_name, is_arrays, load_dataset
from rramsim.data.digits import DIGITS
from rramsim.errors import InputError, MissingExtraError, MissingResourceError, StudyError
from rramsim.study import build_study, load_study

FROM_FILES = [source for source in SOURCES if source.needs_folder]


def test_each_name_is_declared_once():
    names = [source.name for source in SOURCES]
    assert len(set(names)) == len(names)
    assert not any(map(is_arrays, names))
    for source in SOURCES:
        check_name(source.name)
        assert source.classes == len(set(source.class_names)) > 1


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(
        InputError, match=r"unknown data set 'minst'; did you mean 'mnist'\? Known: cifar10, digits, .*npz"
    ):
        load_dataset("minst")


@pytest.mark.parametrize("source", FROM_FILES, ids=lambda source: source.name)
def test_where_files_belong_is_told_where_they_are_not(source, tmp_path, monkeypatch):
    with pytest.raises(MissingResourceError, match=f"set RRAMSIM_DATA .*https://.*FOLDER/{source.name}"):
        load_dataset(source.name)
    monkeypatch.setenv("RRAMSIM_DATA", "")
    with pytest.raises(MissingResourceError, match="set RRAMSIM_DATA"):
        load_dataset(source.name)
    monkeypatch.setenv("RRAMSIM_DATA", str(tmp_path))
    with pytest.raises(MissingResourceError, match=f"no file of data set '{source.name}' in {tmp_path}.*https://"):
        load_dataset(source.name)
    with pytest.raises(MissingResourceError, match=f"no folder {tmp_path}/none"):
        load_dataset(source.name, tmp_path / "none")


def test_a_set_that_needs_no_folder_takes_no_notice_of_one(tmp_path, monkeypatch):
    digits = load_dataset("digits")
    monkeypatch.setenv("RRAMSIM_DATA", str(tmp_path / "none"))
    assert load_dataset("digits") is digits
    assert load_dataset("digits", tmp_path) is digits


def test_digits_are_split_as_ever():
    digits = load_dataset("digits")
    parts = (digits.train, digits.validation, digits.test)
    labels = [hashlib.sha256(part.labels.tobytes()).hexdigest()[:16] for part in parts]
    # From when digits were the only data set.
    assert labels == ["0c0f1df5bd88dfa4", "44e6c7b936ae04bf", "cfb6b1e12f6bda9f"]
    assert digits.shape == (64,)
    assert digits.train.images.std(dtype=np.float64) == pytest.approx(1, abs=2**-7)


def test_scikit_learn_is_an_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MissingExtraError, match="scikit-learn"):
        DIGITS.load(None)


def test_the_names_cost_nothing_heavy():
    heavy = ("torch", "sklearn", "wfdb", "mne", "neurokit2", "scipy.signal", "pandas", "matplotlib")
    code = f"import sys, rramsim.data.catalog; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def network(dataset):
    return [{"name": "n", "dataset": dataset}]


@pytest.mark.parametrize("dataset", ["minst", "", "data/mnist", "own.npy", "DIGITS"])
def test_a_study_of_an_unknown_data_set_is_refused_with_the_known_ones(dataset):
    with pytest.raises(StudyError) as caught:
        build_study(name="s", network=network(dataset))
    message = str(caught.value)
    assert "network[0].dataset: " in message
    assert f"(got {dataset!r})" in message
    assert not dataset or "Known: cifar10, digits" in message


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_a_study_may_name_any_data_set_where_its_files_are_not(source):
    study = build_study(name="s", network=network(source.name))
    assert study.network[0].dataset == source.name


def test_arrays_lie_beside_the_study_or_in_the_folder_of_data_sets(tmp_path):
    images, labels = np.eye(4), np.arange(4) % 2
    np.savez(tmp_path / "own.npz", train_images=images, train_labels=labels, test_images=images, test_labels=labels,
             validation_images=images, validation_labels=labels)  # fmt: skip
    (tmp_path / "s.toml").write_text('[study]\nname = "s"\n[[network]]\nname = "n"\ndataset = "own.npz"\n')
    beside = load_study(tmp_path / "s.toml")
    assert beside.network[0].dataset == str(tmp_path / "own.npz")
    assert load_dataset(beside.network[0].dataset).shape == (4,)
    # Its copy in a run folder leads to the same file.
    again = build_study(name="s", folder=tmp_path / "elsewhere", network=beside.resolved()["network"])
    assert again.network[0].dataset == beside.network[0].dataset
    elsewhere = build_study(name="s", folder=tmp_path / "elsewhere", network=network("own.npz"))
    assert elsewhere.network[0].dataset == "own.npz"
    assert load_dataset("own.npz", tmp_path).hash == load_dataset(beside.network[0].dataset).hash
    # Where the file lies is no part of what is asked for.
    assert beside.identity["injection"] == elsewhere.identity["injection"]
    other = build_study(name="s", network=network("other.npz"))
    assert beside.identity["injection"] != other.identity["injection"]
