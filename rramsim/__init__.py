"""rramsim: from a transistor netlist to a neural network's accuracy, with an error bar on every number.

What a notebook needs is here: :func:`load_study` or :func:`build_study`, then :func:`run` or its stages :func:`sweep`,
:func:`find_merit`, :func:`train`, :func:`inject`, :func:`map_networks` and :func:`write_report`; :func:`open_run`
reads a run folder, whose tables are DataFrames (``run.ber``, ``run.reads``, ``run.reliability``, ``run.accuracy``), and
``plot_…`` draw them.
:func:`load_dataset` gives the arrays that networks learn from, :func:`from_torch` makes a network of a module of torch
and :func:`save_network` writes it for a study.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from rramsim.version import __version__

if TYPE_CHECKING:
    from rramsim.data.catalog import load_dataset
    from rramsim.merit_stage import find_merit
    from rramsim.nn.imports.torch.module import from_torch
    from rramsim.nn.storage import save_network
    from rramsim.pipeline import inject, map_networks, run, sweep, train
    from rramsim.report.html import write_report
    from rramsim.report.plots import (
        plot_accuracy,
        plot_ber,
        plot_distribution,
        plot_importance,
        plot_mapping,
        plot_reads,
        plot_training,
        plot_waveforms,
        plot_window,
    )
    from rramsim.report.run_data import RunData as Run
    from rramsim.report.run_data import load_run as open_run
    from rramsim.study import Study, build_study, load_study

# Imported when they are used: `import rramsim` alone costs nothing.
_FOUND_IN = {
    "Run": "rramsim.report.run_data:RunData",
    "Study": "rramsim.study:Study",
    "build_study": "rramsim.study:build_study",
    "find_merit": "rramsim.merit_stage:find_merit",
    "from_torch": "rramsim.nn.imports.torch.module:from_torch",
    "inject": "rramsim.pipeline:inject",
    "load_dataset": "rramsim.data.catalog:load_dataset",
    "load_study": "rramsim.study:load_study",
    "map_networks": "rramsim.pipeline:map_networks",
    "open_run": "rramsim.report.run_data:load_run",
    "plot_accuracy": "rramsim.report.plots:plot_accuracy",
    "plot_ber": "rramsim.report.plots:plot_ber",
    "plot_distribution": "rramsim.report.plots:plot_distribution",
    "plot_importance": "rramsim.report.plots:plot_importance",
    "plot_mapping": "rramsim.report.plots:plot_mapping",
    "plot_reads": "rramsim.report.plots:plot_reads",
    "plot_training": "rramsim.report.plots:plot_training",
    "plot_waveforms": "rramsim.report.plots:plot_waveforms",
    "plot_window": "rramsim.report.plots:plot_window",
    "run": "rramsim.pipeline:run",
    "save_network": "rramsim.nn.storage:save_network",
    "sweep": "rramsim.pipeline:sweep",
    "train": "rramsim.pipeline:train",
    "write_report": "rramsim.report.html:write_report",
}

__all__ = [
    "Run",
    "Study",
    "__version__",
    "build_study",
    "find_merit",
    "from_torch",
    "inject",
    "load_dataset",
    "load_study",
    "map_networks",
    "open_run",
    "plot_accuracy",
    "plot_ber",
    "plot_distribution",
    "plot_importance",
    "plot_mapping",
    "plot_reads",
    "plot_training",
    "plot_waveforms",
    "plot_window",
    "run",
    "save_network",
    "sweep",
    "train",
    "write_report",
]


def __getattr__(name: str) -> object:
    if name not in _FOUND_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _FOUND_IN[name].partition(":")
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
