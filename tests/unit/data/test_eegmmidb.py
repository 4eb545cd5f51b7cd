"""Imagined movements: small recordings in the format of the large ones."""

import logging
import sys
from dataclasses import replace

import numpy as np
import pytest

from rramsim.data.eegmmidb import EEGMMIDB
from rramsim.errors import DataError, MissingExtraError, MissingResourceError

RUNS = (4, 8, 12)
CUES = 14
SECONDS = 13


def field(text, width):
    return str(text).encode("ascii").ljust(width)


def edf(signals, cues, rate=160):
    """EDF+ with records of 1 s and annotations, after its specification (B. Kemp, J. Olivan, 2003)."""
    electrodes = len(signals)
    seconds = signals.shape[1] // rate
    words = 200  # of annotations, 16 bits each
    count = electrodes + 1
    head = field("0", 8) + field("X X X X", 80) + field("Startdate 01-JAN-2000 X X X", 80)
    head += field("01.01.00", 8) + field("00.00.00", 8) + field(256 * (1 + count), 8) + field("EDF+C", 44)
    head += field(seconds, 8) + field(1, 8) + field(count, 4)
    labels = [f"E{index}" for index in range(electrodes)] + ["EDF Annotations"]
    for width, values in (
        (16, labels), (80, [""] * count), (8, ["uV"] * electrodes + [""]), (8, [-8092] * electrodes + [-1]),
        (8, [8092] * electrodes + [1]), (8, [-8092] * electrodes + [-32768]), (8, [8092] * electrodes + [32767]),
        (80, [""] * count), (8, [rate] * electrodes + [words]), (32, [""] * count),
    ):  # fmt: skip
        head += b"".join(field(value, width) for value in values)
    data = np.round(signals).astype("<i2")
    body = b""
    for second in range(seconds):
        notes = f"+{second}\x14\x14\x00"
        notes += "".join(f"+{at}\x154.1\x14{text}\x14\x00" for at, text in cues if second <= at < second + 1)
        body += data[:, second * rate : (second + 1) * rate].tobytes() + notes.encode().ljust(2 * words, b"\0")
    return head + body


def recording(subject, run, *, electrodes=64, rate=160, cues=CUES, flat=False):
    """Noise, with a wave on electrode 5 where the left fist is imagined, and on electrode 9 for the right one."""
    generator = np.random.default_rng([subject, run])
    signals = generator.normal(0, 5, (electrodes, SECONDS * rate))
    if flat:
        signals[3] = 0
    marked = []
    for cue in range(cues):
        at, label = 0.25 + 0.7 * cue, cue % 2
        marked.append((at, f"T{1 + label}"))
        start = round(at * rate)
        signals[(5, 9)[label] % electrodes, start : start + 4] += 500.0
        marked.append((at + 0.3, "T0"))
    return edf(signals, marked, rate)


@pytest.fixture
def source(listed):
    def make(subjects, changes=()):
        files = {
            f"S{subject:03}/S{subject:03}R{run:02}.edf": recording(subject, run, **dict(changes).get(subject, {}))
            for subject in subjects
            for run in RUNS
        }
        return files, replace(EEGMMIDB, files=listed(files))

    return make


@pytest.mark.parametrize("form", ["", ".xz"])
def test_with_one_subject_each_part_is_a_run(source, write, tmp_path, form):
    files, small = source([1])
    write(tmp_path / "eegmmidb-S001", {name.split("/")[1]: content for name, content in files.items()}, form)
    dataset = small.load(tmp_path)
    for part, run in ((dataset.train, 4), (dataset.validation, 8), (dataset.test, 12)):
        assert part.images.shape == (CUES, 1, 480, 64)
        assert part.labels.tolist() == [0, 1] * (CUES // 2)
        # The wave is at the cue, on the electrode of the fist.
        assert part.images[:, 0, :4].mean(axis=1).argmax(axis=1).tolist() == [5, 9] * (CUES // 2)
        assert part.images.mean(axis=2) == pytest.approx(0, abs=2**-7)
        assert part.images.std(axis=2, dtype=np.float64) == pytest.approx(1, abs=2**-7)
        noise = np.round(np.random.default_rng([1, run]).normal(0, 5, (64, SECONDS * 160)))
        window = noise[20, 40 : 40 + 480]
        wanted = (window - window.mean()) / window.std()
        np.testing.assert_allclose(part.images[0, 0, :, 20], wanted, atol=2**-7 + 1e-6)


def test_with_five_subjects_the_parts_differ_in_them(source, write, tmp_path):
    files, small = source([1, 2, 3, 4, 5])
    write(tmp_path, files)
    dataset = small.load(tmp_path)
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [
        3 * 3 * CUES,
        3 * CUES,
        3 * CUES,
    ]
    one_by_one = {}
    for subject in range(1, 6):
        held, alone = source([subject])
        write(tmp_path / str(subject), held)
        one = alone.load(tmp_path / str(subject))
        one_by_one[subject] = {
            image.tobytes() for part in (one.train, one.validation, one.test) for image in part.images
        }
    inside = [
        {subject for subject, images in one_by_one.items() if any(image.tobytes() in images for image in part.images)}
        for part in (dataset.train, dataset.validation, dataset.test)
    ]
    assert [len(subjects) for subjects in inside] == [3, 1, 1]
    assert set.union(*inside) == {1, 2, 3, 4, 5}


def test_two_subjects_share_the_runs(source, write, tmp_path):
    files, small = source([1, 2])
    write(tmp_path, files)
    dataset = small.load(tmp_path)
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [2 * CUES] * 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rate": 128}, "S002 is left out: S002/S002R04.edf is not sampled at 160 Hz"),
        ({"cues": 13}, "S002 is left out: 39 trials, fewer than 42"),
    ],
)
def test_subjects_that_differ_are_left_out_with_a_word(source, write, tmp_path, caplog, change, message):
    files, small = source([1, 2], {2: change})
    write(tmp_path, files)
    with caplog.at_level(logging.WARNING, logger="rramsim"):
        dataset = small.load(tmp_path)
    assert len(dataset.train) == CUES
    assert message in caplog.text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cues": 13}, "of no subject are there 42 trials at 160 Hz"),
        ({"electrodes": 63}, "S001R04.edf: 64 electrodes are expected, it has 63"),
        ({"flat": True}, "S001R04.edf: an electrode shows no signal"),
    ],
)
def test_recordings_that_cannot_be_used_are_refused(source, write, tmp_path, change, message):
    files, small = source([1], {1: change})
    write(tmp_path, files)
    with pytest.raises(DataError, match=message):
        small.load(tmp_path)


def test_a_missing_run_is_named(source, write, tmp_path):
    files, small = source([1])
    del files["S001/S001R08.edf"]
    write(tmp_path, files)
    with pytest.raises(MissingResourceError, match=r"no file S001/S001R08\.edf"):
        small.load(tmp_path)


def test_a_file_that_is_no_recording_is_refused(source, write, listed, tmp_path):
    files, small = source([1])
    files["S001/S001R04.edf"] = b"not one"
    write(tmp_path, files)
    with pytest.raises(DataError, match=r"S001R04\.edf: "):
        replace(small, files=listed(files)).load(tmp_path)


def test_a_missing_package_is_named(source, write, tmp_path, monkeypatch):
    files, small = source([1])
    write(tmp_path, files)
    monkeypatch.setitem(sys.modules, "mne", None)
    with pytest.raises(MissingExtraError, match=r"mne is not installed.*rramsim\[data\]"):
        small.load(tmp_path)
