"""Reads a second: rramsim's engine against the ways a user would otherwise script ngspice.

The same reads (weights, resistances and threshold shifts drawn once) go through each way, in rounds, all in one run.
The figures are medians over the rounds of the time a read, and of ratios within a round; the verdicts are compared.

    process 0.1 ns   one ``ngspice -b`` a sample as a user would script it: values written into the deck, 0.1 ns step
    process equal    the same with rramsim's solver options: its step limit, one thread
    PySpice          as its tutorials do: for every sample a Circuit, a simulator and a transient at 0.1 ns
    rramsim          one deck, elements altered for each sample

Each way is measured alone (one process) and with one process a core, as a sweep runs: ngspice's OpenMP threads, which
neither a plain script nor PySpice's tutorials limit, then spin against each other.

Run: python benchmarks/throughput.py [--reads 30] [--rounds 5] [--json benchmarks/throughput.json]
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from rramsim.ber.sampling import ReadVariation
from rramsim.circuits.cells import CELLS
from rramsim.circuits.read import ReadBench, ReadSample, measure_read
from rramsim.circuits.read_deck import EDGE_TIME, ReadDeck
from rramsim.circuits.technology import load_technology
from rramsim.corners import parse_corner
from rramsim.devices.presets import load_preset
from rramsim.spice.engine import engine
from rramsim.spice.library import find_library
from rramsim.spice.workers import usable_cores
from rramsim.units import format_number
from rramsim.weights import Weight

FINE = 0.1e-9  # the step that a user would write [s]
TARGETS = {"process 0.1 ns": 8.0, "process equal": 3.0, "PySpice": 30.0}
SHIFTS = ("mp1", "mp2", "mp3", "mp4", "mn1", "mn2", "mn3")


def by_rramsim(samples: list[ReadSample]) -> list[Weight]:
    """Alter and run."""
    bench = ReadBench(engine(), deck())
    return [bench.read(sample).weight for sample in samples]


def by_process_as_scripted(samples: list[ReadSample]) -> list[Weight]:
    """One ngspice process a sample, 0.1 ns step."""
    return by_process(deck(max_step=FINE), samples, "")


def by_process_with_equal_options(samples: list[ReadSample]) -> list[Weight]:
    """One ngspice process a sample, solver options as rramsim's."""
    return by_process(deck(), samples, "set num_threads=1\n")


def by_process(read: ReadDeck, samples: list[ReadSample], setting: str) -> list[Weight]:
    """Run ngspice on a deck with the sample's values; its results are written as text and read back."""
    verdicts = []
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "read.cir", Path(folder) / "read.data"
        control = f"\n.control\n{setting}run\nwrdata {out} v(q) v(qb) i(vdd)\nquit 0\n.endc\n.end\n"
        for sample in samples:
            path.write_text(sample_deck(read, sample).replace("\n.end\n", control))
            subprocess.run(["ngspice", "-b", path], capture_output=True, check=True)
            columns = np.loadtxt(out)
            waves = {"time": columns[:, 0], "q": columns[:, 1], "qb": columns[:, 3], "i(vdd)": columns[:, 5]}
            verdicts.append(measure_read(waves, read).weight)
    return verdicts


def by_pyspice(samples: list[ReadSample]) -> list[Weight]:
    """PySpice as in its tutorials: everything made anew for each sample."""
    os.environ.setdefault("NGSPICE_LIBRARY_PATH", find_library())
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from PySpice.Spice.Netlist import Circuit
        from PySpice.Unit import u_s

    read = deck(max_step=FINE)
    verdicts = []
    for sample in samples:
        circuit = Circuit("read")
        models, _, rest = sample_deck(read, sample).partition("\nvdd vdd")
        instances = re.findall(r"^(?:xsa|xcell|\.ic) .*$", rest, re.MULTILINE)
        circuit.raw_spice = "\n".join([*models.splitlines()[1:], *instances, ""])
        circuit.V("dd", "vdd", circuit.gnd, read.corner.vdd)
        circuit.V("wl", "wl", circuit.gnd, read.conditions.v_word_line)
        circuit.PulseVoltageSource(
            "sen", "sen", circuit.gnd, initial_value=0, pulsed_value=read.corner.vdd, period=1,
            delay_time=read.conditions.t_precharge, rise_time=EDGE_TIME, fall_time=EDGE_TIME,
            pulse_width=read.conditions.window - EDGE_TIME / 2,
        )  # fmt: skip
        simulator = circuit.simulator(temperature=read.corner.temperature_c, nominal_temperature=27)
        analysis = simulator.transient(step_time=u_s(FINE), end_time=u_s(read.conditions.t_stop), max_time=u_s(FINE))
        waves = {
            "time": np.array(analysis.time),
            "q": np.array(analysis.nodes["q"]),
            "qb": np.array(analysis.nodes["qb"]),
            "i(vdd)": np.array(analysis.branches["vdd"]),
        }
        verdicts.append(measure_read(waves, read).weight)
    return verdicts


