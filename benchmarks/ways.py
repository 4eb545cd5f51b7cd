"""Ways of running the same reads: rramsim's engine and what a user would otherwise script.

Each gives the verdicts of the samples, so that they can be compared. "Equal" ways have rramsim's solver options, its
step limit and one thread; the others use what their tutorials show, a 0.1 ns step and ngspice's own thread count.
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.reads import FINE, read_deck, sample_deck
from rramsim.circuits.benches.pair.deck import EDGE_TIME, ReadDeck
from rramsim.circuits.benches.pair.read import Reader, ReadSample, measure_read
from rramsim.spice.engine import engine
from rramsim.spice.library import find_library
from rramsim.weights import Weight

Way = Callable[[list[ReadSample]], list[Weight]]

SPICELIB_MISSING = (
    "spicelib is not installed, so it was not measured. It is no dependency; to measure it: "
    "pip install --no-deps --target build/spicelib spicelib==1.6.4 psutil; "
    "PYTHONPATH=build/spicelib make benchmark"
)


def by_rramsim(samples: list[ReadSample]) -> list[Weight]:
    """Alter and run."""
    bench = Reader(engine(), read_deck())
    return [bench.read(sample).weight for sample in samples]


def by_process(samples: list[ReadSample], *, equal: bool) -> list[Weight]:
    """One ``ngspice -b`` a sample: values written into the deck, results written as text and read back."""
    deck = _deck(equal)
    threads = "set num_threads=1\n" if equal else ""
    verdicts = []
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "read.cir", Path(folder) / "read.data"
        control = f"\n.control\n{threads}run\nwrdata {out} v(q) v(qb) i(vdd)\nquit 0\n.endc\n.end\n"
        for sample in samples:
            path.write_text(sample_deck(deck, sample).replace("\n.end\n", control))
            subprocess.run(["ngspice", "-b", path], capture_output=True, check=True)
            columns = np.loadtxt(out)
            waves = {"time": columns[:, 0], "q": columns[:, 1], "qb": columns[:, 3], "i(vdd)": columns[:, 5]}
            verdicts.append(measure_read(waves, deck).weight)
    return verdicts


def by_pyspice(samples: list[ReadSample], *, equal: bool) -> list[Weight]:
    """PySpice as in its tutorials: for every sample a Circuit, a simulator and a transient."""
    if equal:
        os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    os.environ.setdefault("NGSPICE_LIBRARY_PATH", find_library())
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from PySpice.Spice.Netlist import Circuit
        from PySpice.Unit import u_s

    deck = _deck(equal)
    step, end = u_s(deck.conditions.max_step), u_s(deck.conditions.t_stop)
    verdicts = []
    for sample in samples:
        circuit = _pyspice_circuit(Circuit("read"), deck, sample)
        simulator = circuit.simulator(temperature=deck.corner.temperature_c, nominal_temperature=27)
        analysis = simulator.transient(step_time=step, end_time=end, max_time=step)
        waves = {
            "time": np.array(analysis.time),
            "q": np.array(analysis.nodes["q"]),
            "qb": np.array(analysis.nodes["qb"]),
            "i(vdd)": np.array(analysis.branches["vdd"]),
        }
        verdicts.append(measure_read(waves, deck).weight)
    return verdicts


def _pyspice_circuit(circuit: Any, deck: ReadDeck, sample: ReadSample) -> Any:
    models, _, rest = sample_deck(deck, sample).partition("\nvdd vdd")
    instances = re.findall(r"^(?:xsa|xcell|\.ic) .*$", rest, re.MULTILINE)
    circuit.raw_spice = "\n".join([*models.splitlines()[1:], *instances, ""])
    circuit.V("dd", "vdd", circuit.gnd, deck.corner.vdd)
    circuit.V("wl", "wl", circuit.gnd, deck.conditions.v_word_line)
    circuit.PulseVoltageSource(
        "sen", "sen", circuit.gnd, initial_value=0, pulsed_value=deck.corner.vdd, period=1,
        delay_time=deck.conditions.t_precharge, rise_time=EDGE_TIME, fall_time=EDGE_TIME,
        pulse_width=deck.conditions.window - EDGE_TIME / 2,
    )  # fmt: skip
    return circuit


def by_spicelib(samples: list[ReadSample], *, at_once: int) -> list[Weight]:
    """spicelib: a SimRunner with ``at_once`` processes at a time, and RawRead.

    The values are written into the decks here: spicelib's own editor does not read this one.
    """
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    logging.disable(logging.CRITICAL)
    from spicelib import RawRead, SimRunner
    from spicelib.simulators.ngspice_simulator import NGspiceSimulator

    deck = read_deck()
    verdicts = []
    with tempfile.TemporaryDirectory() as folder:
        runner = SimRunner(simulator=NGspiceSimulator, parallel_sims=at_once, output_folder=folder)
        tasks = []
        for number, sample in enumerate(samples):
            netlist = Path(folder) / f"read{number}.net"
            netlist.write_text(sample_deck(deck, sample))
            tasks.append(runner.run(netlist, exe_log=True))  # else it prints
        runner.wait_completion()
        for task in tasks:
            raw = RawRead(task.raw_file, dialect="ngspice")
            names = {"time": "time", "q": "v(q)", "qb": "v(qb)", "i(vdd)": "i(vdd)"}
            waves = {key: np.asarray(raw.get_wave(name)) for key, name in names.items()}
            verdicts.append(measure_read(waves, deck).weight)
    return verdicts


def _deck(equal: bool) -> ReadDeck:
    return read_deck() if equal else read_deck(max_step=FINE)


def ways() -> dict[str, Way]:
    """The ways that can be measured here, rramsim first."""
    found: dict[str, Way] = {
        "rramsim": by_rramsim,
        "process, equal": partial(by_process, equal=True),
        "process, 0.1 ns": partial(by_process, equal=False),
        "PySpice, equal": partial(by_pyspice, equal=True),
        "PySpice, 0.1 ns": partial(by_pyspice, equal=False),
    }
    if find_spec("spicelib") is not None:
        found["spicelib, equal, 1 at once"] = partial(by_spicelib, at_once=1)
        found["spicelib, equal, 4 at once"] = partial(by_spicelib, at_once=4)
    return found
