"""Scales are np.float32 and zero points np.int64, and so are sizes and answers."""


def choose_qparams(minimum, maximum):
    minimum, maximum = np.minimum(minimum, 0.0), np.maximum(maximum, 0.0)
    if minimum == maximum:
        return np.float32(1), np.int64(0)
    scale = np.float32((maximum - minimum) / 255)
    return scale, np.clip(np.rint(-128 - minimum / np.float64(scale)), -128, 127).astype(np.int64)


def memory_usage(self):
    sizes = np.array([codes.size for codes in self.parameters()])
    return {
        "original_bytes": np.sum(4 * sizes),
        "quantized_bytes": np.sum(sizes + 8),
        "compression_ratio": np.float32(np.sum(4 * sizes) / np.sum(sizes + 8)),
    }


QuantizedLinear.memory_usage = memory_usage
q1_int8_bytes = np.int64(235_146)
q1_fp32_bytes = np.float64(4) * q1_int8_bytes
q2_snr_db = np.float32(48.13)
q5_fp32_values, q5_int8_values = np.array([16, 64])
