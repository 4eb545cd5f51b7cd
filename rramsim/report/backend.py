"""The one place that imports the packages of the extra ``report``, with an error that names it."""

from __future__ import annotations

from rramsim.errors import MissingExtraError

try:
    import jinja2
    import matplotlib as mpl
except ModuleNotFoundError as error:
    raise MissingExtraError(error.name or "matplotlib", "report") from error

mpl.use("Agg")

__all__ = ["jinja2", "mpl"]
