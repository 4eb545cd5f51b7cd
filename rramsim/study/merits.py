"""The figures of merit that a study asks for: what they are of, what is wrong with them, and what they follow from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rramsim.errors import Problem, close_matches
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

    circuit, found = merit_circuit(study), []
    for name, section in study.merit.asked.items():
        missing = [cell for cell in section.cells if cell not in circuit.alphabets]
        message = f"no such cell; {close_matches(missing[0], circuit.alphabets)}" if missing else ""
        found += [Problem(key=f"merit.{name}.cells", value=missing[0], message=message)] if missing else []
        found += FIGURES[name].problems(section, circuit.of(section.cells)) if not missing else []
    return found


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
