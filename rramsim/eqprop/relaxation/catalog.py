"""Schedules by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rramsim.eqprop.relaxation.even_odd import EvenOdd
from rramsim.eqprop.relaxation.schedule import AbstractSchedule
from rramsim.eqprop.relaxation.synchronous import Synchronous

SCHEDULES: Final[Mapping[str, AbstractSchedule]] = {kind.name: kind() for kind in (EvenOdd, Synchronous)}
