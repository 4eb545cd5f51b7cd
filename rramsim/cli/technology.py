"""What ``rramsim doctor --technology`` looks at: a kit, section by section, before a study uses it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rramsim.circuits.technology import Technology, load_technology
from rramsim.circuits.technology.bins import told_sizes
from rramsim.circuits.technology.examination import DeviceReport, examine_devices
from rramsim.circuits.technology.variation import Variation
from rramsim.errors import InputError, RramsimError
from rramsim.spice.engine import engine
from rramsim.spice.workers import local_workers


def run_examination(path: Path) -> Iterator[str]:
    """Simulate a nominal device of each type in each process corner of a technology; lines of what is found.

    Parameters
    ----------
    path
        Technology file, or name of a built-in technology.

    Raises
    ------
    InputError
        The file or its library cannot be used, or something is wrong with a process corner: told at the end, when all
        have been looked at.
    """
    technology = load_technology(str(path))
    yield f"{technology.name}: {technology.path}"
    wrong = []
    with local_workers(1) as executor:
        for process in technology.file.processes:
            sections = ", ".join(technology.file.section_names(process))
            models = technology.models(process)
            used = f"{len(models.files)} files, {len(models.definitions)} devices defined"
            yield f"{process} (sections {sections}): {used}, {len(models.text.splitlines())} lines used"
            yield from (f"  note: {note}" for note in models.notes)
            yield from (f"  {kind}: {told}" for kind, bins in models.bins.items() for told in told_sizes(bins))
            try:
                (found, *others), warnings = executor.submit(_examined, technology, process).result()
            except RramsimError as error:
                wrong.append(f"{process}: {error}")
                yield f"  WRONG: {error}"
                continue
            yield from (f"  ngspice: {warning}" for warning in warnings)
            for report in found:
                varied = technology.variation(process, report.kind, report.width, report.length)
                yield f"  {_told(report)}; its mismatch: {_mismatch(varied)}"
            if any(again != found for again in others):
                wrong.append(f"{process}: random numbers are drawn when it is loaded: {', '.join(models.random)}")
                yield f"  WRONG: {wrong[-1]}"
    if wrong:
        raise InputError(f"{technology.path} cannot be used as it is:\n  " + "\n  ".join(wrong))
    yield "nothing wrong was found"


def _examined(technology: Technology, process: str) -> tuple[list[tuple[DeviceReport, ...]], tuple[str, ...]]:
    """In a worker: the devices of a deck that was loaded again and again, and ngspice's warnings."""
    ngspice, loads = engine(), technology.models(process).loads
    return [examine_devices(technology, process, ngspice) for _ in range(loads)], ngspice.warnings


def _mismatch(variation: Variation) -> str:
    if variation.names == ("vth",):
        return f"{variation.sigmas[0] * 1e3:.3g} mV of threshold"
    return f"the kit's {', '.join(variation.names)}"


def _told(report: DeviceReport) -> str:
    change = report.shifted / report.current - 1
    return (
        f"{report.kind}, {report.width * 1e6:g} µm by {report.length * 1e6:g} µm, at {report.vdd:g} V and 27 °C: "
        f"{report.current:.4g} A; with its threshold shifted by 50 mV {change:+.2%}; its gate has "
        f"{report.capacitance * 1e15:.3g} fF"
    )