WAYS: dict[str, Callable[[list[ReadSample]], list[Weight]]] = {
    "rramsim": by_rramsim,
    "process equal": by_process_with_equal_options,
    "process 0.1 ns": by_process_as_scripted,
    "PySpice": by_pyspice,
}


def deck(**conditions: float) -> ReadDeck:
    """The read that is timed."""
    read = ReadDeck(
        cell=CELLS["ternary_2t2r"], corner=parse_corner("tt_27c_1v2"), technology=load_technology("generic_130nm_5v")
    )
    return replace(read, conditions=replace(read.conditions, **conditions))


def sample_deck(read: ReadDeck, sample: ReadSample) -> str:
    """Deck text with the values of one sample written into it."""
    shifts = [format_number(value) for value in sample.threshold_shifts]
    values = {
        "xsa": [f"dvt_{name}={value}" for name, value in zip(SHIFTS, shifts[:7], strict=True)],
        "xcell": [f"dvt_{name}={value}" for name, value in zip(("bl", "blb"), shifts[7:], strict=True)]
        + [f"r_bl={format_number(sample.r_bl)}", f"r_blb={format_number(sample.r_blb)}"],
    }
    lines = read.text.splitlines()
    return "\n".join(" ".join([line, *values.get(line.partition(" ")[0], [])]) for line in lines) + "\n"


def draw(count: int) -> list[ReadSample]:
    """Draw reads, a third of each weight."""
    read = deck()
    samples = []
    for index, weight in enumerate((Weight.PLUS, Weight.ZERO, Weight.MINUS)):
        variation = ReadVariation(
            devices=load_preset("hfo2_130nm").statistics, programmed=weight, sigma_thresholds=read.threshold_sigmas
        )
        z = np.random.default_rng(index).standard_normal((-(-count // 3), len(variation.names)))
        samples += variation.samples(z)
    return samples[:count]


def measure(samples: list[ReadSample], rounds: int, processes: int) -> dict[str, dict[str, Any]]:
    """Time every way in turn, round by round, in ``processes`` processes at once, each with all samples."""
    times: dict[str, list[float]] = {name: [] for name in WAYS}
    verdicts: dict[str, list[Weight]] = {}
    spawn = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        # Processes of their own, started and warmed up before the clock runs.
        pools = {name: stack.enter_context(spawn.Pool(processes)) for name in WAYS}
        for name, way in WAYS.items():
            pools[name].map(way, [samples[:1]] * processes, chunksize=1)
        for _ in range(rounds):
            for name, way in WAYS.items():
                start = time.perf_counter()
                verdicts[name], *_ = pools[name].map(way, [samples] * processes, chunksize=1)
                times[name].append((time.perf_counter() - start) / len(samples) / processes)
    own = times["rramsim"]
    rows = {}
    for name, values in times.items():
        ratios = [other / ours for ours, other in zip(own, values, strict=True)]
        rows[name] = {
            "ms_per_read": round(statistics.median(values) * 1e3, 2),
            "ratio": round(statistics.median(ratios), 2),
            "ratio_min": round(min(ratios), 2),
            "ratio_max": round(max(ratios), 2),
            "target": TARGETS.get(name),
            "verdicts_equal": verdicts[name] == verdicts["rramsim"],
        }
    return rows


def print_rows(title: str, rows: dict[str, dict[str, Any]]) -> None:
    """Print one table."""
    print(f"\n{title}\n{'way':<16}{'ms a read':>10}{'ratio':>9}{'min':>9}{'max':>9}{'target':>8}  verdicts")
    for name, row in rows.items():
        target = f"{row['target']:g}" if row["target"] else ""
        same = "equal" if row["verdicts_equal"] else "DIFFER"
        ratios = f"{row['ratio']:>9.2f}{row['ratio_min']:>9.2f}{row['ratio_max']:>9.2f}"
        print(f"{name:<16}{row['ms_per_read']:>10.2f}{ratios}{target:>8}  {same}")


def main() -> None:
    """Measure, print the tables and, if asked, write them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reads", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    samples = draw(options.reads)
    # The engine of this process comes last: starting it limits the threads of every process started after it.
    alone, together = measure(samples, options.rounds, 1), measure(samples, options.rounds, usable_cores())
    result: dict[str, Any] = {
        "command": f"python benchmarks/throughput.py --reads {options.reads} --rounds {options.rounds}",
        "versions": {
            "ngspice": engine().version_text,
            "python": platform.python_version(),
            "PySpice": version("PySpice"),
        },
        "cores": usable_cores(),
        "alone": alone,
        "one_process_a_core": together,
    }
    print_rows("alone", result["alone"])
    print_rows(f"one process a core ({result['cores']} cores), time a read over all", result["one_process_a_core"])
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
