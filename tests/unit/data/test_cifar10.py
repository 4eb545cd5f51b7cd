"""CIFAR-10 in both layouts, its pickles read without trust."""

import builtins
import os
import pickle
import pickletools

import numpy as np
import pytest

from rramsim.data.cifar10 import ColourBatches
from rramsim.data.cifar_pickle import read_batch
from rramsim.errors import DataError, MissingResourceError

BATCHES = ("data_batch_1", "data_batch_2", "test_batch")


def drawn(seed, count=30):
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (count, 12), dtype=np.uint8), [index % 3 for index in range(count)]


def array(values):
    """Opcodes of an array of bytes as those files have them."""
    raw = values.tobytes()
    sizes = b"".join(b"M" + size.to_bytes(2, "little") for size in values.shape)
    return (
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85U\x01btR(K\x01(" + sizes
        + b"tcnumpy\ndtype\n(U\x02u1K\x00K\x01tR(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T"
        + len(raw).to_bytes(4, "little") + raw + b"tb"
    )  # fmt: skip


def batch(values, labels, data=None, extra=b""):
    listed = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    return (
        b"\x80\x02}(U\x04data" + (array(values) if data is None else data) + b"U\x06labels" + listed
        + b"U\x09filenames](U\x03a.pU\x03b.pe" + extra + b"u."
    )  # fmt: skip


def python_layout():
    return {name: batch(*drawn(seed)) for seed, name in enumerate(BATCHES)}


def binary_layout():
    found = {}
    for seed, name in enumerate(BATCHES):
        values, labels = drawn(seed)
        found[f"{name}.bin"] = np.column_stack([np.array(labels, np.uint8), values]).tobytes()
    return found


@pytest.fixture
def source(listed):
    def make(held):
        return ColourBatches(
            name="small", class_names=("a", "b", "c"), shape=(3, 2, 2), origin="https://example.org",
            files=listed(held), bundles=("all*",),
        )  # fmt: skip

    return make


@pytest.mark.parametrize("form", ["", ".xz", ".tar.gz"])
def test_both_layouts_give_the_same_data_set(source, write, tmp_path, form):
    both = source(python_layout() | binary_layout())
    write(tmp_path / "python", python_layout(), form)
    write(tmp_path / "binary", binary_layout(), form)
    first, second = both.load(tmp_path / "python"), both.load(tmp_path / "binary")
    assert first.hash == second.hash
    assert [len(part) for part in (first.train, first.validation, first.test)] == [54, 6, 30]
    assert first.shape == (3, 2, 2)
    assert list(first.test.labels) == drawn(2)[1]


def test_pixels_are_planes_of_colours_on_a_scale_of_their_own(source, write, tmp_path):
    write(tmp_path, python_layout())
    dataset = source(python_layout()).load(tmp_path)
    pixels = drawn(2)[0].reshape(30, 3, 2, 2)
    for channel in range(3):
        train = dataset.train.images[:, channel].astype(np.float64)
        assert (train.mean(), train.std()) == (pytest.approx(0, abs=2**-7), pytest.approx(1, abs=2**-7))
        order = np.argsort(pixels[:, channel].ravel(), kind="stable")
        assert (np.diff(dataset.test.images[:, channel].ravel()[order]) >= 0).all()


def test_a_missing_batch_is_named(source, write, tmp_path):
    held = {name: content for name, content in python_layout().items() if name != "data_batch_2"}
    write(tmp_path, held)
    with pytest.raises(MissingResourceError, match="no file data_batch_2"):
        source(python_layout()).load(tmp_path)


VALUES, LABELS = drawn(0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (batch(VALUES, [*LABELS[:-1], 3]), "labels are 0 to 2, they reach from 0 to 3"),
        (batch(VALUES, LABELS[:-1]), r"29 labels go with an array of \(29, 12\), it is \(30, 12\)"),
        (batch(VALUES[:, :6], LABELS), r"it is \(30, 6\)"),
        (batch(VALUES[:0], []), "holds no images"),
        (batch(VALUES.ravel(), LABELS), "'data' is no array of rows"),
        (batch(VALUES, LABELS, data=b"N"), "'data' is no array of rows"),
    ],
)
def test_batches_that_do_not_fit_are_refused(source, write, tmp_path, content, message):
    held = python_layout() | {"test_batch": content}
    write(tmp_path, held)
    with pytest.raises(DataError, match=f"test_batch: .*{message}"):
        source(held).load(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"\x05" + bytes(12), "reach from 5 to 5"), (bytes(14), "take 13 bytes, it has 14"), (b"", "holds no images")],
)
def test_binary_batches_that_do_not_fit_are_refused(source, write, tmp_path, content, message):
    held = binary_layout() | {"data_batch_2.bin": content}
    write(tmp_path, held)
    with pytest.raises(DataError, match=f"data_batch_2.bin: .*{message}"):
        source(held).load(tmp_path)


