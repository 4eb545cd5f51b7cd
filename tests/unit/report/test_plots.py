"""One figure at a time, as the report has it."""

import pytest

import rramsim
from rramsim.errors import InputError


def test_each_plot_is_the_report_s_figure(run_dir):
    run = rramsim.open_run(run_dir)
    rramsim.write_report(run_dir)
    for figure, name in (
        (rramsim.plot_ber(run, cell="ternary_2t2r", error_type="3"), "ber_ternary_2t2r_type3"),
        (rramsim.plot_ber(run, error_type="?"), "ber_binary_2t2r_unresolved"),
        (rramsim.plot_waveforms(run, cell="binary_2t2r"), "waveforms_binary_2t2r"),
        (rramsim.plot_window(run), "window"),
        (rramsim.plot_reads(run, cell="ternary_2t2r", quantity="latching_time"), "latching_ternary_2t2r"),
        (rramsim.plot_distribution(run, cell="binary_2t2r", quantity="energy_j"), "distribution_energy_j_binary_2t2r"),
        (rramsim.plot_accuracy(run, mode="static"), "accuracy_corners_static"),
        (rramsim.plot_accuracy(run, against="rate", mode="read"), "accuracy_ber_read"),
        (rramsim.plot_accuracy(run, against="rate", mode="read", score="f1"), "f1_ber_read"),
        (rramsim.plot_accuracy(run, against="chips"), "accuracy_chips"),
        (rramsim.plot_training(run), "training"),
        (rramsim.plot_mapping(run, network="t"), "floor_plan_t"),
        (rramsim.plot_mapping(run, of="memory"), "memory_accuracy"),
    ):
        assert figure.name == name
        assert figure._repr_svg_() == (run_dir / "figures" / f"{name}.svg").read_text(encoding="utf-8")


def test_what_must_be_chosen_is_listed(run_dir, tmp_path):
    run = rramsim.open_run(run_dir)
    with pytest.raises(InputError, match=r"error rates of the run: say which\. There are: cell='binary_2t2r'"):
        rramsim.plot_ber(run)
    with pytest.raises(InputError, match=r"none of cell='x'\. There are: cell='binary_2t2r'; cell='ternary_2t2r'"):
        rramsim.plot_waveforms(run, cell="x")
    with pytest.raises(InputError, match="the run has no importance factors to plot"):
        rramsim.plot_importance(run)
    rramsim.plot_window(run).save(tmp_path / "window.svg")
    assert (tmp_path / "window.svg").read_text(encoding="utf-8").endswith("</svg>\n")
