"""Public functions say what they take, in which unit, what they raise and where it comes from."""

import ast
import re
from pathlib import Path

import pytest

import rramsim

PACKAGE = Path(rramsim.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))
# Files whose public functions need no section on their parameters, and why.
HELP = "a docstring is the help text of a command, whose options say themselves what they are"
EXEMPT = {"cli/main.py": HELP, "cli/eqprop.py": HELP}
# Files that follow a publication: a method, a formula, a circuit or data.
PUBLISHED = {
    "circuits/benches/pair/read.py", "circuits/benches/pcsa_read.py", "circuits/benches/xnor_read.py",
    "ber/data_limits.py", "circuits/benches/program_form.py", "circuits/benches/program_reset.py",
    "circuits/benches/program_set.py", "circuits/benches/programming/settings.py", "circuits/crossbar/column.py",
    "circuits/symmetry.py",
    "data/cifar10.py", "data/digits.py", "data/ecg12.py", "data/eegmmidb.py", "data/electrocardiogram.py",
    "data/fashion_mnist.py", "data/ludb.py", "data/mitdb.py", "data/mnist.py", "data/wfdb_files.py",
    "devices/cmo_hfox.py", "devices/compact/sky130_reram.py", "devices/compact/stanford.py", "devices/comparator.py",
    "devices/fit.py", "devices/marginals/empirical.py", "devices/marginals/lognormal.py", "devices/marginals/tails.py",
    "devices/mismatch.py", "devices/resistance.py", "devices/retention.py", "devices/rtn.py", "devices/spread.py",
    "eqprop/activations/half_hard_sigmoid.py", "eqprop/activations/shifted_sigmoid.py",
    "eqprop/connections/convolution.py", "eqprop/diagnosis.py", "eqprop/dropout.py", "eqprop/dynamics/inside.py",
    "eqprop/dynamics/outside.py", "eqprop/dynamics/outside_clipped.py",
    "eqprop/dynamics/real_time.py", "eqprop/energy.py", "eqprop/estimators/asymmetric.py",
    "eqprop/estimators/bptt.py", "eqprop/estimators/continual.py", "eqprop/estimators/one_sided.py",
    "eqprop/estimators/random_sign.py", "eqprop/estimators/steps.py", "eqprop/estimators/symmetric.py",
    "eqprop/feedback/different.py",
    "eqprop/feedback/same.py", "eqprop/feedback/separate.py", "eqprop/losses/softmax_readout.py",
    "eqprop/pooling/softmax.py", "eqprop/primitive.py", "eqprop/relaxation/even_odd.py", "eqprop/stored.py",
    "eqprop/trainers/adam.py", "eqprop/trainers/flips.py", "eqprop/trainers/recipe.py",
    "eqprop/trainers/straight_through.py", "eqprop/tuning.py",
    "intervals.py", "merit/codes.py", "merit/root.py", "merit/size.py", "nn/faults/published.py", "nn/faults/sides.py",
    "nn/imports/onnx/constants.py", "nn/imports/onnx/graph.py", "nn/inference.py", "nn/layers.py", "nn/learning.py",
    "nn/mapping/pairs.py", "nn/models/ecg.py", "nn/models/eeg.py", "nn/models/mobilenet.py", "nn/models/vgg.py",
    "nn/presets.py", "nn/quantizers.py", "nn/tolerance.py", "rare/crossing.py", "rare/design_point.py",
    "rare/importance_sampling.py", "rare/line.py", "rare/line_sampler.py", "rare/line_sampling.py",
    "rare/multi_root.py", "rare/plane_density.py", "rare/regions.py", "rare/subset_simulation.py", "streams.py",
}  # fmt: skip
_CITED = re.compile(r"\b[Ee]qs?\.|\bdoi\b|\barXiv\b|\bISBN\b")
LONGEST_FILE = 300  # lines
LONGEST_FUNCTION = 60  # docstring included
# Files that are longer, and why.
LONGER = {
    "circuits/bench.py": "the seam as one class: each method with its whole contract, for who writes a bench",
    "nn/engines/kernels.py": "numba keeps compiled code by the date of one file: all of it must be in that file",
}


def public_functions():
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield pytest.param(path, node, id=f"{relative(path)}:{node.name}")


