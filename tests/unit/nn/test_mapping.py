import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from rramsim.errors import NetworkError
from rramsim.nn.mapping import require_weights, to_pairs, to_weights
from rramsim.weights import WeightKind


def test_coding_is_that_of_the_cell():
    pairs = to_pairs(np.array([1, 0, -1], dtype=np.int8))
    assert pairs.tolist() == [[True, False], [False, False], [False, True]]  # True: low resistance, on (bl, blb)


@given(arrays("int8", array_shapes(max_dims=3), elements=st.integers(-1, 1)))
def test_weights_survive_the_array(weights):
    pairs = to_pairs(weights)
    assert pairs.shape == (*weights.shape, 2)
    back = to_weights(pairs)
    assert back.dtype == np.int8
    assert np.array_equal(back, weights)


def test_two_low_resistances_store_nothing():
    pairs = np.zeros((2, 3, 2), dtype=bool)
    pairs[1, 2] = True
    with pytest.raises(NetworkError, match=r"the pair at \[1, 2\] is \(LRS, LRS\).*\(1 such pairs\)"):
        to_weights(pairs)


def test_wrong_shapes_and_values():
    with pytest.raises(NetworkError, match=r"last axis of 2"):
        to_weights(np.zeros((2, 3), dtype=bool))
    with pytest.raises(NetworkError, match=r"layer 0: weight 0 at \[1\] is not binary: allowed are -1, \+1 \(1 of 3"):
        require_weights(np.array([1, 0, -1], dtype=np.int8), WeightKind.BINARY, where="layer 0")
    with pytest.raises(NetworkError, match=r"weight 2 at \[0, 1\] is not ternary: allowed are -1, 0, \+1"):
        to_pairs(np.array([[1, 2]], dtype=np.int8))
