"""The floor plan shows what is used of each array, and stays small however many there are."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from rramsim.nn.mapping.layers import WeightLayer
from rramsim.nn.mapping.table import mapping_table
from rramsim.nn.settings import ArraySection
from rramsim.report.figures.floor_plan import arrays_a_square, floor_plan
from rramsim.report.figures.style import GREY, SERIES
from rramsim.weights import WeightKind


def rows(*shapes, **size):
    layers = [WeightLayer(called="dense", shape=shape, kind=WeightKind.BINARY, positions=1) for shape in shapes]
    return mapping_table({"n": layers}, ArraySection(**size))


def pixels(svg):
    """The plan's image, as its numbers."""
    (found,) = re.findall(r'xlink:href="data:image/png;base64,([^"]+)"', svg)
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(re.sub(r"\s", "", found)))).convert("RGB"))


def count(image, colour):
    wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return int((image == wanted).all(axis=-1).sum())


def test_of_few_arrays_a_pixel_is_a_pair():
    layers = rows((40, 64), (10, 40), spare_rows=2)
    image = pixels(floor_plan(layers, name="p"))
    assert count(image, SERIES[0]) == 40 * 64
    assert count(image, SERIES[1]) == 10 * 40
    assert count(image, GREY) == 8 * 2 * 32  # spare rows of 6 and 2 arrays
    # Arrays are in the order of their numbers: the second tile along the outputs, 8 of 32 columns wide, is the second.
    first = (image[5] == [int(SERIES[0][at : at + 2], 16) for at in (1, 3, 5)]).all(axis=-1)
    assert first.sum() == 32 + 8 + 32 + 8
    assert first[:32].all()
    assert not first[32 : 32 + 2].any()


@pytest.mark.parametrize(
    ("shapes", "size"),
    [
        ([(1, 1)], {}),
        ([(10, 10)], {"rows": 1, "columns": 1}),
        ([(300, 300)], {"rows": 1, "columns": 1}),
        ([(10, 10)], {"rows": 65_536, "columns": 1}),
        ([(1000, 10)], {"rows": 1, "columns": 65_536}),
        ([(10, 10)], {"rows": 65_536, "columns": 65_536, "spare_rows": 1}),
        ([(4096, 9216), (4096, 4096), (1000, 4096)], {}),
        ([(10**6, 10**6), (5, 5)], {}),
        ([(30, 30)] * 60, {}),
    ],
)
def test_one_array_or_a_thousand_million_make_a_small_drawing(shapes, size):
    layers = rows(*shapes, **size)
    svg = floor_plan(layers, name="p")
    assert len(svg) < 100_000
    image = pixels(svg)
    assert image.size < 6e6
    for number in range(min(len(shapes), len(SERIES))):
        assert count(image, SERIES[number]) > 0  # what little is used is seen
        assert f"<title>{number + 1} dense " in svg
    arrays = int(layers["arrays"].sum())
    assert 1 <= arrays / arrays_a_square(arrays) <= 40_000


def test_parts_of_what_is_used_are_those_of_the_table():
    layers = rows((512, 1000), (70, 512), rows=64, columns=64, spare_rows=4)
    image = pixels(floor_plan(layers, name="p"))
    used = [count(image, SERIES[number]) for number in range(2)]
    assert used[0] / used[1] == pytest.approx(512 * 1000 / (70 * 512), rel=0.1)
