"""What to use in place of operations that no stored network has."""

from __future__ import annotations

_ACTIVATION = "use ReLU, a binary activation (torch.where(x >= 0, 1.0, -1.0)) or a ternary one"
_INTEGER = "an int8 network has more levels than a cell: train binary or ternary weights and activations"
_NORM = "use BatchNorm, whose numbers are constant once it has learnt"
_INSTEAD = (
    (("sigmoid", "tanh", "gelu", "silu", "elu", "selu", "celu", "leakyrelu", "prelu", "softplus", "hardswish",
      "hardsigmoid", "mish", "swish", "erf", "exp", "softsign", "thresholdedrelu"), _ACTIVATION),
    (("quantizelinear", "qlinearconv", "qlinearmatmul", "matmulinteger", "convinteger", "dynamicquantizelinear",
      "quantizepertensor", "quantizeperchannel", "qlinearadd"), _INTEGER),
    (("layernorm", "layernormalization", "groupnorm", "groupnormalization", "instancenormalization", "rmsnorm",
      "lpnormalization", "rmsnormalization"), _NORM),
    (("dropout", "bernoulli", "randnlike", "randlike", "randomnormallike"), "leave out what is drawn at random"),
    (("pad", "constantpadnd", "reflectionpad2d", "replicationpad2d"), "give the padding of zeros to the convolution"),
    (("localscalardense", "isnonzero", "item", "if", "loop"), "what runs must not depend on the values of an image"),
    (("lstm", "gru", "rnn", "scaleddotproductattention", "attention", "bmm"), "only feed-forward networks are stored"),
)  # fmt: skip


def unsupported(name: str, known: str) -> str:
    """Say that an operation is none of a stored network, with what would be.

    Parameters
    ----------
    name
        As the file or torch calls it.
    known
        What there is.
    """
    plain = name.rpartition("::")[2].replace("_", "").lower().removeprefix("native")
    hint = next((hint for names, hint in _INSTEAD if plain in names), "")
    return f"operation {name} is not supported{'; ' + hint if hint else ''}. Supported: {known}"
