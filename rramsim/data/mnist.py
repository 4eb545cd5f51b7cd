"""MNIST: 70,000 handwritten digits of 28 × 28 grey pixels; 5,001 of the 60,000 training images are for validation.

References
----------
Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-based learning applied to document recognition, Proc. IEEE 86, 2278
(1998), doi 10.1109/5.726791.
"""

from __future__ import annotations

from rramsim.data.files import published
from rramsim.data.idx import IdxImages

MNIST = IdxImages(
    name="mnist",
    class_names=tuple("0123456789"),
    shape=(1, 28, 28),
    origin="https://ossci-datasets.s3.amazonaws.com/mnist/",
    files=published("mnist"),
)
