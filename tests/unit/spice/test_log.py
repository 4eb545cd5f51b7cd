import pytest

from rramsim.spice.log import first_complaint, is_convergence_failure, is_error, solver_name, split_stream

# What ngspice 39 and 42 to 45 print on standard error without anything being wrong.
HARMLESS = [
    "Using SPARSE 1.3 as Direct Linear Solver",
    "Using KLU as Direct Linear Solver",
    "Note: can't find init file.",
    "Note: No compatibility mode selected!",
    "Note: Starting dynamic gmin stepping",
    "Note: Dynamic gmin stepping completed",
    "Note: Transient op started",
    "Note: Transient op finished successfully",
    "Warning: Further gmin increment",
    "Warning: singular matrix:  check node v1#branch",
    "Warning: v1: no DC value, transient time 0 value used",
    "Trying gmin =   1.0000E-03 Note: One successful gmin step",
    "No. of Data Rows : 1008",
    " Reference value :  0.00000e+00",
    "Circuit: * errors are counted",
    "",
]
FAILURES = [
    "Error: unknown subckt: x1 a 0 nosuch",
    "Error on line 3 or its substitute:",
    "Fatal error: could not open",
    "ERROR, library file x.lib, section definition zz not found",
    "doAnalyses: TRAN:  Timestep too small; time = 1e-12, timestep = 1e-22: trouble with node \"x\"",
    "doAnalyses: iteration limit reached",
    "run simulation(s) aborted",
    "Error: there aren't any circuits loaded.",
    "could not find a valid modelname",
    "Error: no such parameter foo.",
]  # fmt: skip


@pytest.mark.parametrize("line", HARMLESS)
def test_chatter_is_no_error(line):
    assert not is_error(line)


@pytest.mark.parametrize("line", FAILURES)
def test_failures_are_errors(line):
    assert is_error(line)


def test_convergence_is_told_from_a_wrong_deck():
    assert is_convergence_failure(["doAnalyses: TRAN:  Timestep too small; time = 1e-12"])
    assert is_convergence_failure(["Error: gmin stepping failed", "Warning: source stepping failed"])
    assert not is_convergence_failure(["Error: unknown subckt: x1 a 0 nosuch"])


def test_streams():
    assert split_stream("stderr Note: x") == ("stderr", "Note: x")
    assert split_stream("stdout a b") == ("stdout", "a b")
    assert split_stream("stdout") == ("stdout", "")
    assert split_stream("stray line") == ("stdout", "stray line")


def test_solver():
    assert solver_name(["x", "Using SPARSE 1.3 as Direct Linear Solver"]) == "SPARSE 1.3"
    assert solver_name(["x"]) == ""


def test_a_compiled_model_that_is_missing_is_told_by_its_type():
    """As ngspice 39 and 46 tell of the transistors of IHP's SG13G2."""
    log = [
        "Warning: Model issue on line 40 :", ".model xn.x1:n_psp psp103va type=+1 ...",
        "Unknown model type psp103va - ignored", "Warning: Model issue on line 167 :",
        "Unknown model type pspnqs103va - ignored", "Unknown model type psp103va - ignored",
    ]  # fmt: skip
    told = first_complaint(log)
    assert "; is psp103va, pspnqs103va a compiled model (OSDI)? That needs an ngspice that has OSDI" in told
    for part in ("Debian's 39 has not", "Verilog-A, by OpenVAF", "RRAMSIM_OSDI", 'osdi = ["NAME.osdi"]'):
        assert part in told
    undefined = [
        "Error on line 12 or its substitute:",
        "n.xn.n1 d g 0 b xn:m w=1",
        "Unable to find definition of model m",
    ]
    assert "compiled model" in first_complaint(undefined)
    assert "compiled model" not in first_complaint([undefined[0], "m.xn.m1 d g 0 b xn:m w=1", undefined[2]])
