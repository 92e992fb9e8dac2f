"""Runs exported models in ONNX Runtime."""

import onnx
import onnxruntime


def run(made, x, exact=True, optimized=""):
    """The output of a file, or of a model, for x."""
    made = made if isinstance(made, onnx.ModelProto) else onnx.load(made)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = str(optimized)
    if exact:
        # x86 kernels without VNNI saturate sums of products in 16 bits unless told not to.
        options.add_session_config_entry("session.x64quantprecision", "1")
        # Weights alone in INT8: it would round the inputs too.
        options.add_session_config_entry("session.qdq_matmulnbits_accuracy_level", "1")
    session = onnxruntime.InferenceSession(
        made.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session.run(None, {"x": x})[0]
