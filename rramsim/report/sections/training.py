"""How the trainings of the networks went."""

from __future__ import annotations

from collections.abc import Iterator

from rramsim.report.figures.training_curves import training_curves
from rramsim.report.run_data import RunData
from rramsim.report.sections.figure import Figure


def training_figures(run: RunData) -> Iterator[Figure]:
    """Loss and validation accuracy of each epoch; none where no training is known.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    if run.training is None or run.training.empty:
        return
    widest = ((run.training["ci_high"] - run.training["ci_low"]) / 2).max() * 100
    yield Figure(
        name="training",
        svg=training_curves(run.training, name="training"),
        caption="Mean loss over the training images, with errors and augmentation where the study asks for them, and "
        "accuracy on the validation images after each epoch, without errors (95 % intervals up to "
        f"±{widest:.1f} points). Networks that were given are not drawn.",
        description="Training loss and validation accuracy of each network against epoch",
    )
