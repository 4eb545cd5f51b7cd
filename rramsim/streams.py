"""Counter-based random streams: what a part of a task draws depends on the study's seed, the task and the part alone.

So it is the same for any number of workers, order of tasks or resume.
"""

from __future__ import annotations

import numpy as np


def stream(seed: int, task_id: str, *key: int) -> np.random.Generator:
    """Random stream of a part of a task.

    Philox, seeded through numpy's ``SeedSequence``.

    Parameters
    ----------
    seed
        Seed of the study, not negative.
    task_id
        Identity of the task, hexadecimal.
    key
        Which part of the task, integers that are not negative; parts with different keys are independent.

    Returns
    -------
    numpy.random.Generator
        The stream, at its beginning.

    References
    ----------
    J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, Parallel random numbers: as easy as 1, 2, 3, SC 2011, doi
    10.1145/2063384.2063405.

    Examples
    --------
    >>> first, again = stream(1, "ab12", 0), stream(1, "ab12", 0)
    >>> bool(first.integers(1000) == again.integers(1000))
    True
    """
    sequence = np.random.SeedSequence(entropy=[seed, int(task_id, 16)], spawn_key=key)
    return np.random.Generator(np.random.Philox(sequence))
