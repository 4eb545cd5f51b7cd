"""Whether a bench may stand for its mirror image."""

from __future__ import annotations

from rramsim.circuits.bench import AbstractBench
from rramsim.circuits.coding import Mirror
from rramsim.corners import Corner
from rramsim.errors import InputError


def proved_mirror(bench: AbstractBench, corner: Corner) -> Mirror | None:
    """Mirror image of a bench at a corner, if its circuit and its spread are symmetric.

    Parameters
    ----------
    bench, corner
        What and where.

    Raises
    ------
    InputError
        The bench names images of what it does not have.
    """
    mirror = bench.mirror(corner)
    if mirror is None:
        return None
    names = dict(mirror.sources)
    spaces = {symbol: bench.spread(corner, symbol) for symbol in bench.alphabet.programmed}
    sources = next(iter(spaces.values())).names
    has = ((mirror.programmed, bench.alphabet.programmed), (mirror.read, bench.alphabet.read), (names, sources))
    unknown = {str(one) for pairs, known in has for one in dict(pairs) if one not in known}
    if unknown:
        raise InputError(f"the mirror of the bench {bench.name} is of what it lacks: {', '.join(sorted(unknown))}")
    alike = (
        space.mirrored(names).identity == spaces[mirror.image(symbol)].identity for symbol, space in spaces.items()
    )
    return mirror if all(alike) else None
