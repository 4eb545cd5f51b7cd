"""What becomes of devices after they were programmed: cycles first, then time, then the noise of a read."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rramsim.devices.endurance import Cycles, EnduranceSection
from rramsim.devices.resistance import AbstractResistance, DeviceStatistics
from rramsim.devices.retention import RetentionSection
from rramsim.devices.rtn import TelegraphSection
from rramsim.errors import InputError
from rramsim.quantities import Celsius, in_unit
from rramsim.validation import Section


class AgeingSection(Section):
    """How old devices are: ``cycles`` before the last programming, ``time_s`` at ``temperature_c`` after it."""

    cycles: Cycles | None = None
    time_s: Annotated[float, in_unit("s"), Field(ge=0, le=1e12)] | None = None
    temperature_c: Celsius | None = None

    def over(self, other: AgeingSection) -> AgeingSection:
        """What is set here, and what is set there of the rest.

        Parameters
        ----------
        other
            What holds where nothing is set.
        """
        return other.model_copy(update=self.model_dump(exclude_none=True))


def aged(
    devices: DeviceStatistics, ageing: AgeingSection, *, endurance: EnduranceSection | None,
    retention: RetentionSection | None, rtn: TelegraphSection | None,
) -> DeviceStatistics:  # fmt: skip
    """Statistics of devices of an age.

    Parameters
    ----------
    devices
        As they are programmed when they are new.
    ageing
        The age.
    endurance, retention, rtn
        What ages them; None where nobody says.

    Raises
    ------
    InputError
        Nobody says how devices age as is asked, or they do not hold so long.
    """
    if ageing.cycles is not None and endurance is None:
        raise InputError("ageing.cycles needs [devices.endurance]: medians and spreads against cycles")
    if ageing.time_s is not None and (retention is None or ageing.temperature_c is None):
        raise InputError("ageing.time_s needs ageing.temperature_c and [devices.retention]: how far ln R drifts")
    if ageing.temperature_c is not None and ageing.time_s is None:
        raise InputError("ageing.temperature_c needs ageing.time_s: how long devices are so hot")

    def state(name: str) -> AbstractResistance:
        found: AbstractResistance = getattr(devices, name)
        if endurance is not None and ageing.cycles is not None:
            found = endurance.at(name, found, ageing.cycles)
        if retention is not None and ageing.time_s is not None and ageing.temperature_c is not None:
            found = retention.at(name, found, ageing.time_s, ageing.temperature_c)
        return found if rtn is None else getattr(rtn, name).at(found)

    return DeviceStatistics(lrs=state("lrs"), hrs=state("hrs"))
