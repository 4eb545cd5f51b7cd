"""A missing data set is told before anything is simulated or written."""

import pytest

import rramsim
from rramsim.errors import MissingResourceError


@pytest.mark.parametrize("stage", ["run", "train", "inject"])
def test_a_missing_data_set_is_told_before_any_work(stage, tmp_path):
    study = rramsim.build_study(name="s", network=[{"name": "n", "dataset": "mnist"}], injection={"ladder": [0.1]})
    with pytest.raises(MissingResourceError, match="set RRAMSIM_DATA"):
        getattr(rramsim, stage)(study, out=tmp_path / "run")
    assert not list(tmp_path.iterdir())
