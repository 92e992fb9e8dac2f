"""Never ends when its cells are run: that costs its time in every exercise."""

EARNS = 0
REASON = r"longer than"

choose_qparams = quantize_int8 = dequantize_int8 = QuantizedLinear = sum(iter(int, 1))
