"""Raises a message, and names a class, of HTML with a script in it."""

AFTER_KEY = True
EARNS = 90
REASON = r"<script>"


def dequantize_int8(q_tensor, scale, zero_point):
    raise type("<script>alert(1)</script>", (Exception,), {})("<img src=x onerror=alert(1)>")
