"""Pickles of any kind: read as batches of images, or refused; never run."""

import pickle
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rramsim.data.cifar_pickle import read_batch
from rramsim.errors import DataError

# Parts of a batch as the official files have them, of 2 images of 2 bytes.
GLOBALS = [
    b"cnumpy\nndarray\n", b"cnumpy\ndtype\n", b"cnumpy.core.multiarray\n_reconstruct\n", b"cnumpy\nload\n",
    b"cbuiltins\neval\n", b"cos\nsystem\n", b"cnumpy.core.multiarray\nscalar\n", b"ccopyreg\n_reconstructor\n",
]  # fmt: skip
DTYPE = b"cnumpy\ndtype\n(U\x02u1K\x00K\x01tR(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
ARRAY = (
    b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85U\x01btR(K\x01(K\x02K\x02t" + DTYPE
    + b"\x89U\x04abcdtb"
)  # fmt: skip
BATCH = b"\x80\x02}(U\x04data" + ARRAY + b"U\x06labels](K\x00K\x01eu."
OPCODES = [
    *(bytes([code]) for code in b"()}]tRb\x81ouseai02N\x88\x89\x85\x86\x87\x90\x91\x8f\x93Q."),
    b"K\x00", b"K\x01", b"U\x02u1", b"U\x01b", b"U\x04data", b"U\x06labels", b"U\x04true", b"q\x00", b"h\x00",
    b"\x8c\x05numpy", b"\x8c\x07ndarray", b"\x8c\x02os", b"\x8c\x06system", b"\x82\x01", b"ios\nsystem\n",
    DTYPE, ARRAY, *GLOBALS,
]  # fmt: skip

FORBIDDEN = (
    "open",
    "exec",
    "compile",
    "import",
    "os.",
    "subprocess.",
    "pickle.find_class",
    "socket.",
    "ctypes.",
    "shutil.",
)


class Watch:
    """Hears of what Python is about to do, while it is asked to: a hook can never be taken away again."""

    def __init__(self):
        self.heard = None
        sys.addaudithook(self)

    def __call__(self, event, _arguments):
        if self.heard is not None and event.startswith(FORBIDDEN):
            self.heard.append(event)

    def during(self, content):
        self.heard = []
        try:
            return read_batch(content, told="f"), self.heard
        except DataError:
            return None, self.heard
        finally:
            self.heard = None


WATCH = Watch()
MANY = settings(settings.get_profile("files"), max_examples=400)


def check(content):
    found, heard = WATCH.during(content)
    assert heard == []
    if found is not None:
        values, labels = found
        assert (type(values), values.dtype, values.ndim) == (np.ndarray, np.uint8, 2)
        assert all(type(label) is int for label in labels)


def test_the_watch_hears():
    WATCH.heard = []
    pickle.loads(b"cos\ngetcwd\n.")
    heard, WATCH.heard = WATCH.heard, None
    assert "pickle.find_class" in heard


def test_a_batch_is_read():
    (values, labels), heard = WATCH.during(BATCH)
    assert (values.tolist(), labels, heard) == ([[97, 98], [99, 100]], [0, 1], [])


@MANY
@given(st.lists(st.sampled_from(OPCODES), max_size=30))
@example([b"cos\nsystem\n", b"(", b"U\x04true", b"t", b"R"])
@example([b"\x8c\x02os", b"\x8c\x06system", b"\x93", b"U\x04true", b"\x85", b"R"])
@example([b"cnumpy\ndtype\n", b"}", b"U\x02u1", b"N", b"s", b"b"])
def test_programs_of_any_opcodes_run_nothing(parts):
    check(b"\x80\x04" + b"".join(parts) + b".")


@MANY
@given(st.integers(0, len(BATCH) - 1), st.integers(0, len(BATCH)), st.binary(max_size=6))
def test_damaged_batches_run_nothing(start, end, instead):
    check(BATCH[:start] + instead + BATCH[max(start, end) :])


@MANY
@given(st.integers(0, len(BATCH)), st.lists(st.sampled_from(OPCODES), max_size=8))
def test_batches_with_something_put_in_run_nothing(at, parts):
    check(BATCH[:at] + b"".join(parts) + BATCH[at:])


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.binary(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(PLAIN, PLAIN, st.integers(0, 5))
def test_values_that_are_no_batch_are_refused(data, labels, protocol):
    content = pickle.dumps({b"data": data, b"labels": labels}, protocol)
    with pytest.raises(DataError):
        read_batch(content, told="f")


@given(st.sampled_from([complex, set, object, Exception, bytearray, np.float64, np.zeros, np.dtype, range]))
def test_objects_of_any_other_class_are_refused(kind):
    value = kind("f8") if kind is np.dtype else kind(1) if kind in (complex, np.float64, np.zeros, range) else kind()
    for protocol in range(6):
        found, heard = WATCH.during(pickle.dumps(value, protocol))
        assert (found, heard) == (None, [])
