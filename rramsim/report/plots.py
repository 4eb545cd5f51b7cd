"""The report's figures one by one, for a notebook: each shows itself, and can be saved."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rramsim.errors import InputError
from rramsim.report.run_data import RunData
from rramsim.report.sections.accuracy import accuracy_figures
from rramsim.report.sections.ber import ber_figures
from rramsim.report.sections.distributions import distribution_figures
from rramsim.report.sections.figure import Figure
from rramsim.report.sections.importance import importance_figures
from rramsim.report.sections.mapping import mapping_figures
from rramsim.report.sections.reads import reads_figures
from rramsim.report.sections.training import training_figures
from rramsim.report.sections.waveforms import waveform_figures, window_figures
from rramsim.tables.accuracy import ACCURACY
from rramsim.tables.ber import BER
from rramsim.tables.distributions import DISTRIBUTIONS
from rramsim.tables.mapping import MAPPING
from rramsim.tables.reads import READS
from rramsim.tables.reliability import RELIABILITY
from rramsim.tables.table import Table
from rramsim.tables.training import TRAINING
from rramsim.tables.waveforms import WAVEFORMS
from rramsim.tables.window import WINDOW


def plot_ber(run: RunData, *, cell: str | None = None, error_type: str | None = None) -> Figure:
    """Rate of one kind of error of a cell, over process, supply and temperature.

    Parameters
    ----------
    run
        As :func:`rramsim.sweep` or :func:`rramsim.open_run` returns it.
    cell
        Name of the cell; None where there is one.
    error_type
        As the table spells it: ``"1"``, ``"2"``, ``"3"``, ``"?"``; None where there is one.

    Raises
    ------
    InputError
        There is no such figure, or more than one; the message lists them.
    """
    return _chosen("error rates", run, BER, ber_figures, cell=cell, error_type=error_type)


def plot_importance(run: RunData, *, cell: str | None = None, error_type: str | None = None) -> Figure:
    """What causes one kind of error of a cell, at every corner.

    Parameters
    ----------
    run, cell, error_type
        As for :func:`plot_ber`.

    Raises
    ------
    InputError
        As for :func:`plot_ber`; also where every rate was counted.
    """
    return _chosen("importance factors", run, RELIABILITY, importance_figures, cell=cell, error_type=error_type)


def plot_waveforms(run: RunData, *, cell: str | None = None) -> Figure:
    """Voltages of the nets of a cell with typical devices, against time.

    Parameters
    ----------
    run, cell
        As for :func:`plot_ber`.

    Raises
    ------
    InputError
        As for :func:`plot_ber`.
    """
    return _chosen("waveforms", run, WAVEFORMS, waveform_figures, cell=cell)


def plot_window(run: RunData) -> Figure:
    """Latching time of pairs of resistances against the supply.

    Parameters
    ----------
    run
        As for :func:`plot_ber`.

    Raises
    ------
    InputError
        The run has no sense window.
    """
    return _chosen("a sense window", run, WINDOW, window_figures)


def plot_reads(run: RunData, *, cell: str | None = None, quantity: str | None = None) -> Figure:
    """A quantity that reads were measured by, at every corner.

    Parameters
    ----------
    run, cell
        As for :func:`plot_ber`.
    quantity
        Such as ``"energy"`` or ``"latching_time"``; None where there is one.

    Raises
    ------
    InputError
        As for :func:`plot_ber`.
    """
    return _chosen("reads", run, READS, reads_figures, cell=cell, quantity=quantity)


def plot_distribution(run: RunData, *, cell: str | None = None, quantity: str | None = None) -> Figure:
    """Distribution of a quantity over reads, at the corners of its least, middle and largest median.

    Parameters
    ----------
    run, cell
        As for :func:`plot_ber`.
    quantity
        With its unit, such as ``"energy_j"`` or ``"latching_time_s"``; None where there is one.

    Raises
    ------
    InputError
        As for :func:`plot_ber`.
    """
    return _chosen("distributions", run, DISTRIBUTIONS, distribution_figures, cell=cell, quantity=quantity)


def plot_accuracy(run: RunData, *, against: str = "corner", mode: str | None = None, score: str = "accuracy") -> Figure:
    """Accuracy of the networks.

    Parameters
    ----------
    run
        As for :func:`plot_ber`.
    against
        ``"corner"``, ``"rate"`` of one kind of error alone, or ``"chips"`` for their histogram.
    mode
        How errors were drawn, as ``"static"``; None where there is one.
    score
        ``"accuracy"``; against the rate also ``"f1"`` of networks whose classes are of unequal size.

    Raises
    ------
    InputError
        As for :func:`plot_ber`.
    """
    return _chosen("accuracies", run, ACCURACY, accuracy_figures, against=against, mode=mode, score=score)


def plot_training(run: RunData) -> Figure:
    """Loss and validation accuracy of the networks against epoch.

    Parameters
    ----------
    run
        As for :func:`plot_ber`.

    Raises
    ------
    InputError
        No training is known: of networks that were given, none is.
    """
    return _chosen("trainings", run, TRAINING, training_figures)


def plot_mapping(run: RunData, *, of: str = "floor plan", network: str | None = None) -> Figure:
    """Networks in arrays.

    Parameters
    ----------
    run
        As for :func:`plot_ber`.
    of
        ``"floor plan"`` of a network, or ``"memory"``: accuracy of all networks against it.
    network
        Name of the network; None where there is one.

    Raises
    ------
    InputError
        As for :func:`plot_ber`.
    """
    return _chosen("a mapping", run, MAPPING, mapping_figures, of=of, network=network)


def _chosen(
    what: str, run: RunData, table: Table, figures: Callable[[RunData], Iterable[Figure]], **wanted: str | None
) -> Figure:
    """The one figure that is of what is wanted; none of a table that does not belong to the run's others."""
    known = list(figures(run.joined))
    if not known and table.file in run.stale:
        raise InputError(run.stale[table.file])
    if not known:
        raise InputError(f"the run has no {what} to plot")
    given = {key: value for key, value in wanted.items() if value is not None}
    found = [figure for figure in known if given.items() <= dict(figure.of).items()]
    if len(found) == 1:
        return found[0]
    choices = "; ".join(", ".join(f"{key}={value!r}" for key, value in figure.of) for figure in found or known)
    problem = "say which" if found else f"none of {', '.join(f'{key}={value!r}' for key, value in given.items())}"
    raise InputError(f"{what} of the run: {problem}. There are: {choices}")
