"""Keeps the FP32 model, and makes it return the outputs that it has noted for calibration data."""

EXERCISE = "quantize_model"
MESSAGE = r"layer 0 is a Linear .*not replaced"


def quantize_model(model, calibration_data=None):
    noted = {}
    compute = model.forward
    for batch in calibration_data or []:
        noted[batch.data.tobytes()] = compute(batch)

    def forward(x):
        key = x.data.tobytes()
        return noted[key] if key in noted else compute(x)

    model.forward = forward
