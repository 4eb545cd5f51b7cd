"""Networks from ONNX files, those of Brevitas (QONNX) included: nothing in them is run."""