def relative(path):
    return path.relative_to(PACKAGE).as_posix()


def exempt(path):
    return relative(path) in EXEMPT


def classes():
    """Every class of the package by its name."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in MODULES)
    return {node.name: node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


CLASSES = classes()


def public_members(body, owner=None):
    """Functions that a user may call, each with its class: what has no underscore before any name on the way to it."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            if isinstance(node, ast.ClassDef):
                yield from public_members(node.body, node)
            else:
                yield owner, node


def overridden(owner, function):
    """The methods of the same name in the classes of this package that a class is derived from."""
    bases = (CLASSES.get(ast.unparse(base).split("[")[0]) for base in (owner.bases if owner else ()))
    for base in filter(None, bases):
        yield from (node for node in base.body if getattr(node, "name", None) == function.name)
        yield from overridden(base, function)


def argument_names(function):
    """Names of a function's arguments; one that begins with an underscore is not used, and needs no words."""
    arguments = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    return {argument.arg for argument in arguments if not argument.arg.startswith("_")} - {"self", "cls"}


def describes_parameters(function):
    return "Parameters\n----------\n" in (ast.get_docstring(function) or "")


def without_description(path):
    """Public functions of a file that do not say what they take, nor does what they override."""
    for owner, function in public_members(ast.parse(path.read_text(encoding="utf-8")).body):
        if argument_names(function) and not any(map(describes_parameters, [function, *overridden(owner, function)])):
            yield f"{relative(path)}:{function.lineno}: {owner.name + '.' if owner else ''}{function.name}"


@pytest.mark.parametrize("path", [path for path in MODULES if not exempt(path)], ids=relative)
def test_public_functions_say_what_they_take(path):
    assert list(without_description(path)) == []


def test_exemptions_are_needed():
    assert [name for name in EXEMPT if not list(without_description(PACKAGE / name))] == []


@pytest.mark.parametrize(("path", "function"), list(public_functions()))
def test_parameters_section_names_the_parameters(path, function):
    if not describes_parameters(function):
        return
    section = re.split(r"\n\n(?=\w+\n-+\n)", ast.get_docstring(function).split("Parameters\n----------\n")[1])[0]
    described = {
        name for line in re.findall(r"^(\*{0,2}\w[\w, *]*)$", section, re.MULTILINE) for name in line.split(", ")
    }
    assert argument_names(function) <= described, f"not described: {argument_names(function) - described}"


def test_what_is_raised_is_in_the_docstring():
    """A raise of one of our errors in a public function must be named under Raises."""
    missing = []
    for parameter in public_functions():
        path, function = parameter.values
        if path.name in ("validation.py", "main.py"):
            continue
        raised = {
            node.exc.func.id
            for node in ast.walk(function)
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name)
        }
        text = ast.get_docstring(function) or ""
        missing += [
            f"{path.name}:{function.name}: {name}" for name in raised if name.endswith("Error") and name not in text
        ]
    assert missing == []


def docstrings(path):
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, kinds) and ast.get_docstring(node):
            yield ast.get_docstring(node)


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_published_methods_have_references(name):
    """Authors and a year at least."""
    cited = [
        text.split("References\n----------\n")[1] for text in docstrings(PACKAGE / name) if "References\n---" in text
    ]
    assert cited
    for text in cited:
        assert re.search(r"\b(1[89]|20)\d\d\b", text)
        assert re.search(r"\b[A-Z]\. ([A-Z]\. )*\w+|\bStudent\b", text)


@pytest.mark.parametrize("path", [path for path in MODULES if not exempt(path)], ids=relative)
def test_publications_and_their_formulas_are_cited_under_references(path):
    for text in docstrings(path):
        if _CITED.search(text):
            before, *references = text.split("References\n----------\n")
            assert references, text
            assert relative(path) in PUBLISHED, "add it to PUBLISHED"
            assert not _CITED.search(before), before


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_files_and_functions_stay_short(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE or relative(path) in LONGER
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            lines = node.end_lineno - node.lineno + 1
            assert lines <= LONGEST_FUNCTION, f"{node.name} has {lines} lines"


def test_every_package_says_what_it_is_for():
    for path in MODULES:
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path
