"""Data sets of electrocardiograms: small records in the format of the large ones."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from rramsim.data.ecg12 import ECG12
from rramsim.data.electrocardiogram import LEADS, arms_inverted, both_ways, in_band
from rramsim.data.ludb import LUDB
from rramsim.data.mitdb import MITDB
from rramsim.errors import DataError, MissingExtraError, MissingResourceError

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import wfdb

BEATS = {"N": "NLRej", "S": "AaJS", "V": "VE", "F": "F", "Q": "/fQ"}


@pytest.fixture
def record(tmp_path):
    """Write a record by wfdb and give its files."""

    def make(name, signals, *, leads, rate, form, beats=None):
        folder = tmp_path / "written"
        folder.mkdir(exist_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            wfdb.wrsamp(
                name, fs=rate, units=["mV"] * len(leads), sig_name=list(leads), p_signal=np.asarray(signals).T,
                fmt=[form] * len(leads), write_dir=str(folder),
            )  # fmt: skip
            if beats is not None:
                samples, symbols = zip(*beats, strict=True)
                wfdb.wrann(name, "atr", np.array(samples), list(symbols), write_dir=str(folder))
        endings = ("hea", "dat") if beats is None else ("hea", "dat", "atr")
        return {f"{name}.{ending}": (folder / f"{name}.{ending}").read_bytes() for ending in endings}

    return make


def heart(at, length, rate, heights):
    """A narrow wave at each beat."""
    time = np.arange(length) / rate
    waves = [
        height * np.exp(-(((time - sample / rate) / 0.02) ** 2)) for sample, height in zip(at, heights, strict=True)
    ]
    return np.sum(waves, axis=0)


SYMBOLS = "".join(BEATS.values())
APART = 420  # samples: no window holds two beats
AT = 500 + APART * np.arange(len(SYMBOLS))
END = 500 + APART * (len(SYMBOLS) + 1)


@pytest.fixture
def beats(record, listed):
    """Three patients with one beat of each symbol: files and source."""

    def make(rate=360, leads=("V1", "MLII"), extra=(), length=END):
        files = {}
        for index, name in enumerate(("a", "b", "c")):
            first = heart(AT, length, rate, [-1.0] * len(AT)) - 0.5
            second = heart(AT, length, rate, [2.0 + index] * len(AT)) + 3.0
            marked = sorted([*zip(AT.tolist(), SYMBOLS, strict=True), (900, "+"), (910, "~"), (30, "N"), *extra])
            files |= record(name, [first, second][: len(leads)], leads=leads, rate=rate, form="212", beats=marked)
        return files, replace(MITDB, files=listed(files), records=(("a",), ("b",), ("c",)), bundles=())

    return make


@pytest.mark.parametrize("form", ["", ".xz"])
def test_beats_are_cut_around_their_peaks_and_split_by_patient(beats, write, tmp_path, form):
    files, source = beats(extra=[(500 + APART * len(SYMBOLS) + 410, "V")])
    write(tmp_path / "mitdb", files, form)
    dataset = source.load(tmp_path)
    wanted = [index for index, symbols in enumerate(BEATS.values()) for _ in symbols]
    assert dataset.class_names == tuple(BEATS)
    for part in (dataset.train, dataset.validation, dataset.test):
        # Neither what is no beat, nor those whose windows end outside of the record.
        assert part.labels.tolist() == wanted
        assert part.images.shape == (len(SYMBOLS), 2, 192)
        # MLII first, whatever its place in the record; the peak at the same place in each window.
        assert (np.abs(part.images[:, 0].argmax(axis=1) - 120) <= 1).all()
        assert (np.abs(part.images[:, 1].argmin(axis=1) - 120) <= 1).all()
    # Heights 2, 3 and 4 on the scale of the first.
    heights = [part.images[:, 0, 120].mean() for part in (dataset.train, dataset.validation, dataset.test)]
    assert heights[2] - heights[1] == pytest.approx(heights[1] - heights[0], rel=0.05)
    assert heights[1] > heights[0]
    assert dataset.train.images.mean(axis=(0, 2), dtype=np.float64) == pytest.approx([0, 0], abs=2**-7)
    assert dataset.train.images.std(axis=(0, 2), dtype=np.float64) == pytest.approx([1, 1], abs=2**-7)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rate": 250}, "two leads at 360 Hz .* it has v1, mlii at 250 Hz"),
        ({"leads": ("V1", "V5")}, "one of them MLII; it has v1, v5"),
        ({"leads": ("MLII",)}, "it has mlii at 360 Hz"),
    ],
)
def test_records_of_another_kind_are_refused(beats, write, tmp_path, changes, message):
    files, source = beats(**changes)
    write(tmp_path, files)
    with pytest.raises(DataError, match=f"record a: .*{message}"):
        source.load(tmp_path)


def test_a_missing_annotation_is_named(beats, write, tmp_path):
    files, source = beats()
    write(tmp_path, {name: content for name, content in files.items() if name != "b.atr"})
    with pytest.raises(MissingResourceError, match=r"no file b\.atr"):
        source.load(tmp_path)


def test_a_record_that_wfdb_cannot_read_is_refused(beats, write, listed, tmp_path):
    files, source = beats()
    files["a.hea"] = b"a 2 many\n"
    write(tmp_path, files)
    with pytest.raises(DataError, match="record a: "):
        replace(source, files=listed(files)).load(tmp_path)


def test_a_gap_in_a_signal_is_refused(beats, record, write, listed, tmp_path):
    files, source = beats()
    signals = np.zeros((2, 4000))
    signals[0, 7] = np.nan
    signals[1, 3] = 1.0
    files |= record("a", signals, leads=("MLII", "V1"), rate=360, form="16", beats=[(500, "N")])
    write(tmp_path, files)
    with pytest.raises(DataError, match="record a: a signal has a gap"):
        replace(source, files=listed(files)).load(tmp_path)


def test_no_patient_is_in_two_parts():
    train, validation, test = MITDB.records
    assert len({*train, *validation, *test}) == len(train) + len(validation) + len(test) == 44
    assert not {"102", "104", "107", "217"} & {*train, *validation, *test}
    # The division of de Chazal et al. 2004.
    first = "101 106 108 109 112 114 115 116 118 119 122 124 201 203 205 207 208 209 215 220 223 230"
    second = "100 103 105 111 113 117 121 123 200 202 210 212 213 214 219 221 222 228 231 232 233 234"
    assert (" ".join(sorted(train + validation)), " ".join(sorted(test))) == (first, second)


def electrodes(seed):
    return dict(zip(("ra", "la", "ll", *LEADS[6:]), np.random.default_rng(seed).normal(size=(9, 50)), strict=True))


def recorded(ra, la, ll, **chest):
    """What the twelve leads measure, by their definition."""
    middle = (ra + la + ll) / 3
    limbs = [la - ra, ll - ra, ll - la, ra - (la + ll) / 2, la - (ra + ll) / 2, ll - (ra + la) / 2]
    return np.array(limbs + [chest[lead] - middle for lead in LEADS[6:]])


def test_inversion_is_what_exchanged_electrodes_would_record():
    potentials = electrodes(0)
    exchanged = potentials | {"ra": potentials["la"], "la": potentials["ra"]}
    np.testing.assert_allclose(arms_inverted(recorded(**potentials)), recorded(**exchanged), atol=1e-12)
    np.testing.assert_array_equal(arms_inverted(arms_inverted(recorded(**potentials))), recorded(**potentials))


def test_both_ways_lie_side_by_side():
    windows = np.array([recorded(**electrodes(seed)) for seed in range(3)])
    images, labels = both_ways(windows)
    assert labels.tolist() == [0, 1] * 3
    np.testing.assert_array_equal(images[::2], windows)
    np.testing.assert_array_equal(images[1::2], arms_inverted(windows))


def test_the_band_keeps_the_beat_and_takes_drift_and_mains():
    time = np.arange(5000) / 500
    signals = 5 + np.array([np.sin(2 * np.pi * hertz * time) for hertz in (0.05, 10, 150)])
    drift, kept, mains = in_band(signals, 500)[:, 1000:-1000]
    assert np.abs(drift).max() < 0.1
    assert np.abs(mains).max() < 0.1
    np.testing.assert_allclose(kept, np.sin(2 * np.pi * 10 * time)[1000:-1000], atol=0.05)


@pytest.fixture
def subjects(record, listed):
    """Five subjects, each with a frequency of its own: files and source."""

    def make(count=5, rate=500, length=5000, leads=LEADS):
        files = {}
        time = np.arange(length) / rate
        for number in range(1, count + 1):
            signals = [np.sin(2 * np.pi * (2 + number) * time + 0.3 * lead) * (1 + lead) for lead in range(len(leads))]
            files |= record(str(number), signals, leads=leads, rate=rate, form="16")
        files = {f"data/{name}": content for name, content in files.items()}
        records = tuple(f"data/{number}" for number in range(1, count + 1))
        return files, replace(LUDB, files=listed(files), records=records, bundles=("all*",))

    return make


@pytest.mark.parametrize("form", ["", ".tar.xz"])
def test_inversions_are_balanced_and_split_by_subject(subjects, write, tmp_path, form):
    files, source = subjects()
    write(tmp_path / "ludb", files, form)
    dataset = source.load(tmp_path)
    found = []
    for part, count in ((dataset.train, 3), (dataset.validation, 1), (dataset.test, 1)):
        assert part.images.shape == (6 * count, 12, 750)
        assert part.labels.tolist() == [0, 1] * 3 * count
        spectra = np.abs(np.fft.rfft(part.images[:, 7], axis=1))
        # 3 s: a third of a hertz between two places.
        hertz = np.round(spectra.argmax(axis=1) / 3).astype(int)
        found.append(set(hertz.tolist()))
        assert len(found[-1]) == count
        # V2 is as it was, in the pair of a window and its inversion.
        np.testing.assert_array_equal(part.images[::2, 7], part.images[1::2, 7])
        assert (part.images[::2, 0] != part.images[1::2, 0]).any()
    assert set.union(*found) == {3, 4, 5, 6, 7}
    assert sum(map(len, found)) == 5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rate": 250}, "5000 samples at 500 Hz .*; it has 5000 at 250 Hz"),
        ({"length": 4000}, "it has 4000 at 500 Hz"),
        ({"leads": (*LEADS[:11], "x")}, "of i, ii, .*, v5, x"),
        ({"leads": LEADS[::-1]}, "of v6, v5"),
    ],
)
def test_recordings_of_another_kind_are_refused(subjects, write, tmp_path, changes, message):
    files, source = subjects(**changes)
    write(tmp_path, files)
    with pytest.raises(DataError, match=f"record data/1: .*{message}"):
        source.load(tmp_path)


def test_a_simulated_set_is_the_same_every_time_and_needs_no_files(tmp_path):
    source = replace(ECG12, subjects=5)
    dataset = source.load(None)
    assert dataset.hash == source.load(tmp_path / "none").hash
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [6, 2, 2]
    assert dataset.shape == (12, 750)
    np.testing.assert_array_equal(dataset.test.images[0, 6:], dataset.test.images[1, 6:])
    assert len(np.unique(dataset.train.images[::2, 6], axis=0)) == 3


@pytest.mark.parametrize(("package", "load"), [("wfdb", MITDB.load), ("wfdb", LUDB.load), ("neurokit2", ECG12.load)])
def test_a_missing_package_is_named(package, load, monkeypatch, write, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, package, None)
    write(tmp_path, {"101.hea": b"", "data/1.hea": b""})
    with pytest.raises(MissingExtraError, match=rf"{package} is not installed.*rramsim\[data\]"):
        load(tmp_path)
