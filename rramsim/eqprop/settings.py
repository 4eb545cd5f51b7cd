"""A file on a network of equilibrium propagation: what it is, how it settles, how it is trained, what is diagnosed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)  # fmt: skip

from rramsim.data.catalog import check_name, load_dataset
from rramsim.data.dataset import Dataset
from rramsim.eqprop.activations.catalog import activation
from rramsim.eqprop.chosen import chosen
from rramsim.eqprop.connections.catalog import CONNECTIONS
from rramsim.eqprop.dynamics.catalog import DYNAMICS
from rramsim.eqprop.estimators.catalog import ESTIMATORS
from rramsim.eqprop.estimators.phases import Phases
from rramsim.eqprop.feedback.catalog import FEEDBACKS
from rramsim.eqprop.losses.catalog import LOSSES
from rramsim.eqprop.naming import by_name
from rramsim.eqprop.network import Network, chain
from rramsim.eqprop.normalisation import Normalisation
from rramsim.eqprop.preset import preset_path, presets, read_over_presets
from rramsim.eqprop.reads.catalog import READS
from rramsim.eqprop.reads.reads import AbstractReads
from rramsim.eqprop.reads.right import Right
from rramsim.eqprop.relaxation.catalog import SCHEDULES
from rramsim.eqprop.relaxation.stop import Stop
from rramsim.eqprop.steppers.catalog import STEPPERS
from rramsim.eqprop.trainers.catalog import OPTIMISERS
from rramsim.eqprop.trainers.images import check_fit, check_images
from rramsim.eqprop.trainers.optimiser import AbstractOptimiser
from rramsim.eqprop.trainers.recipe import Cosine, Recipe, check_stored
from rramsim.errors import InputError, MissingResourceError, NetworkError, StudyError, close_matches
from rramsim.nn.augmentation import AUGMENTATIONS
from rramsim.quantities import Count, NonNegative, Number, named
from rramsim.validation import Name, Section, problems

Positive = Annotated[Number, Field(gt=0, le=1e6)]
Share = Annotated[Number, Field(gt=0, le=1)]
Activation = Annotated[StrictStr, named(activation)]


def _known_schedule(name: str) -> None:
    by_name("schedule", name, SCHEDULES)


def _known_augmentation(name: str) -> None:
    by_name("augmentation", name, AUGMENTATIONS)


def _nudges(beta: float) -> float:
    if not beta:
        raise NetworkError("a network that is not nudged learns nothing: write a number other than 0")
    return beta


Beta = Annotated[Number, Field(ge=-1e3, le=1e3), AfterValidator(_nudges)]


class NormaliseTable(Section):
    """normalise of [network]: images from 0 to 1 become (x − mean) / std, channel by channel."""

    mean: Annotated[tuple[Number, ...], Field(min_length=1)]
    std: Annotated[tuple[Positive, ...], Field(min_length=1)]


class NetworkTable(Section):
    """[network]: layers one after the other.

    ``inputs`` is the shape of an image, that of the data set where it is left out. ``connections`` are one for each
    layer, the first from the input. ``output`` is the activation of the last layer, where it is another one. ``scale``
    multiplies initial parameters.
    """

    inputs: tuple[Count, ...] | None = None
    connections: tuple[chosen("connection", CONNECTIONS), ...]  # type: ignore[valid-type]
    activation: Activation
    output: Activation | None = None
    loss: chosen("loss", LOSSES)  # type: ignore[valid-type]
    feedback: chosen("feedback", FEEDBACKS) = FEEDBACKS["shared"]()  # type: ignore[valid-type]
    dynamics: chosen("dynamics", DYNAMICS) = DYNAMICS["nudge_inside"]()  # type: ignore[valid-type]
    scale: Positive = 1.0
    normalise: NormaliseTable | None = None

    def network(self, dataset: Dataset) -> Network:
        """The network, for images of a data set.

        Parameters
        ----------
        dataset
            The data set.

        Raises
        ------
        NetworkError
            A layer does not take what comes from the one before it; or the network does not fit the data set.
        """
        table = self.normalise
        found = chain(
            self.inputs or dataset.shape, self.connections, activation=self.activation, loss=self.loss,
            output=self.output, feedback=self.feedback, dynamics=self.dynamics,
            normalisation=None if table is None else Normalisation(mean=table.mean, std=table.std),
        )  # fmt: skip
        check_fit(dataset, found)
        return found


class PhasesTable(Section):
    """[phases]: how long the network settles, and how strongly it is nudged.

    ``free_steps`` and ``nudged_steps`` are the most that a phase has (T1 and T2); a tolerance ends it before, once no
    unit moves further in one step. ``stepper`` is how steps are made; with ``together`` both nudged phases of a
    symmetric estimate settle as one batch of twice the size.
    """

    free_steps: Count
    free_tolerance: Positive | None = None
    nudged_steps: Count
    nudged_tolerance: Positive | None = None
    beta: Beta
    schedule: Annotated[StrictStr, named(_known_schedule)] = "synchronous"
    stepper: chosen("stepper", STEPPERS) = STEPPERS["eager"]()  # type: ignore[valid-type]
    together: StrictBool = False

    @property
    def phases(self) -> Phases:
        """The phases."""
        return Phases(
            free=Stop(steps=self.free_steps, tolerance=self.free_tolerance),
            nudged=Stop(steps=self.nudged_steps, tolerance=self.nudged_tolerance),
            beta=self.beta,
            schedule=SCHEDULES[self.schedule],
            stepper=self.stepper,
            together=self.together,
        )


class CosineTable(Section):
    """cosine of [training]: rates fall to ``lowest`` over so many epochs, and stay there."""

    epochs: Count
    lowest: NonNegative = 0.0


class TrainingTable(Section):
    """[training]: ``rates`` are learning rates of the layers, the first from the input; a readout has the last.

    ``reads`` is how stored weights are read, here and in the test. ``images`` are the first of those to learn from, of
    all if it is left out; ``augmentation`` varies those of each batch; of each layer a unit stays for a batch with
    probability ``keep``. ``precision`` is that of states and parameters.
    With ``bfloat16`` only states are: parameters, gradients and their sums are float32.
    """

    estimator: chosen("estimator", ESTIMATORS)  # type: ignore[valid-type]
    rates: Annotated[tuple[Positive, ...], Field(min_length=1)]
    epochs: Count
    batch: Count
    optimiser: chosen("optimiser", OPTIMISERS) = OPTIMISERS["sgd"]()  # type: ignore[valid-type]
    cosine: CosineTable | None = None
    precision: Literal["float32", "float64", "bfloat16"] = "float32"
    reads: chosen("reads", READS) = READS["right"]()  # type: ignore[valid-type]
    keep: tuple[Share, ...] = ()
    augmentation: tuple[Annotated[StrictStr, named(_known_augmentation)], ...] = ()
    images: Count | None = None

    @field_validator("optimiser")
    @classmethod
    def _of_the_estimator(cls, optimiser: AbstractOptimiser, info: ValidationInfo) -> AbstractOptimiser:
        if "estimator" in info.data:  # if not, it is told
            check_stored(optimiser, info.data["estimator"], Right())
        return optimiser

    @field_validator("reads")
    @classmethod
    def _of_stored_weights(cls, reads: AbstractReads, info: ValidationInfo) -> AbstractReads:
        if {"optimiser", "estimator"} <= info.data.keys():  # if not, it is told
            check_stored(info.data["optimiser"], info.data["estimator"], reads)
        return reads


class DiagnosisTable(Section):
    """[diagnosis]: estimators that are compared with backpropagation, at each strength, on the first ``images``."""

    estimators: tuple[chosen("estimator", ESTIMATORS), ...] = (ESTIMATORS["one_sided"](), ESTIMATORS["symmetric"]())  # type: ignore[valid-type]
    betas: Annotated[tuple[Beta, ...], Field(min_length=1)] = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
    images: Count = 50
    precision: Literal["float32", "float64"] = "float64"


class TuningTable(Section):
    """[tuning]: what ``rramsim eqprop tune`` tries, on the first ``images``; at rest a unit moves by ``tolerance``."""

    nudged_steps: Annotated[tuple[Count, ...], Field(min_length=1)] = (4, 8, 15, 30)
    betas: Annotated[tuple[Beta, ...], Field(min_length=1)] = (0.05, 0.1, 0.2, 0.5, 1.0)
    tolerance: Positive = 1e-4
    images: Count = 50
    precision: Literal["float32", "float64"] = "float64"


class EqpropFile(Section):
    """The whole file. What it does not say is that of its ``preset``, if it names one: table by table, key by key."""

    name: Name
    preset: StrictStr | None = None
    dataset: Annotated[StrictStr, named(check_name)]
    seed: Annotated[StrictInt, Field(ge=0, lt=2**63)] = 0
    network: NetworkTable
    phases: PhasesTable
    training: TrainingTable | None = None
    diagnosis: DiagnosisTable = DiagnosisTable()
    tuning: TuningTable = TuningTable()

    def load_data(self) -> Dataset:
        """The data set.

        Raises
        ------
        InputError
            It is not there, or damaged.
        """
        return load_dataset(self.dataset)

    def recipe(self, dataset: Dataset) -> Recipe:
        """The training.

        Parameters
        ----------
        dataset
            What on.

        Raises
        ------
        InputError
            The file has no table on a training; or what it says does not fit together.
        """
        table = self.training
        if table is None:
            raise InputError(f"{self.name}: the file has no [training]")
        check_images(table.images, dataset)
        cosine = None if table.cosine is None else Cosine(epochs=table.cosine.epochs, lowest=table.cosine.lowest)
        return Recipe(
            network=self.network.network(dataset), estimator=table.estimator, phases=self.phases.phases,
            rates=table.rates, epochs=table.epochs, batch=table.batch, optimiser=table.optimiser, cosine=cosine,
            scale=self.network.scale, reads=table.reads, images=table.images, augmentation=table.augmentation,
            precision=table.precision, keep=table.keep,
        )  # fmt: skip


def load_file(path: Path | str) -> EqpropFile:
    """Read and check a file.

    Parameters
    ----------
    path
        A TOML file, or the name of a preset.

    Raises
    ------
    MissingResourceError
        No such file.
    StudyError
        The file is not TOML, or holds something that cannot be used; every problem is listed.
    """
    file = preset_path(path)
    if not file.suffix and not file.exists():
        raise MissingResourceError(f"no file and no preset {file}; {close_matches(str(file), presets())}")
    try:
        return EqpropFile.model_validate(read_over_presets(file))
    except ValidationError as error:
        raise StudyError(file, problems(error, EqpropFile)) from None
