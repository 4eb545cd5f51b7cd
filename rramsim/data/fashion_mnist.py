"""Fashion-MNIST: 70,000 articles of clothing, in the format and with the split of MNIST.

References
----------
H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms, 2017,
arXiv 1708.07747.
"""

from __future__ import annotations

from rramsim.data.files import published
from rramsim.data.idx import IdxImages

FASHION_MNIST = IdxImages(
    name="fashion_mnist",
    class_names=(
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ),
    shape=(1, 28, 28),
    origin="https://github.com/zalandoresearch/fashion-mnist (data/fashion)",
    files=published("fashion_mnist"),
)  # fmt: skip
