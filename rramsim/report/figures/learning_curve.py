"""How a training went: errors on the images that it learns from and on others, and how far from rest it was."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rramsim.intervals import IntervalMethod, binomial_interval
from rramsim.report.backend import mpl
from rramsim.report.figures.style import BLUE, GREY, ORANGE, new_figure, styled


def learning_curve(frame: pd.DataFrame) -> mpl.figure.Figure:
    """Draw errors with the interval of the validation images, and residuals.

    Parameters
    ----------
    frame
        Columns of ``epochs.csv``, one row at least.
    """
    from matplotlib.ticker import MaxNLocator

    epochs = frame["epoch"].to_numpy()
    learnt = 100 * (1 - frame["train_correct"] / frame["train_images"])
    wrong, images = (frame["images"] - frame["correct"]).to_numpy(), frame["images"].to_numpy()
    ends = [
        binomial_interval(int(errors), int(count), IntervalMethod.WILSON)
        for errors, count in zip(wrong, images, strict=True)
    ]
    low, high = 100 * np.array(ends).T
    with styled():
        figure = new_figure(8.6, 3.2)
        errors, residuals = figure.subplots(1, 2)
        errors.plot(epochs, learnt, color=BLUE, marker="o", markersize=3, label="training images, while it learns")
        errors.fill_between(epochs, low, high, color=ORANGE, alpha=0.25, linewidth=0)
        errors.plot(
            epochs, 100 * wrong / images, color=ORANGE, marker="s", markersize=3, label="validation images, 95 %"
        )
        errors.set_ylabel("wrong (%)")
        errors.set_yscale("log")
        errors.yaxis.set_major_formatter("{x:g}")
        errors.legend(loc="upper right")
        residuals.plot(epochs, frame["free_residual"], color=GREY, marker="o", markersize=3)
        residuals.set_ylabel("last step of a free phase, at most")
        if (frame["free_residual"] > 0).all():
            residuals.set_yscale("log")
        for axis in (errors, residuals):
            axis.set_xlabel("epoch")
            axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure
