"""The figures of merit that a study asks for: what they are of, what is wrong with them, and what they follow from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rramsim.errors import Problem
from rramsim.files import content_id

if TYPE_CHECKING:
    from rramsim.merit.figure import Circuit
    from rramsim.study.study import Study


def merit_circuit(study: Study) -> Circuit:
    """What figures of merit are of.

    Parameters
    ----------
    study
        The study.
    """
    from rramsim.merit.figure import Circuit

    return Circuit(benches=study.benches, corners=study.corners.grid, estimation=study.ber.estimation)


def merit_problems(study: Study) -> list[Problem]:
    """What is wrong with the figures of merit of a study.

    Parameters
    ----------
    study
        The study, right in all else.
    """
    if not study.merit.asked:
        return []
    from rramsim.merit.catalog import FIGURES  # with scipy, which takes long to import

    circuit = merit_circuit(study)
    return [
        problem for name, section in study.merit.asked.items() for problem in FIGURES[name].problems(section, circuit)
    ]


def merit_identity(study: Study) -> dict[str, str]:
    """Digest of what each figure of merit follows from, by ``merit.`` and its name.

    Parameters
    ----------
    study
        The study.
    """
    return {
        f"merit.{name}": content_id({"sweep": study.sweep.identity, "asked": section.model_dump(mode="json")})
        for name, section in study.merit.asked.items()
    }
