"""Leaves exercise 1 to its stand-in, and takes from it what the stand-in may ask beyond that."""

EARNS = 0
REASON = r"not defined|Malformed|stand-in"


def ask(name, *values):
    (cell,) = [
        cell.cell_contents for cell in quantize_int8.__closure__ if callable(cell.cell_contents)
    ]
    return cell(name, *values)


def dequantize_int8(q_tensor, scale, zero_point):
    return ask("dequantize_int8", q_tensor, scale, zero_point)
