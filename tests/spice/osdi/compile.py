"""Compile a Verilog-A module for an ngspice with OSDI: OpenVAF's front end, then C.

    python compile.py MODEL.va MODEL.osdi

The PyPI package openvaf-py has OpenVAF's front end, which checks a source and gives residuals and their derivatives in
static single assignment form, but not its code generator. This writes them as C, around what ``interface.h`` has of
OSDI 0.3, and calls the C compiler (``cc``). For models without limiting, noise, branches that collapse and calls of the
simulator: whatever else is met is refused. Users have OpenVAF itself.
"""

import math
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
INFIX = {
    "fadd": "+", "fsub": "-", "fmul": "*", "fdiv": "/", "flt": "<", "fgt": ">", "fle": "<=", "fge": ">=", "feq": "==",
}  # fmt: skip
CALLED = {"exp": "exp", "ln": "log", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "pow": "pow", "sqrt": "sqrt"}
SAME = {"optbarrier", "ifcast"}  # every value is a double here, also a truth value and a whole number


class Function:
    """A function in static single assignment form, as C."""

    def __init__(self, mir, given):
        """``given``: C expression of each parameter that the instructions use, by the name of its value."""
        self.mir, self.given = mir, given
        self.constants = {**mir["constants"], **mir["int_constants"], **mir["bool_constants"]}
        self.blocks = {}
        for instruction in mir["instructions"]:
            self.blocks.setdefault(instruction["block"], []).append(instruction)
        self.results = [item["result"] for item in mir["instructions"] if "result" in item]

    def value(self, name):
        """C expression of a value."""
        if name in self.constants:
            return literal(float(self.constants[name]))
        if name in self.given:
            return self.given[name]
        if name not in self.results:
            raise ValueError(f"{name} is a parameter that no simulator gives")
        return name

    def lines(self):
        """The body, up to its end; the first block is where it begins."""
        order = [self.mir["instructions"][0]["block"]]
        order += [name for name in {**self.blocks, **self.mir["blocks"]} if name not in order]
        yield f"double {', '.join(self.results)};"
        for name in order:
            yield f"{name}:;"
            for item in self.blocks.get(name, []):
                yield from self.statement(name, item)
            if not self.mir["blocks"][name]["successors"]:
                yield "goto end;"
        yield "end:;"

    def statement(self, block, item):
        """One instruction."""
        opcode = item["opcode"]
        if opcode == "phi":
            return
        if opcode == "jmp":
            yield self.jump(block, item["destination"])
        elif opcode == "br":
            yield f"if ({self.value(item['condition'])}) {self.jump(block, item['true_block'])}"
            yield f"else {self.jump(block, item['false_block'])}"
        elif opcode == "call" and not item["operands"]:
            yield "return false;"  # of what is set up: a parameter out of its range
        else:
            yield f"{item['result']} = {self.expression(opcode, [self.value(name) for name in item['operands']])};"

    def jump(self, block, to):
        """A jump, with what the values that depend on the way are on this one."""
        ways = [item for item in self.blocks.get(to, []) if item["opcode"] == "phi"]
        chosen = [
            self.value(next(way["value"] for way in item["phi_operands"] if way["block"] == block)) for item in ways
        ]
        first = "".join(f"double n{n} = {value}; " for n, value in enumerate(chosen))
        then = "".join(f"{item['result']} = n{n}; " for n, item in enumerate(ways))
        return f"{{ {first}{then}goto {to}; }}"

    @staticmethod
    def expression(opcode, operands):
        """C expression of what an instruction gives."""
        if opcode in INFIX:
            return f"{operands[0]} {INFIX[opcode]} {operands[1]}"
        if opcode in CALLED:
            return f"{CALLED[opcode]}({', '.join(operands)})"
        if opcode in SAME:
            return operands[0]
        if opcode == "fneg":
            return f"-{operands[0]}"
        raise ValueError(f"no translation of {opcode}")


def literal(value):
    """A number in C, to the last bit."""
    if math.isinf(value):
        return "INFINITY" if value > 0 else "(-INFINITY)"
    return f"({value.hex()})"


