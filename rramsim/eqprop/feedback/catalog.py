"""Kinds of feedback by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rramsim.eqprop.feedback.different import Different
from rramsim.eqprop.feedback.feedback import AbstractFeedback
from rramsim.eqprop.feedback.same import Same
from rramsim.eqprop.feedback.shared import Shared

FEEDBACKS: Final[Mapping[str, type[AbstractFeedback]]] = {kind.name: kind for kind in (Different, Same, Shared)}
