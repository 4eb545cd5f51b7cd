"""Measured resistances in a report: what was fitted is shown as it is, and a damaged record is refused."""

import json
import math

import numpy as np
import pytest

from rramsim.devices.fits import fit_report
from rramsim.devices.marginals import Empirical, Sample
from rramsim.errors import TableError
from rramsim.files import content_id
from rramsim.report import html
from rramsim.report.html import write_report


@pytest.fixture(scope="module")
def fit():
    logs = np.sort(math.log(8e4) + 0.5 * np.random.default_rng(2).standard_normal(300))
    sample = Sample(logs=logs, digest=content_id({"l": logs.tolist()}))
    law = Empirical(sample=sample, tail="genpareto", part=0.1)
    return {"condition": "", "state": "hrs", "file": "m.csv", **fit_report(law)}


@pytest.fixture
def recorded(run_dir, fit, monkeypatch):
    """A run folder whose provenance tells a fit that was changed."""
    figures = {name: make if name == "resistances" else lambda _run: () for name, make in html.FIGURES.items()}
    monkeypatch.setattr("rramsim.report.html.FIGURES", figures)  # to be quick
    path = run_dir / "provenance.json"

    def write(**changes):
        data = json.loads(path.read_text())
        data["devices"]["fits"] = [fit | changes]
        path.write_text(json.dumps(data))
        return run_dir

    return write


def test_a_fit_tells_its_data_and_how_sure_it_is(fit):
    assert (fit["values"], fit["tail"], fit["resamples"]) == (300, "genpareto", 200)
    for tail in fit["tails"]:
        assert tail["exceedances"] == 30
        for parameter in tail["parameters"]:
            assert parameter["low"] < parameter["value"] < parameter["high"]
    low, high = fit["tails"]
    assert low["threshold_ohm"] == pytest.approx(8e4 * math.exp(-1.28 * 0.5), rel=0.15)
    assert high["threshold_ohm"] == pytest.approx(8e4 * math.exp(1.28 * 0.5), rel=0.15)
    curve = fit["curve"]
    assert all(a <= b <= c for a, b, c in zip(curve["low_ohm"], curve["r_ohm"], curve["high_ohm"], strict=True))


def test_the_report_shows_the_fit(recorded):
    page = write_report(recorded()).read_text(encoding="utf-8")
    assert '<figure id="resistances_hrs"' in page
    assert "m.csv, quantiles of 300 values" in page
    assert '<table id="fits">' in page
    assert "shape " in page


def test_a_fit_of_a_condition_is_called_by_it(recorded):
    page = write_report(recorded(condition="weak")).read_text(encoding="utf-8")
    assert '<figure id="resistances_weak_hrs"' in page
    assert "<td>weak</td>" in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"curve": {"z": [0.0], "r_ohm": [], "low_ohm": [1.0], "high_ohm": [1.0]}}, "a resistance above 0 for each"),
        ({"data": {"z": [0.0], "r_ohm": [-1.0]}}, "a resistance above 0 for each"),
        ({"state": "../x"}, "must be names"),
        ({"tails": 3}, "tails"),
    ],
)
def test_a_damaged_fit_is_refused(changes, message, recorded):
    with pytest.raises(TableError, match=message):
        write_report(recorded(**changes))
