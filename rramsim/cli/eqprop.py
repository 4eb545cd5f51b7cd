"""``rramsim eqprop``: train a network by equilibrium propagation, test it, see how far gradients are from true ones."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rramsim.errors import MissingExtraError
from rramsim.files import make_folders, write_atomic
from rramsim.runs.lock import locked
from rramsim.weights import WeightKind

if TYPE_CHECKING:
    import pandas as pd

    from rramsim.eqprop.diagnosis import Bias
    from rramsim.eqprop.settings import EqpropFile
    from rramsim.eqprop.trainers.progress import Epoch

logger = logging.getLogger(__name__)

app = typer.Typer(name="eqprop", no_args_is_help=True, help="Networks that learn by equilibrium propagation.")

_AT_REST = 0.01  # share of the nudge that what is left of the free phase may add up to, unsaid
File = Annotated[Path, typer.Argument(metavar="FILE", help="Settings (TOML), or the name of a preset, as p_1h.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: runs/NAME of the file.")]
Device = Annotated[str, typer.Option("--device", help="As torch names it: cpu, cuda, cuda:1.")]
Weights = Annotated[Path | None, typer.Option("--weights", metavar="FILE", help="Trained ones; default: initial ones.")]
Trained = Annotated[Path, typer.Option("--weights", metavar="FILE", help="Weights that a training wrote.")]
Stored = Annotated[WeightKind | None, typer.Option("--stored", help="Quantise them; default: as they are.")]


@app.command()
def train(file: File, out: Out = None, device: Device = "cpu") -> None:
    """Train a network; a training that was ended goes on after the last epoch that is over."""
    for line in run_train(file, out, device=device):
        print(line, flush=True)


@app.command()
def diagnose(file: File, weights: Weights = None, out: Out = None, device: Device = "cpu") -> None:
    """Compare estimators with backpropagation through time: diagnosis.csv, and a figure (SVG, PNG)."""
    for line in run_diagnose(file, out, weights=weights, device=device):
        print(line, flush=True)


@app.command()
def tune(file: File, weights: Weights = None, out: Out = None, device: Device = "cpu") -> None:
    """Find how long to settle and how strongly to nudge, by backpropagation through time: tuning.csv, and [phases]."""
    for line in run_tune(file, out, weights=weights, device=device):
        print(line, flush=True)


@app.command(name="test")
def evaluate(file: File, weights: Trained, stored: Stored = None, out: Out = None, device: Device = "cpu") -> None:
    """Test trained weights, as they are or quantised, read as the file says: test.csv."""
    for line in run_test(file, out, weights=weights, stored=stored, device=device):
        print(line, flush=True)


def run_train(path: Path, out: Path | None, *, device: str) -> Iterator[str]:
    """Train the network of a file; a line for what was written.

    Parameters
    ----------
    path
        The file, or the name of a preset.
    out
        Folder of what it writes; None for ``runs/NAME`` of the file.
    device
        As torch names it.

    Raises
    ------
    InputError
        The file, the data set or the folder cannot be used.
    RramsimError
        The network diverges, or an optional package is missing.
    """
    from rramsim.eqprop.device import checked_device
    from rramsim.eqprop.parameters import save_parameters
    from rramsim.eqprop.settings import load_file
    from rramsim.eqprop.trainers.images import unit_images
    from rramsim.eqprop.trainers.progress import changes_table, epochs_table, tested_table
    from rramsim.eqprop.trainers.train import count_learnt
    from rramsim.eqprop.trainers.train import train as train_network
    from rramsim.tables.eqprop import CHANGES, EPOCHS, TEST

    file = load_file(path)
    dataset = file.load_data()
    recipe, device = file.recipe(dataset), checked_device(device)
    recipe.phases.stepper.check(device)
    folder = _folder(file, out)

    def told(epoch: int, found: Epoch) -> None:
        right = f"{found.correct / found.images:.4f} of the validation images right"
        print(f"epoch {epoch} of {recipe.epochs}: loss {found.loss:.5g}, {right}{_changed(found)}", flush=True)

    state, network = folder / "training.safetensors", folder / f"{file.name}.safetensors"
    with locked(folder):
        progress = train_network(recipe, dataset, seed=file.seed, state=state, device=device, told=told)
        save_parameters(network, recipe.network, progress.parameters)
        images = unit_images(dataset, dataset.test, recipe.network, device)
        correct = count_learnt(recipe, progress, images)
        stores = recipe.optimiser.stores
        epochs = epochs_table(progress.history)
        test = tested_table(dataset.name, len(epochs), correct, len(images), stored=stores, reads=recipe.reads.name)
        written = {EPOCHS.file: EPOCHS.text(epochs), TEST.file: TEST.text(test), **_curve(epochs)}
        if stores is not None:
            written[CHANGES.file] = CHANGES.text(changes_table(progress.history, progress.parameters))
        for name, content in written.items():
            write_atomic(folder / name, content)
    yield f"network: {network}"
    yield from (f"written: {folder / name}" for name in written)
    yield _tested(test)


def run_test(path: Path, out: Path | None, *, weights: Path, stored: WeightKind | None, device: str) -> Iterator[str]:
    """Test trained weights; a line for what was written.

    Parameters
    ----------
    path, device
        As for :func:`run_train`.
    out
        Folder of what it writes; None for ``runs/NAME/test`` of the file.
    weights
        Parameters that a training wrote.
    stored
        Quantise them so; None for weights as they are.

    Raises
    ------
    InputError
        The file, the data set, the weights or the folder cannot be used.
    RramsimError
        The network diverges, or an optional package is missing.
    """
    from rramsim.eqprop.device import checked_device
    from rramsim.eqprop.settings import load_file
    from rramsim.eqprop.tested import evaluate_file
    from rramsim.eqprop.trainers.progress import tested_table
    from rramsim.tables.eqprop import TEST

    file = load_file(path)
    found = evaluate_file(file, weights, stored, checked_device(device))
    table = tested_table(found.dataset, None, found.correct, found.images, stored=found.stored, reads=found.reads)
    folder = _folder(file, Path("runs") / file.name / "test" if out is None else out)
    with locked(folder):
        write_atomic(folder / TEST.file, TEST.text(table))
    yield f"written: {folder / TEST.file}"
    yield _tested(table)


def run_diagnose(path: Path, out: Path | None, *, weights: Path | None, device: str) -> Iterator[str]:
    """Compare estimators with backpropagation; a line for what was written.

    Parameters
    ----------
    path, out, device
        As for :func:`run_train`.
    weights
        Parameters that a training wrote; None for those that it begins with.

    Raises
    ------
    InputError
        The file, the data set, the weights or the folder cannot be used.
    RramsimError
        The network diverges, or an optional package is missing.
    """
    from rramsim.eqprop.device import checked_device
    from rramsim.eqprop.diagnosed import diagnose_file
    from rramsim.eqprop.diagnosis import diagnosis_table
    from rramsim.eqprop.settings import load_file
    from rramsim.report.figures.bias_lines import bias_lines
    from rramsim.report.figures.style import to_png, to_svg
    from rramsim.tables.eqprop import DIAGNOSIS

    file = load_file(path)
    found = diagnose_file(file, weights, checked_device(device))
    table, folder = diagnosis_table(found), _folder(file, out)
    figure = bias_lines(table)
    written: dict[str, str | bytes] = {
        DIAGNOSIS.file: DIAGNOSIS.text(table),
        "diagnosis.svg": to_svg(figure, "diagnosis"),
        "diagnosis.png": to_png(figure),
    }
    with locked(folder):
        for name, content in written.items():
            write_atomic(folder / name, content)
    yield from (f"written: {folder / name}" for name in written)
    yield from _told(found)
    yield from _notes(file, found)


def run_tune(path: Path, out: Path | None, *, weights: Path | None, device: str) -> Iterator[str]:
    """Find phases for the estimator of a file; a line for each trial, then the table of the best.

    Parameters
    ----------
    path, out, weights, device
        As for :func:`run_diagnose`.

    Raises
    ------
    InputError
        As for :func:`run_diagnose`; or the file has no training.
    RramsimError
        The network does not come to rest, or diverges.
    """
    from rramsim.eqprop.device import checked_device
    from rramsim.eqprop.diagnosed import tune_file
    from rramsim.eqprop.settings import load_file
    from rramsim.eqprop.tuning import suggested, told, tuning_table
    from rramsim.tables.eqprop import TUNING

    file = load_file(path)
    found = tune_file(file, weights, checked_device(device))
    folder = _folder(file, out)
    with locked(folder):
        write_atomic(folder / TUNING.file, TUNING.text(tuning_table(found)))
    yield f"written: {folder / TUNING.file}"
    yield from map(told, found.trials)
    yield suggested(found, file.phases.schedule)
    if weights is None:
        yield "note: for initial weights; those that have learnt take longer to come to rest (--weights)"
    yield from _notes_on_estimates(file)


def _curve(epochs: pd.DataFrame) -> dict[str, str | bytes]:
    """The figure by its files; none without the package that draws."""
    try:
        from rramsim.report.figures.learning_curve import learning_curve
        from rramsim.report.figures.style import to_png, to_svg
    except MissingExtraError as error:
        logger.warning("no figure: %s", error)
        return {}
    figure = learning_curve(epochs)
    return {"epochs.svg": to_svg(figure, "epochs"), "epochs.png": to_png(figure)}


def _changed(epoch: Epoch) -> str:
    each = ", ".join(f"{count} of {name}" for name, count in epoch.changes.items())
    return f"; symbols that changed: {each}" if each else ""


def _tested(table: pd.DataFrame) -> str:
    (row,) = table.to_dict("records")
    interval = f"{100 * row['set_low']:.2f} … {100 * row['set_high']:.2f}"
    what = f"{row['stored']} weights" + ("" if row["reads"] == "right" else f", read with errors ({row['reads']})")
    return f"test: {100 * row['accuracy']:.2f} % of {row['images']} images right ({interval}); {what}"


def _told(found: list[Bias]) -> Iterator[str]:
    for bias in found:
        whole = bias.of()
        yield (
            f"{bias.estimator}, beta {bias.beta:g}: error {whole.error:.3g} of the gradient, "
            f"cosine {whole.cosine:.4f}, {100 * whole.same_sign:.1f} % of the signs"
        )


def _notes(file: EqpropFile, found: list[Bias]) -> Iterator[str]:
    """What makes estimates of no worth, whatever the strength of the nudge."""
    yield from _notes_on_estimates(file)
    restless = [bias for bias in found if file.phases.nudged_steps * bias.free_residual > _AT_REST * abs(bias.beta)]
    if restless:
        worst = max(restless, key=lambda bias: bias.free_residual / abs(bias.beta))
        yield (
            f"note: after the free phase units still move by {worst.free_residual:.2g} a step, which counts beside a "
            f'beta of {worst.beta:g}: more free_steps, schedule = "even_odd" or smaller weights may help'
        )


def _notes_on_estimates(file: EqpropFile) -> Iterator[str]:
    dynamics = file.network.dynamics
    if not dynamics.descends:
        yield (
            f"note: with {dynamics.name} an estimate is the gradient of another loss than the one that is followed "
            "back: it does not come to it, however small the nudge"
        )
    if file.training is not None and file.training.reads.name != "right":
        yield "note: weights are looked at as they are, without the errors that [training] reads them with"


def _folder(file: EqpropFile, out: Path | None) -> Path:
    folder = Path("runs") / file.name if out is None else out
    make_folders(folder)
    return folder
