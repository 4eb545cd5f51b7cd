"""Damage to files, as editors, disks and half-finished copies do it."""

import re

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# The same examples at every run: what fails once fails again.
settings.register_profile(
    "files",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

_PIECES = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\r\n", b"\n", b"\x1a", b"\xe2\x80\xa8", b'"', b'"""', b"'", b"#",
    b"=", b",", b".", b"[", b"]", b"[[", b"{", b"}", b"\\", b"-", b"e9", b"0", b"7", b"nan", b"-inf", b"true", b"null",
    b"1e999", b"9" * 25, b"9" * 5000, b"0x" + b"f" * 5000, b"[" * 3000, b"a." * 3000, b"x" * 300, "µ٣½".encode(),
)  # fmt: skip
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_NUMBERS = (b"0", b"-1", b"7", b"1.5", b"1e-30", b"1e30", b"1e999", b"nan", b"true", b'"1"', b"[]", b"9" * 25, b"01")
_LINE = re.compile(rb"[^\n]*\n?")


@st.composite
def _mangled(draw, content):
    for _ in range(draw(st.integers(1, 3))):
        content = draw(st.sampled_from(_DAMAGES))(draw, content)
    return content


def _flip(draw, content):
    at = draw(st.integers(0, max(0, len(content) - 1)))
    return content[:at] + bytes(byte ^ draw(st.integers(1, 255)) for byte in content[at : at + 1]) + content[at + 1 :]


def _digit(draw, content):
    """Another digit in place of one: the damage that still looks whole."""
    places = [match.start() for match in re.finditer(rb"\d", content)]
    if not places:
        return content
    at = draw(st.sampled_from(places))
    return content[:at] + draw(st.sampled_from([b"%d" % digit for digit in range(10)])) + content[at + 1 :]


def _number(draw, content):
    found = list(_NUMBER.finditer(content))
    if not found:
        return content
    match = draw(st.sampled_from(found))
    return content[: match.start()] + draw(st.sampled_from(_NUMBERS)) + content[match.end() :]


def _delete(draw, content):
    at = draw(st.integers(0, len(content)))
    return content[:at] + content[at + draw(st.integers(1, 60)) :]


def _insert(draw, content):
    at = draw(st.integers(0, len(content)))
    return content[:at] + draw(st.sampled_from(_PIECES) | st.binary(min_size=1, max_size=8)) + content[at:]


def _repeat(draw, content):
    start, to = draw(st.integers(0, len(content))), draw(st.integers(0, len(content)))
    return content[:to] + content[start : start + draw(st.integers(1, 200))] + content[to:]


def _line(draw, content):
    """Lose a line, or have it twice."""
    match = draw(st.sampled_from(list(_LINE.finditer(content))))
    return content[: match.start()] + match[0] * draw(st.sampled_from([0, 2])) + content[match.end() :]


def _truncate(draw, content):
    return content[: draw(st.integers(0, len(content)))]


def _windows(_draw, content):
    return b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n")


_DAMAGES = (_flip, _digit, _number, _delete, _insert, _repeat, _line, _truncate, _windows)


@pytest.fixture(scope="session")
def mangled():
    """Strategy of damaged copies of a file's content."""
    return _mangled
