"""Another reading of a library than rramsim's own: ngspice's. A module of its own, which workers import."""

from rramsim.errors import SimulationError
from rramsim.spice.analyses import Tran
from rramsim.spice.engine import engine

WRAPPER = (
    ".subckt {0} d g s b params: w=1e-06 l=6e-07 dvt=0\nm1 d g s b {1} w={{w/1.0}} l={{l/1.0}} delvto={{dvt}}\n.ends\n"
)


def as_ngspice_reads(deck, library):
    """In a worker: whether a deck gives what it gives when ngspice itself reads the library."""
    title, *lines = deck.splitlines()
    own = next(number for number, line in enumerate(lines) if line.startswith(".subckt half_cell_1t1r"))
    models = [f".lib '{library}' tt", WRAPPER.format("nfet", "nmos_5v"), WRAPPER.format("pfet", "pmos_5v")]
    card = next(line for line in lines if line.startswith(".tran")).split()
    analysis = Tran(step=float(card[1]), stop=float(card[2]), max_step=float(card[4]))
    results = []
    for text in (deck, "\n".join([title, *models, *lines[own:], ""])):
        engine().unload()
        try:
            engine().load(text)
            results.append({name: values.tobytes() for name, values in engine().run(analysis, ["q", "qb"]).items()})
        except SimulationError:  # of what is not used rramsim takes no notice
            return "cannot be compared"
        finally:
            engine().unload()
    return "the same" if results[0] == results[1] else "differs"
