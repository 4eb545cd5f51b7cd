"""training.csv: what is written comes back, and what contradicts itself is refused with its row."""

import pytest

from rramsim.errors import TableError
from rramsim.nn.history import Epoch, training_table
from rramsim.tables.training import TRAINING

HISTORY = [
    Epoch(learning_rate=0.01, loss=1.5, correct=30, images=50),
    Epoch(learning_rate=0, loss=0, correct=50, images=50),
]


def test_what_is_written_comes_back(tmp_path):
    path = tmp_path / TRAINING.file
    path.write_text(TRAINING.text(training_table({"a": HISTORY, "given": [], "b": HISTORY[:1]})))
    frame = TRAINING.read(path)
    assert list(frame["network"]) == ["a", "a", "b"]
    assert list(frame["epoch"]) == [1, 2, 1]
    assert list(frame["accuracy"]) == [0.6, 1.0, 0.6]
    assert frame["ci_low"].iloc[1] < frame["ci_high"].iloc[1] == 1.0


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("a,1,0.01", "a,2,0.01", "network a, epoch 2 is there twice"),
        (",1.5,0.6,", ",1.5,1.6,", "needs 0 <= ci_low <= accuracy <= ci_high <= 1"),
        (",1.5,0.6,", ",-1.5,0.6,", "negative: "),
        ("a,1,0.01,1.5", "a,1,0.01,", "column loss: '' is not a number"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(old, new, told, tmp_path):
    path = tmp_path / TRAINING.file
    text = TRAINING.text(training_table({"a": HISTORY}))
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(TableError, match=told):
        TRAINING.read(path)
