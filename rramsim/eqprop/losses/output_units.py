"""What losses of output units have in common: one unit of the last layer is one class."""

from __future__ import annotations

from rramsim.eqprop.connections.connection import Shape
from rramsim.eqprop.losses.loss import AbstractLoss
from rramsim.errors import NetworkError


class AbstractOutputLoss(AbstractLoss):
    """A loss of output units, which are the last layer of the state."""

    def classes(self, last: Shape) -> int:
        """Its units.

        Raises
        ------
        NetworkError
            It is no row of units.
        """
        if len(last) != 1:
            raise NetworkError(
                f"the loss {self.name!r} needs a last layer of one unit a class, and not one of shape {last}: "
                "add a fully connected layer"
            )
        return last[0]
