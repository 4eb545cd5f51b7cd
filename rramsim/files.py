"""Write files so that a reader, or a run killed at any moment, never meets half of one."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rramsim.errors import OutputError


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write ``content`` into a temporary file beside ``path`` and rename it into place.

    Raises
    ------
    OutputError
        The folder cannot be written, or the disk is full; nothing is left behind and an older file stays whole.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".tmp")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), 0o666 & ~_umask())  # mkstemp makes private files
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from None


def canonical_json(value: Any) -> str:
    """JSON text that is the same for equal values: sorted keys, no spaces, no NaN.

    Examples
    --------
    >>> canonical_json({"b": 1.0, "a": [1, 2]})
    '{"a":[1,2],"b":1.0}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def content_id(value: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of ``value``, as hexadecimal text."""
    return hashlib.sha256(canonical_json(value).encode("ascii")).hexdigest()


def _umask() -> int:
    # The only way to read the umask is to set it.
    mask = os.umask(0)
    os.umask(mask)
    return mask
