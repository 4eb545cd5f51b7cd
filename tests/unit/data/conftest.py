"""Small data sets, written as the large ones are."""

import gzip
import hashlib
import io
import lzma
import tarfile
import zipfile

import pytest

from rramsim.data.files import DataFile

PACKERS = {"": bytes, ".gz": gzip.compress, ".xz": lzma.compress}


@pytest.fixture(autouse=True)
def no_folder(monkeypatch):
    """No folder of data sets but that of the test."""
    monkeypatch.delenv("RRAMSIM_DATA", raising=False)


@pytest.fixture(scope="session")
def listed():
    """What a data set declares of files of this content."""

    def make(contents):
        return tuple(
            DataFile(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())
            for name, content in contents.items()
        )

    return make


@pytest.fixture(scope="session")
def write():
    """Write files into a folder: as they are, compressed, or in an archive."""

    def put(folder, contents, form=""):
        folder.mkdir(parents=True, exist_ok=True)
        if form in PACKERS:
            for name, content in contents.items():
                path = folder / f"{name}{form}"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(PACKERS[form](content))
        elif form == ".zip":
            with zipfile.ZipFile(folder / "all.zip", "w") as archive:
                for name, content in contents.items():
                    archive.writestr(f"all-1.0/{name}", content)
        else:
            with tarfile.open(folder / f"all{form}", f"w:{form.rpartition('.')[2]}") as archive:
                for name, content in contents.items():
                    member = tarfile.TarInfo(f"all-1.0/{name}")
                    member.size = len(content)
                    archive.addfile(member, io.BytesIO(content))

    return put
