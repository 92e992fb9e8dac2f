# ruff: noqa: F821
# %% exercise="to_fahrenheit"
def to_fahrenheit(celsius):
    return Tensor(celsius.data * 9 / 5 + 32)


# %% exercise="warmest"
def warmest(celsius):
    return max(to_fahrenheit(celsius).data.tolist())
