"""Train a network with estimated gradients, and count what it gets right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rramsim.data.dataset import Dataset
from rramsim.eqprop.estimators.phases import Phases
from rramsim.eqprop.network import Network
from rramsim.eqprop.parameters import Parameters
from rramsim.eqprop.problem import Problem, Reread, unchanged
from rramsim.eqprop.reads.reads import Read
from rramsim.eqprop.relaxation.machine import Machine
from rramsim.eqprop.relaxation.settle import settle
from rramsim.eqprop.trainers.images import Images, check_images, unit_images
from rramsim.eqprop.trainers.progress import Epoch, Progress, begin, load_progress, save_progress
from rramsim.eqprop.trainers.recipe import Recipe
from rramsim.errors import NetworkError
from rramsim.nn.augmentation import AUGMENTATIONS
from rramsim.torch_backend import one_thread, torch

_TESTED_AT_ONCE = 500  # images of a batch that only settles


def train(
    recipe: Recipe, dataset: Dataset, *, seed: int, state: Path | None = None, device: str = "cpu",
    told: Callable[[int, Epoch], None] | None = None,
) -> Progress:  # fmt: skip
    """Train a network; the test split is not used.

    Parameters
    ----------
    recipe
        The training.
    dataset
        What on.
    seed
        Seed of all that is drawn; the global random state is neither used nor changed.
    state
        File of its state, kept after each epoch and gone on from; None to keep nothing.
    device
        As torch names it.
    told
        Called after each epoch, with how many are over.

    Returns
    -------
    Progress
        The same however often it was ended in between, with the same version of torch on the same type of processor.

    Raises
    ------
    NetworkError
        The network does not fit the data set, or diverges; or the file is of another training.
    WriteError
        The file cannot be written.
    """
    recipe.phases.stepper.check(device)
    check_images(recipe.images, dataset)
    learnt = unit_images(dataset, dataset.train, recipe.network, device).first(recipe.images)
    checked = unit_images(dataset, dataset.validation, recipe.network, device).first(recipe.images)
    data = dataset.hash
    progress = begin(recipe, seed, device) if state is None else load_progress(state, recipe, seed, device, data=data)
    with one_thread():
        while len(progress.history) < recipe.epochs:
            try:
                epoch = _train_epoch(recipe, learnt, checked, progress)
            except NetworkError as error:
                told_by = f"the training fails in epoch {len(progress.history) + 1}: {error}"
                raise NetworkError(f"{told_by}; lower learning rates may help") from None
            progress.history.append(epoch)
            if state is not None:
                save_progress(state, recipe, seed, progress, data=data)
            if told is not None:
                told(len(progress.history), epoch)
    return progress


def _train_epoch(recipe: Recipe, learnt: Images, checked: Images, progress: Progress) -> Epoch:
    loss = recipe.network.loss
    rates = recipe.rates_at(len(progress.history))
    estimator = recipe.estimator.at(rates)
    total, right, residual = 0.0, 0, 0.0
    before = recipe.optimiser.changes(progress.memory)
    read = reader(recipe, progress)
    order = torch.randperm(len(learnt), generator=progress.generator)
    for inputs, labels in learnt.batches(recipe.batch, order):
        for name in recipe.augmentation:
            inputs = AUGMENTATIONS[name](inputs, progress.generator)
        now = read()
        seen = now.parameters
        thinned = recipe.thinned(len(labels), progress.generator, inputs.device)
        problem = Problem(
            network=thinned, parameters=seen, inputs=inputs.to(recipe.kept), targets=labels, dtype=recipe.states,
            reread=now.reread,
        )  # fmt: skip
        estimate = estimator.estimate(problem, recipe.phases, progress.generator)
        last = estimate.free[-1].to(recipe.kept)
        total += float(loss.values(last, problem.targets, seen).sum())
        right += int((loss.scores(last, seen).argmax(1) == labels).sum())
        residual = max(residual, *estimate.settled[0].residuals)
        recipe.optimiser.step(progress.parameters, estimate.gradients, rates, progress.memory)
    correct = count_learnt(recipe, progress, checked)
    return Epoch(
        loss=total / len(learnt), train_correct=right, train_images=len(learnt), correct=correct, images=len(checked),
        free_residual=residual,
        changes={name: n - before[name] for name, n in recipe.optimiser.changes(progress.memory).items()},
    )  # fmt: skip


def count_learnt(recipe: Recipe, progress: Progress, images: Images) -> int:
    """How many images a training is right about by now, with its weights read as it reads them.

    Parameters
    ----------
    recipe
        The training.
    progress
        What it has come to; it keeps account of the reads.
    images
        Which, with their labels.

    Raises
    ------
    NetworkError
        The network diverges.
    """
    read = reader(recipe, progress)
    return count_correct(
        recipe.network, progress.parameters, images, recipe.phases, read=lambda _: read().parameters,
        dtype=recipe.states,
    )  # fmt: skip


def reader(recipe: Recipe, progress: Progress) -> Callable[[], Read]:
    """What reads the weights of a training for a batch, as they are at the time.

    Parameters
    ----------
    recipe
        The training.
    progress
        What it has come to; it keeps account of the reads.
    """

    def read() -> Read:
        parameters, memory = progress.parameters, progress.memory
        return recipe.reads.batch(parameters, lambda: recipe.optimiser.stored(parameters, memory), memory)

    return read


def count_correct(
    network: Network,
    parameters: Parameters,
    images: Images,
    phases: Phases,
    *,
    read: Reread = unchanged,
    dtype: torch.dtype | None = None,
) -> int:
    """How many images the free state is right about.

    Parameters
    ----------
    network, parameters
        What is asked.
    images
        Which, with their labels.
    phases
        How it settles; the nudged phase is not used.
    read
        Gives the parameters as a batch meets them.
    dtype
        Of states; None for that of the parameters.

    Raises
    ------
    NetworkError
        The network diverges.
    """
    found, like = 0, next(iter(parameters.values()))
    with torch.no_grad():
        for inputs, labels in images.batches(_TESTED_AT_ONCE):
            seen = read(parameters)
            machine = Machine(network, seen, inputs, schedule=phases.schedule, dtype=dtype)
            settle(machine, phases.free, stepper=phases.stepper)
            found += int((network.loss.scores(machine.state()[-1].to(like), seen).argmax(1) == labels).sum())
    return found
