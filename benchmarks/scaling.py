"""How the time of a sweep grows: with workers, corners, mismatch and samples, and on Dask in place of local processes.

Workers are started and warmed up before the clock runs: their start is paid once, whatever the size of the sweep.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from multiprocessing.pool import Pool
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measurement import SPAWN, Effort, Figure, Part, ratios, take_turns
from benchmarks.reads import draw
from benchmarks.ways import by_rramsim
from rramsim.ber.sweep import sweep
from rramsim.circuits.benches.pair.read import ReadSample
from rramsim.runs.folder import RunFolder
from rramsim.spice.workers import local_workers, usable_cores
from rramsim.study import Study

_WEIGHTS = 2  # that are read: -1 is the mirror image of +1
_IMAGES = 6  # reads that compare three of a weight with their mirror images
_WORKERS = 2
_SPEED_UP = 1.85
_DASK_COST = 1.05
_CLUSTER = "rramsim.spice.cluster"


def study(*, corners: int, samples: int, mismatch: bool = True, estimator: str = "monte_carlo") -> Study:
    """A sweep of the ternary cell; its corners differ by a degree, so that their reads cost the same.

    Reads are counted alone, so that their number is known; a sweep as users run it is "auto".
    """
    return Study.model_validate(
        {
            "study": {"name": "benchmark"},
            "corners": {"temperature_c": [27.0 + index for index in range(corners)]},
            "read": {"mismatch": mismatch},
            "ber": {"max_trials": samples, "estimator": estimator},
        }
    )


def run_sweep(of: Study, executor: Executor) -> None:
    """Sweep into a folder that is thrown away."""
    with TemporaryDirectory() as folder:
        run = RunFolder(Path(folder))
        run.prepare()
        sweep(of.sweep, run, executor)


def measure_workers(effort: Effort) -> Part:
    """Two workers against one, beside what two processes without any coordination reach on this machine."""
    title = "Workers: speed-up of a sweep from 1 to 2 workers"
    if usable_cores() < _WORKERS:
        return Part(title=title, figures=[], notes=["not measured: this machine has one core"])
    studies = {"counted": study(corners=8, samples=effort.scaled(200)), "auto": _as_users_do(effort)}
    samples = draw(effort.scaled(1000))
    with ExitStack() as stack:
        executors = {n: stack.enter_context(local_workers(n)) for n in (1, _WORKERS)}
        pools = {n: stack.enter_context(SPAWN.Pool(n)) for n in (1, _WORKERS)}
        for executor in executors.values():
            run_sweep(study(corners=2, samples=50), executor)
        for n, pool in pools.items():
            pool.map(by_rramsim, [samples[:1]] * n, chunksize=1)
        ways = {
            f"{name} {n}": partial(run_sweep, swept, executor)
            for name, swept in studies.items()
            for n, executor in executors.items()
        }
        ways |= {f"bare {n}": partial(_run_bare, pool, samples, n) for n, pool in pools.items()}
        times = take_turns(ways, effort.rounds)
    return Part(
        title=title,
        figures=[
            Figure.of("sweep, counted", ratios(times["counted 1"], times["counted 2"]), "×", at_least=_SPEED_UP),
            Figure.of("sweep, all rates to ±10 %", ratios(times["auto 1"], times["auto 2"]), "×", at_least=_SPEED_UP),
            Figure.of("two bare processes (the machine's limit)", ratios(times["bare 1"], times["bare 2"], 2.0), "×"),
        ],
    )


def _as_users_do(effort: Effort) -> Study:
    return study(corners=8, samples=effort.scaled(50), estimator="auto")


def _run_bare(pool: Pool, samples: list[ReadSample], count: int) -> None:
    pool.map(by_rramsim, [samples] * count, chunksize=1)


def measure_growth(effort: Effort) -> Part:
    """Time a counted read over the size of the sweep, in one worker."""
    samples = effort.scaled(100)
    studies = {
        **{f"{n} corners": study(corners=n, samples=samples) for n in (1, 2, 4, 8)},
        **{f"{n * samples} samples": study(corners=1, samples=n * samples) for n in (1, 2, 4, 8)},
        "no mismatch": study(corners=1, samples=2 * samples, mismatch=False),
        "9 thresholds": study(corners=1, samples=2 * samples),
    }
    with local_workers(1) as executor:
        run_sweep(study(corners=2, samples=50), executor)
        times = take_turns({name: partial(run_sweep, of, executor) for name, of in studies.items()}, effort.rounds)
    a_read = {name: [t / _reads(of) for t in times[name]] for name, of in studies.items()}
    figures = [Figure.of(name, [1e3 * t for t in values], "ms/read") for name, values in a_read.items()]
    grown = (("1 corners", "8 corners"), (f"{samples} samples", f"{8 * samples} samples"))
    for first, last in (*grown, ("no mismatch", "9 thresholds")):
        figures.append(Figure.of(f"{last} / {first}, a read", ratios(a_read[last], a_read[first]), "×"))
    return Part(title="Growth: time a read of a sweep in one worker", figures=figures)


def _reads(of: Study) -> int:
    """Reads of a counted sweep."""
    return len(of.corners.grid) * _WEIGHTS * (of.ber.max_trials + _IMAGES)


def measure_dask(effort: Effort) -> Part:
    """The same sweep on a Dask cluster of this machine and in local workers."""
    title = "Dask: time of a sweep over that in as many local workers"
    missing = [name for name in (_CLUSTER, "distributed") if find_spec(name) is None]
    if missing:
        return Part(title=title, figures=[], notes=[f"not measured: {' and '.join(missing)} missing"])
    count = min(_WORKERS, usable_cores())
    swept = _as_users_do(effort)
    with local_workers(count) as local, _dask_workers(count) as dask:
        ways = {"local": partial(run_sweep, swept, local), "dask": partial(run_sweep, swept, dask)}
        for executor in (local, dask):
            run_sweep(study(corners=2, samples=50), executor)
        times = take_turns(ways, effort.rounds)
    figure = Figure.of(f"{count} workers", ratios(times["dask"], times["local"]), "×", at_most=_DASK_COST)
    return Part(title=title, figures=[figure])


@contextmanager
def _dask_workers(count: int) -> Iterator[Executor]:
    from distributed import LocalCluster

    cluster_workers = import_module(_CLUSTER).cluster_workers
    with (
        LocalCluster(n_workers=count, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        cluster_workers(cluster.scheduler_address) as executor,
    ):
        yield executor