class Calls:
    """What a malicious pickle would do."""

    def __init__(self, function, *arguments):
        self.what = function, arguments

    def __reduce__(self):
        return self.what


MALICIOUS = {
    "a command": Calls(os.system, "touch {marker}"),
    "an evaluation": Calls(eval, "open('{marker}', 'w')"),
    "a file": Calls(builtins.open, "{marker}", "w"),
    "numpy": Calls(np.load, "{marker}"),
    "an array of another type": np.zeros((2, 12), dtype=np.float64),
    "an array of objects": np.array([[None]], dtype=object),
    "a new numpy's array": np.zeros((2, 12), dtype=np.uint8),
    "a class": Calls,
    "a set": {1},
    "a complex number": 1j,
    "a byte array": bytearray(b"a"),
}


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("what", MALICIOUS)
def test_a_pickle_that_asks_for_anything_else_is_refused(tmp_path, protocol, what):
    marker = tmp_path / "ran"
    value = MALICIOUS[what]
    if isinstance(value, Calls):
        function, arguments = value.what
        value = Calls(function, *(text.format(marker=marker) for text in arguments))
    content = pickle.dumps({b"data": value, b"labels": [0]}, protocol)
    with pytest.raises(DataError, match=r"f: (asks for|cannot be read|is no batch)"):
        read_batch(content, told="f")
    assert not marker.exists()


DTYPE = b"cnumpy\ndtype\n(U\x02u1K\x00K\x01tR"
SHELL = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85U\x01btR"
STATE = b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"


@pytest.mark.parametrize(
    "data",
    {
        "dtype of objects": b"cnumpy\ndtype\n(U\x02O8K\x00K\x01tR",
        "dtype with other flags": DTYPE + STATE.replace(b"K\x00tb", b"K\x3ftb"),
        "dtype with fields": DTYPE + STATE.replace(b"NNN", b"N}N"),
        "shell of another class": SHELL.replace(b"cnumpy\nndarray\n", b"cnumpy\ndtype\n"),
        "shell with a size": SHELL.replace(b"K\x00\x85", b"K\x09\x85"),
        "array without a state of its type": SHELL + b"(K\x01(K\x01K\x0ct" + DTYPE + b"\x89U\x0c" + bytes(12) + b"tb",
        "array of a list": SHELL + b"(K\x01(K\x01K\x01t" + DTYPE + STATE + b"\x89](NetB".replace(b"B", b"b"),
        "array of too few bytes": SHELL + b"(K\x01(K\x02K\x0ct" + DTYPE + STATE + b"\x89U\x0c" + bytes(12) + b"tb",
        "array of a negative size": SHELL + b"(K\x01(J\xff\xff\xff\xffJ\xf4\xff\xff\xfft" + DTYPE + STATE + b"\x89U\x0c"
        + bytes(12) + b"tb",
        "function that is changed": b"cnumpy\ndtype\n}U\x08__call__Nsb",
        "class that is changed": b"cnumpy\nndarray\n}U\x01aNsb",
        "class that is made": b"cnumpy\nndarray\n)\x81",
        "another part of numpy": b"cnumpy.core.multiarray\nscalar\n(tR",
        "attribute of a name": b"cnumpy\nndarray.__reduce__\n(tR",
        "persistent object": b"Pname\n",
        "extension": b"\x82\x01",
    }.items(),
    ids=lambda item: item[0],
)  # fmt: skip
def test_a_pickle_that_makes_its_arrays_otherwise_is_refused(data):
    with pytest.raises(DataError, match=r"f: (asks for|cannot be read|is no batch)"):
        read_batch(batch(VALUES, LABELS, data=data[1]), told="f")


def test_the_batches_of_these_tests_are_pickles_of_what_they_say():
    """As Python reads them, which trusts them."""
    names = [text for op, text, _ in pickletools.genops(batch(VALUES, LABELS)) if op.name == "GLOBAL"]
    assert names == ["numpy.core.multiarray _reconstruct", "numpy ndarray", "numpy dtype"]
    values, labels = read_batch(batch(VALUES, LABELS), told="f")
    np.testing.assert_array_equal(values, VALUES)
    assert labels == LABELS