def translate(module):
    """C source of a module."""
    dae, parameters = module.get_dae_system(), module.get_osdi_descriptor()["params"]
    if module.num_collapsible or module.num_states or module.has_bound_step:
        raise ValueError(f"{module.name} needs what is not translated")
    parameters.sort(key=lambda one: not one["is_instance"])  # as the interface has them
    place = {one["name"]: number for number, one in enumerate(parameters)}
    nodes = [node["name"] for node in dae["nodes"]]
    begin, run = module.get_init_mir_instructions(), module.get_mir_instructions()
    cache = begin["cache_mapping"]

    def given(mir, names, kinds):
        texts = (outside(*named, place, nodes) for named in zip(names, kinds, strict=True))
        return {value: text for value, text in zip(mir["params"], texts, strict=False) if text}

    first = Function(begin, given(begin, module.init_param_names, module.init_param_kinds))
    kept = {run["params"][item["eval_param"]]: f"instance->cached[{number}]" for number, item in enumerate(cache)}
    then = Function(run, given(run, module.param_names, module.param_kinds) | kept)
    keep = [f"instance->cached[{number}] = {first.value(item['init_value'])};" for number, item in enumerate(cache)]
    entries, defaults = dae["jacobian"], module.get_param_defaults()
    charged = {row["equation_idx"] for row in dae["residuals"] if then.value(of_mir(row["react_var"])) != literal(0.0)}
    return "\n".join([
        f"enum {{ NODES = {len(nodes)}, ENTRIES = {len(entries)}, PARAMETERS = {len(place)}, CACHED = {len(cache)},",
        f"OF_INSTANCE = {sum(one['is_instance'] for one in parameters)} }};",
        '#include "interface.h"',
        "static const double defaults[] = {", *(f"{literal(defaults[name.lower()])}," for name in place), "};",
        "static bool initialise(Instance *instance) {", *first.lines(), *keep, "return true;", "}",
        "static void evaluate(Instance *instance, const double *solution) {", *then.lines(), *results(dae, then), "}",
        "static Node nodes[] = {", *(node_text(n, name, n in charged) for n, name in enumerate(nodes)), "};",
        "static Parameter parameters[] = {", *map(parameter_text, parameters), "};",
        "static Entry entries[] = {", *map(entry_text, entries), "};",
        f'DESCRIPTOR("{module.name}", {dae["num_terminals"]})', "",
    ])  # fmt: skip


def results(dae, function):
    """Statements that keep residuals and Jacobian."""
    rows = [("", row["equation_idx"], row) for row in dae["residuals"]]
    rows += [("by_", entry["entry_idx"], entry) for entry in dae["jacobian"]]
    for prefix, number, item in rows:
        for kind in ("resist", "react"):
            yield f"instance->{prefix}{kind}[{number}] = {function.value(of_mir(item[f'{kind}_var']))};"


def of_mir(name):
    """Name of a value among the instructions, of that among the equations."""
    return name.replace("mir_", "v")


def outside(name, kind, place, nodes):
    """C expression of what a simulator gives: a parameter, a voltage, the temperature; empty for what nothing gives."""
    if kind == "param":
        return f"instance->own.value[{place[name]}]"
    if kind == "param_given":
        return "1.0"  # values that are not given are the defaults by then
    if kind == "voltage":
        ends = re.fullmatch(r"V\(([^,()]+)(?:,([^,()]+))?\)", name).groups()
        return "(" + " - ".join(f"solution[instance->at[{nodes.index(end)}]]" for end in ends if end) + ")"
    if kind == "current" and f"flow{name[1:]}" in nodes:
        return f"solution[instance->at[{nodes.index(f'flow{name[1:]}')}]]"
    return {"temperature": "instance->kelvin", "sysfun": "1.0" if name == "mfactor" else ""}.get(kind, "")


def node_text(number, name, charged):
    """Entry of the table of nodes."""
    resist, react = (f"offsetof(Instance, {kind}) + {number} * sizeof(double)" for kind in ("resist", "react"))
    flow = "true" if name.startswith("flow(") else "false"
    return f'{{"{name}", "V", "A", {resist}, {react if charged else "NOWHERE"}, NOWHERE, NOWHERE, {flow}}},'


def entry_text(entry):
    """Entry of the table of the Jacobian."""
    return f"AT({entry['entry_idx']}, {entry['row_node_idx']}, {entry['col_node_idx']}),"


def parameter_text(one):
    """Entry of the table of parameters."""
    name, kind = f'(char *[]){{"{one["name"]}"}}', "KIND_INSTANCE" if one["is_instance"] else "0"
    return f'{{{name}, 0, "{one["description"]}", "{one["units"]}", {kind}, 0}},'


def main(source, output):
    """Compile the one module of a file."""
    import openvaf_py

    (module,) = openvaf_py.compile_va(source)
    options = ["-std=c11", "-O1", "-ffp-contract=off", "-shared", "-fPIC", f"-I{HERE}"]
    command = ["cc", *options, "-x", "c", "-", "-o", output, "-lm"]
    subprocess.run(command, input=translate(module), text=True, check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
