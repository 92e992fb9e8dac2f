# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     notebook_metadata_filter: -jupytext.text_representation.jupytext_version
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Module 15: Quantization
#
# You will take a trained network, store its weights in one byte each instead of four, and find
# out what that costs: in accuracy, on images that the network has never seen; in bytes, as the
# memory allocator counts them; and in time.
#
# There are six exercises and a bonus. Each comes with a stub to fill in, a cell that checks it, and a
# picture of what you built. Run the cells in order, or all of them at any time: those that need an
# unfinished exercise tell you which one. Plan about four hours, half an hour more for the bonus, and take
# breaks whenever you like.
#
# Where you are stuck, `hint("quantize_int8")` in a cell of your own opens the first of three hints on
# that exercise; run it again for the next. `print` inside your functions works: `check` shows what
# they print. A loop that never ends is stopped after 10 seconds.
#
# | step | you write | the idea |
# |---|---|---|
# | 1 | `quantize_int8` | scale and zero point map real numbers to 256 codes |
# | 2 | `dequantize_int8` | codes become real numbers again, almost |
# | 3 | `QuantizedLinear` | a layer that keeps codes and forgets the floats |
# | 4 | `calibrate` | sample data tell which range a layer's inputs have |
# | 5 | `quantize_model` | a whole network, in place |
# | 6 | `analyze_model_sizes` | count what was saved |
#
# By the end you will be able to implement INT8 quantization and calibration, predict and measure
# the error, weigh memory against accuracy, and read the quantization pages of ONNX Runtime, PyTorch and
# LiteRT as somebody who has built the same thing.

# %%
import numpy as np

from tinytorch import experiments
from tinytorch.core import Linear, Sequential, Tensor
from tinytorch.lessons import check, hint

# %% [markdown]
# ## The problem
#
# This is the network that you will shrink. It reads images of 28 x 28 pixels, from the data set
# MNIST, and names the digit. Its layers 0, 2 and 4 are Linear layers from 784 features to 256, to 128
# and to 10; layers 1 and 3 are ReLUs. Every one of its weights is a float32 number (**FP32**): four
# bytes, which can express some four billion different values between $-3.4 \cdot 10^{38}$ and
# $3.4 \cdot 10^{38}$.

# %%
experiments.fp32_network()

# %% [markdown]
# The weights use a tiny part of that range: they crowd around zero. And four bytes for each add up:

# %%
parameters = {
    "BERT-base": 110e6,
    "GPT-2 XL": 1.5e9,  # the largest of the four GPT-2 models
    "GPT-3": 175e9,
}
for name, count in parameters.items():
    print(f"{name:>10}  {4 * count / 1e9:7.2f} GB in FP32  {count / 1e9:7.2f} GB in INT8")


# %% [markdown]
# A phone has 4 to 16 GB of memory for everything. **INT8** is one byte, 256 different codes. Can a
# weight live with 256 values to choose from? A network is trained on noisy data with noisy steps,
# so a little more noise in its weights should not matter much. You will see how little it matters,
# and when it matters after all.

# %% [markdown]
# ## 1. From real numbers to 256 codes
#
# An int8 holds the integers from -128 to 127. To store real numbers in it, lay 256 equally spaced
# marks over their range. Two numbers describe the marks:
#
# - the **scale** $s > 0$, the distance between two neighbouring marks;
# - the **zero point** $z$, the code whose mark lies exactly at 0.0.
#
# $$q = \mathrm{clip}\bigl(\mathrm{round}(x / s) + z,\; -128,\; 127\bigr)
# \qquad\qquad \hat{x} = s \, (q - z)$$
#
# Here $x$ is a real value, $q$ its code, and $\hat{x}$ the value that the code stands for;
# $\mathrm{clip}$ moves what lies outside of -128 to 127 to the nearer end. This is called **affine**
# or *asymmetric* quantization (Jacob et al., 2018); *symmetric* quantization is the special case
# $z = 0$.
#
# For a range from $x_{\min}$ to $x_{\max}$ the marks must reach from end to end. 256 marks have 255
# gaps, so the range is 255 steps wide. And the smallest value should get the smallest code:
# $x_{\min} / s + z = -128$. That gives
#
# $$s = \frac{x_{\max} - x_{\min}}{255} \qquad\qquad z = \mathrm{round}(-128 - x_{\min} / s)$$
#
# **By hand.** Values from -1 to 3 give $s = 4/255 = 0.0157$ and
# $z = \mathrm{round}(-128 + 63.75) = -64$. The value 2.5 is $159.4$ steps from zero, so its code
# is $159 - 64 = 95$. That code stands for $159 \cdot 4/255 = 2.494$, which is 0.006 away: less
# than half a step. A range such as -2 to 2 gives $z = \mathrm{round}(-0.5)$, a tie: `np.rint`, like
# ONNX Runtime, rounds ties to the even neighbour, here 0. Other conventions give -1, and the checks
# accept either.
#
# Move the sliders and see what follows from a range and a number of bits. They start at 3 bits, so that
# the 8 marks can be told apart; since $z$ is rounded to an integer, the ends lie a little beside yours. (Where there are no
# sliders, the picture stands still.)

# %%
experiments.marks_slider()

# %% [markdown]
# **Zero is special.** A pixel without ink, a ReLU that is off and the padding of an image are all
# exactly 0.0, and there are many of them. So the range must always hold zero: if all values lie
# between 5 and 9, use the range from 0 to 9. This also takes care of a tensor whose values are all
# the same: all 7s have the range from 0 to 7. Only a tensor of zeros is a special case, because its
# range is empty.

# %% [markdown]
# ### Exercise 1
#
# Write `choose_qparams`, which turns a range into scale and zero point, and `quantize_int8`, which
# uses it. You will need `choose_qparams` again later. A `Tensor` holds a NumPy array: `tensor.data` is
# that array, and `Tensor(array)` makes a Tensor of one and keeps its dtype if it is an integer. It has a
# `shape`, a `size` (how many values) and `nbytes` (how many bytes).

# %% exercise="quantize_int8"
def choose_qparams(minimum, maximum):
    """Choose scale and zero point for values between minimum and maximum.

    Args:
        minimum, maximum: floats; the range, which may leave out zero.

    Returns:
        (scale, zero_point): a float above 0 and an int from -128 to 127. The range is widened to
        hold zero first; if it is then [0, 0], return (1.0, 0).

    Example:
        choose_qparams(-1.0, 3.0) gives (0.01568..., -64)
        choose_qparams(5.0, 9.0)  gives (0.03529..., -128), as choose_qparams(0.0, 9.0) does
    """
    raise NotImplementedError("exercise 1, quantize_int8")


def quantize_int8(tensor):
    """Quantize a tensor to int8 codes, with the scale and zero point of its own range.

    Args:
        tensor: Tensor of any shape, float32. It stays as it is.

    Returns:
        (q_tensor, scale, zero_point): a Tensor of the same shape whose array has dtype int8, a
        float above 0, and an int from -128 to 127.

    Raises:
        ValueError: if the tensor is empty, or holds NaN or infinity.

    Example:
        quantize_int8(Tensor([-1.0, 0.0, 2.5, 3.0])) has the codes [-128, -64, 95, 127]
    """
    raise NotImplementedError("exercise 1, quantize_int8")


# %%
check("quantize_int8")

# %% [markdown]
# On the left is the example from above, with your codes. On the right are the weights of the first
# layer, before and after: the same distribution on another axis.

# %%
experiments.where_codes_land(quantize_int8)

# %% [markdown]
# ## 2. Back to real numbers
#
# The way back is the short formula, $\hat{x} = s\,(q - z)$. It hides a trap. Integers in NumPy (and
# in C, and in hardware) have a fixed width, and what does not fit wraps around without a word:
# in int8, $127 - (-128)$ is $-1$. Here is the kind of sum that a neuron computes: 784 products (as
# many as a 28 x 28 image has pixels) of the code 127 with itself, in int8 and in int32.

# %%
experiments.int8_wraps()


# %% [markdown]
# Nothing failed, there was no warning, and the result is 16 instead of 12,645,136. That is why
# hardware multiplies int8 but *adds up* in int32. Before you compute with codes, make them wider.

# %% [markdown]
# ### Exercise 2

# %% exercise="dequantize_int8"
def dequantize_int8(q_tensor, scale, zero_point):
    """Restore the real values that codes stand for: scale * (code - zero_point).

    Args:
        q_tensor: Tensor of int8 codes, of any shape. It stays as it is.
        scale: float above 0.
        zero_point: int from -128 to 127.

    Returns:
        Tensor of the same shape, float32.

    Example:
        dequantize_int8(Tensor(np.array([-128, -64, 95], np.int8)), 0.5, -64)
        holds [-32.0, 0.0, 79.5]
    """
    raise NotImplementedError("exercise 2, dequantize_int8")


# %%
check("dequantize_int8")

# %% [markdown]
# ### How large is the error?
#
# There and back again, a value moves to the nearest mark, so inside the range it moves by at most
# $s/2$. If values fall anywhere between two marks with the same chance, the error is uniform
# between $-s/2$ and $s/2$, and its mean square is $s^2/12$.
#
# To compare errors, divide by the signal: the **signal-to-quantization-noise ratio** is
# $\mathrm{SQNR} = 10 \log_{10}\bigl(\sum x^2 / \sum (\hat{x} - x)^2\bigr)$, in decibels (dB). One more bit makes
# steps half as wide, so the noise power (the mean square of the error) falls to a quarter, which is
# $10 \log_{10} 4 \approx 6$ dB.

# %%
experiments.rounding_error(quantize_int8, dequantize_int8)

# %% [markdown]
# Your functions draw a staircase whose error never leaves $\pm s/2$, and their mean squared errors
# follow $s^2/12$ over many scales. On the right, only the point at 8 bits is yours (the library
# simulates the others): every bit is worth its 6 dB, a little more when there are hardly any left.
#
# ### Why zero has to be in the range
#
# Suppose that we had skipped the widening. For values from 5 to 9 the scale would be $4/255$, and
# zero would be code $-128 - 5/s \approx -447$. No int8 is that small, so the zero point gets
# clipped, and everything goes wrong quietly.

# %%
experiments.zero_in_range(quantize_int8, dequantize_int8)


# %% [markdown]
# With the clipped zero point, all codes stand for values below the ones we have, and every value
# comes back as the same number. Your version pays for the empty part between 0 and 5 with wider
# steps, and stays within half of one.

# %% [markdown]
# ### Symmetric or asymmetric?
#
# *Symmetric* quantization does without a zero point: $z = 0$, and $s = \max|x| / 127$. What does that
# cost? Here are the weights of layer 0, which lie on both sides of zero, and the outputs of its ReLU,
# which lie on one. Both are quantized both ways; *asymmetric* is your function.

# %%
experiments.symmetric_or_asymmetric(quantize_int8)

# %% [markdown]
# On weights the zero point gains little: their range is nearly symmetric anyway. Behind a ReLU,
# symmetric codes from -127 to -1 are never used. Half of the codes are one bit, and you know what a bit
# is worth: 6 dB.
#
# So why do engines choose $z_w = 0$ for weights? Look at the sum of products that an output needs, with
# input codes $q_x$ and weight codes $q_w$, and multiply it out:
#
# $$\begin{aligned} \sum (q_x - z_x)(q_w - z_w) = {} & \sum q_x q_w - z_x \sum q_w \\ & - z_w \sum q_x + n \, z_x z_w \end{aligned}$$

# %%
rng = np.random.default_rng(0)
q_x, q_w = rng.integers(-128, 128, (2, 784))  # the codes of 784 inputs, and of a weight's column
z_x, z_w = -128, 13
terms = {
    "sum of q_x q_w": q_x @ q_w,
    "- z_x sum of q_w": -z_x * q_w.sum(),
    "- z_w sum of q_x": -z_w * q_x.sum(),
    "n z_x z_w": 784 * z_x * z_w,
}
for name, value in terms.items():
    print(f"{name:>17} {value:11,}")
print(f"{'together':>17} {sum(terms.values()):11,}")
print(f"{'directly':>17} {(q_x - z_x) @ (q_w - z_w):11,}")

# %% [markdown]
# The first term is the integer product. The second and the last are known before any input comes, and
# can be part of the bias. Only the third depends on the input: it must be summed anew for every row. With
# $z_w = 0$ the third and the last vanish, and the product costs what it would cost without any zero
# point. Inputs keep theirs, since it costs nothing, and behind a ReLU it is worth a bit.

# %% [markdown]
# ## 3. A layer that forgets its floats
#
# A `Linear` layer computes $y = x W + b$ with a weight $W$ of shape (in, out) and a bias $b$.
# `QuantizedLinear` is made from one and takes its place. It keeps int8 codes of $W$ and $b$, each
# with a scale and zero point of its own, and computes $y = x \hat{W} + \hat{b}$.
#
# It must not keep the `Linear`, nor any float copy of the weight. As long as anything refers to
# the old array, its four bytes per weight stay in memory, and the layer of codes comes *on top*:
# 1.25 times the memory instead of 0.25. The same happens if `forward` keeps what it has restored.
#
# Two remarks. Restoring the weight inside `forward` costs a float copy for a moment; production
# engines multiply the codes themselves. And quantizing the bias to int8 saves next to nothing,
# since there are few biases; engines keep them as int32 or float32. We do it because it
# is only one more line.

# %% [markdown]
# ### Exercise 3
#
# Write `__init__`, `forward` and `memory_usage`. Let `forward` begin with
# `x = self.quantize_input(x)`: in exercise 4 you will give that method something to do. Two Tensors are
# multiplied by `x @ y` and added by `x + y`.

# %% exercise="QuantizedLinear"
class QuantizedLinear:
    """A Linear layer whose weight and bias are int8 codes."""

    def __init__(self, linear_layer):
        """Quantize a layer; afterwards nothing here refers to it or to its float arrays.

        Args:
            linear_layer: a Linear with `weight` (in, out), `bias` (out,) or None, `in_features`
                and `out_features`.

        Sets these attributes:
            q_weight: Tensor of int8 codes, shape (in, out), with
            weight_scale, weight_zero_point: their scale and zero point;
            q_bias, bias_scale, bias_zero_point: the same for the bias, all None without one;
            input_scale, input_zero_point: None until the layer is calibrated;
            in_features, out_features: as in the Linear.
        """
        raise NotImplementedError("exercise 3, QuantizedLinear")

    def quantize_input(self, x):
        """Leave the input as it is (given; exercise 4 replaces this)."""
        return x

    def forward(self, x):
        """Compute the layer with the values that its codes stand for.

        Args:
            x: Tensor of shape (..., in), float32.

        Returns:
            Tensor of shape (..., out): quantize_input(x) @ restored weight + restored bias.
        """
        raise NotImplementedError("exercise 3, QuantizedLinear")

    def memory_usage(self):
        """Count the bytes of weight and bias before and after.

        Returns:
            A dict of "original_bytes": 4 for every weight and bias; "quantized_bytes": what the
            codes take, and 8 more for each quantized array's scale and zero point; and
            "compression_ratio": the first divided by the second.
        """
        raise NotImplementedError("exercise 3, QuantizedLinear")

    def __call__(self, x):
        """Call the layer like a function (given)."""
        return self.forward(x)

    def parameters(self):
        """List the layer's arrays (given)."""
        return [self.q_weight] if self.q_bias is None else [self.q_weight, self.q_bias]


# %%
check("QuantizedLinear")

# %% [markdown]
# The first layer of the digit network, as it was and as yours, on 2,000 images that it has not been
# trained on. Points on the diagonal mean: no difference. (RMS is the root mean square, the usual size of
# a value.)

# %%
experiments.layer_outputs(QuantizedLinear)


# %% [markdown]
# ## 4. Calibration: which range do the inputs have?
#
# So far only weights are codes. An engine with integer arithmetic needs the *inputs* of the layer
# as int8 too. (Ours only simulates it: it rounds inputs to what their codes stand for and goes on in
# float32, which gives the same numbers.) Weights can be looked at beforehand; inputs come later, one by one, and their scale
# must be fixed before. So we show the layer some sample data, note the smallest and the largest
# value, and choose scale and zero point from that range. This is **calibration**.
#
# Later an input may lie outside the range that was seen. There is no code for it, so it
# **saturates**: it gets the nearest code that there is, -128 or 127. Inside the range the error is
# at most half a step. Outside there is no limit to it.
#
# **By hand.** Two batches hold values from 0 to 3 and from 0.5 to 5.1. The range of both is 0 to 5.1,
# so $s = 5.1/255 = 0.02$ and $z = \mathrm{round}(-128 - 0) = -128$. An input of 1.234 gets the code
# $\mathrm{round}(61.7) - 128 = -66$, which stands for $62 \cdot 0.02 = 1.24$: that is what
# `quantize_input` returns for it. An input of 7 would get the code 222; it gets 127, and comes back as
# 5.1.

# %% [markdown]
# ### Exercise 4
#
# Write both functions; the last two lines make them methods of your class. If you run exercise 3's
# cell again, run this one again afterwards.

# %% exercise="calibrate"
def calibrate(self, sample_inputs):
    """Learn the range of this layer's inputs from samples.

    Args:
        sample_inputs: list of Tensors of shape (..., in). All values of all of them count.

    Sets input_scale and input_zero_point for the range from the smallest to the largest value.

    Raises:
        ValueError: if the list is empty; the layer stays as it was.

    The list and its Tensors stay as they are, and the layer does not keep them.

    Example:
        layer.calibrate([Tensor([[0.0, 3.0]]), Tensor([[0.5, 5.1]])]) sets 0.02 and -128
    """
    raise NotImplementedError("exercise 4, calibrate")


def quantize_input(self, x):
    """Round an input to what the layer's input codes can express.

    Args:
        x: Tensor of shape (..., in), float32. It stays as it is.

    Returns:
        Tensor of the same shape, float32: the values that the codes of x stand for, with
        input_scale and input_zero_point. Values outside the calibrated range saturate.

    Example:
        after the calibration above, Tensor([[1.234, 7.0]]) becomes Tensor([[1.24, 5.1]])
    """
    if self.input_scale is None:  # not calibrated (given)
        return x
    raise NotImplementedError("exercise 4, calibrate")


QuantizedLinear.calibrate = calibrate
QuantizedLinear.quantize_input = quantize_input

# %%
check("calibrate")

# %% [markdown]
# A layer that does nothing (one weight, which is 1) shows what happens to its input. It was
# calibrated on values from 0 to 1.

# %%
experiments.calibrated_inputs(QuantizedLinear)


# %% [markdown]
# ## 5. A whole network
#
# `quantize_model` walks through a model and replaces every `Linear` by a `QuantizedLinear`, in
# place: the model that you pass in changes, and nothing is returned. A layer may appear twice in a
# model (networks share weights that way); then it must become *one* quantized layer, or its bytes
# would double.
#
# With calibration data, every layer needs to see *its own* inputs: the outputs of the layers
# before it. Run the FP32 model yourself, layer by layer, and keep what each `Linear` is given. If you replace layers while you go, the later
# ones are calibrated on inputs that carry the error of the earlier ones.
#
# And if something fails in the middle, say a batch with the wrong number of features, nobody wants
# a model that is half quantized. Find out everything first, change the model last.

# %% [markdown]
# ### Exercise 5

# %% exercise="quantize_model"
def quantize_model(model, calibration_data=None):
    """Replace every Linear of a model by a QuantizedLinear, in place.

    Args:
        model: a Sequential. `model.layers` is the list of its layers; some may be Sequentials
            themselves, to any depth. Layers that are no Linear stay. A Linear that appears twice
            becomes one QuantizedLinear, which appears twice.
        calibration_data: list of at least one Tensor of shape (samples, in), or None. If given,
            every QuantizedLinear is calibrated with what its Linear is given when the FP32 model
            runs on all of the data. The list stays as it is, and nothing of it is kept.

    Raises:
        ValueError: if calibration_data is an empty list.

    On any error the model is as it was before.
    """
    raise NotImplementedError("exercise 5, quantize_model")


# %%
check("quantize_model")

# %% [markdown]
# ### Are the bytes really gone?
#
# Claims about memory are cheap, so ask the allocator. On the left: what three layers of 512 x 512
# keep in memory. On the right: the bytes of all arrays that layers of many sizes hold.

# %%
experiments.bytes_really_gone(quantize_model)

# %% [markdown]
# A layer that holds on to its FP32 original needs *more* memory than before. Yours frees it. And
# the four in "four times smaller" is a limit: scale and zero point cost 8 bytes per array,
# whether it holds a million weights or one.
#
# ### How much data does calibration need?
#
# Each dot is one random draw of calibration images (nine for each number); the line is their
# median. The scale and the saturation are those of the inputs of layer 2.

# %%
experiments.calibration_samples(quantize_model)

# %% [markdown]
# The more images, the larger the largest value among them tends to be: the scale grows, and fewer
# inputs saturate; where it jumps, a few images with rare inputs have come in. Accuracy hardly moves, even
# for a single image (0.05 points are one image of
# 2,000; that is chance). From some tens of images on, saturation is as good as gone, and more than some
# hundreds would only take longer.
#
# *Which* images you take matters more. The next figure calibrates with 300 good images, with 300
# copies of one image, and with 300 images that are too dark.

# %%
experiments.biased_calibration(quantize_model)

# %% [markdown]
# Dark images teach the layers a range that is too small. The real inputs saturate, and accuracy
# falls. Copies of one image cost much SQNR and hardly any accuracy: on this easy task there is
# room. On a harder one there might not be.
#
# ### Minimum and maximum are not the only choice
#
# What watches the inputs during calibration and chooses the range is called an **observer**. Yours
# takes minimum and maximum: one outlier stretches the range, and all other values pay with wider
# steps. Others cut outliers off: *percentile* leaves out the rarest values at both ends, *MSE*
# searches for the range with the smallest mean squared error. Here are 100,000 normally distributed
# values and 10 outliers.

# %%
experiments.observers_compared()


# %% [markdown]
# Cutting off makes typical values much more precise, and ruins the outliers. MSE is the best for all
# values together, if only by a little. Which is best for a network depends on whether its outliers
# carry meaning.

# %% [markdown]
# ## 6. What did it save?
#
# `quantize_model` works in place, so a comparison needs a copy from before (`copy.deepcopy(model)`).
# Count what is there, byte by byte, and do not assume that anything was quantized. `model.parameters()`
# lists a model's Tensors.

# %% [markdown]
# ### Exercise 6

# %% exercise="analyze_model_sizes"
def analyze_model_sizes(original, quantized):
    """Compare the sizes of a model before and after quantization.

    Args:
        original: a Sequential of Linear (and other) layers, float32.
        quantized: the same model, some or all of its layers quantized.

    Returns:
        A dict of
        "original_params", "quantized_params": how many weights and biases there are;
        "original_bytes", "quantized_bytes": the bytes of their arrays, and 8 more for each int8
            array's scale and zero point;
        "compression_ratio": original_bytes / quantized_bytes;
        "memory_saved_mb": bytes saved, in MB of 10**6 bytes;
        "memory_saved_percent": bytes saved, in percent of the original.
    """
    raise NotImplementedError("exercise 6, analyze_model_sizes")


# %%
check("analyze_model_sizes")

# %%
experiments.sizes_of_models(quantize_model, analyze_model_sizes)

# %% [markdown]
# From the second network on, your numbers say four times. Fewer bytes also mean smaller files, and
# quicker loading:

# %%
experiments.file_size_and_load_time(quantize_model)

# %% [markdown]
# ## 7. Experiments
#
# ### Fewer bits
#
# If 8 bits cost nothing, why not 4, or 2? Here only the weights are quantized. *Per tensor* is what you
# built: one scale for the whole weight. *Per channel* means one for every output, that is, for every
# column of $W$.

# %%
experiments.bit_width_cliff()

# %% [markdown]
# SQNR falls by about 6 dB per bit from the very start, and by more at the end. Accuracy shows nothing
# for a long time, then goes over a cliff. So accuracy alone is a poor instrument: it says that you
# have fallen, and not how close you are to the edge. Scales per channel soften the fall.
#
# ### Where does the error enter?
#
# Every layer adds its own rounding error to what it gets from the layers before. On the right, the
# error is compared with the RMS of the layer's outputs.

# %%
experiments.error_by_layer(quantize_model)

# %% [markdown]
# No single layer is to blame: each adds an error of about the same size. But their sum is less than all of them. To see
# why, take a deeper network: eight Linear layers, trained on 1,000 digits while you wait, up to half a minute.

# %%
experiments.deep_network(quantize_model)

# %% [markdown]
# Errors of different layers have different signs, so they partly cancel. The squares of independent
# errors add up, and the root of that sum grows like the root of the depth. The measured error stays even
# below, because every layer's sums average over what came before. **Depth makes quantization worse, but
# slowly.**
#
# On the right: an image between two classes may fall on either side, so predictions may change in either
# direction, and INT8 can score *above* FP32. That is luck and no merit: with so few changes, another draw of
# images could turn it round. What can be said is the bound below the figure.
#
# ### The same function, three fates
#
# ReLU passes positive factors through: multiply everything that goes into a hidden unit by 30,
# divide what comes out by 30, and the network computes the same function. Here that was done to the
# trained network, with a factor between 1/32 and 32 for each hidden unit. In FP32 it is as accurate
# as before. Then weights and activations were quantized in three ways.

# %%
experiments.rescaled_network()

# %% [markdown]
# Now one scale has to serve huge and tiny columns. Per tensor, the tiny ones round to zero and the
# network is lost. Scales per channel help the weights, but the activations of a layer still share one
# scale. *Equalization* (Nagel et al., 2019) picks factors for the units so that their ranges match, and
# brings back everything. Whether a network can be quantized depends on how its numbers are spread, and
# not on its function.
#
# ### Is INT8 faster?
#
# One layer of 1024 x 1024, for a batch of 1 and of 64, relative to FP32 in NumPy. *Yours* restores
# the whole weight and then multiplies; *library* is tinytorch's layer, which restores it in small
# blocks.

# %%
experiments.speed(quantize_model)

# %% [markdown]
# The sentence below the figure says what came out on this machine, if it was idle. What to expect: in NumPy, float matrices
# go to a BLAS library that was tuned for decades, and codes have to become floats first, so INT8 costs
# time. It wins where the hardware has instructions for it: a CPU with VNNI multiplies int8 codes and adds
# them up in int32 in one instruction, many at a time. If ONNX Runtime is installed, the figure has its
# times too.
#
# ### Your network in a production engine
#
# A quantized network is made to leave the notebook. `export_onnx` in `tinytorch.perf.deploy` writes
# yours as a graph in the ONNX format: *QuantizeLinear* and *DequantizeLinear* stand around the inputs of
# every layer, its weight is stored as your int8 codes. ONNX Runtime reads that pattern as what it means,
# an integer matrix product, and runs its own INT8 kernel.

# %%
experiments.production_engine(quantize_model)

# %% [markdown]
# On the left are the outputs for the 2,000 held-out digits, computed by two programs that share no code.
# Integers have no rounding: the same codes give the same sums in any order, and so the same bits. (Your
# layer multiplies floats, whose sums depend on the order. Here and there, that puts an input of the next
# layer on the other side of the middle between two codes: this is the difference that is largest.)
#
# On the right is what the integers are for: four times as many codes as floats fit in a register and
# travel from memory in the same time. How much that is worth depends on the processor; on one with VNNI it
# is most.

# %% [markdown]
# ### Bonus exercise: integers all the way
#
# Your layer simulates integers. Now compute with them, as an engine does: int8 codes in, int32 sums, int8
# codes of the next layer out. Three things make it work:
#
# - The **bias** becomes int32 codes with the scale of the sums, $s_x s_w$, and zero point 0: then it can
#   be added to them as it is.
# - The **sums** of $(q_x - z_x)(q_w - z_w)$ are int32. You know what happens in int8.
# - **Requantization**: a sum is worth $s_x s_w$ per unit, a code of the output $s_y$. So the code is
#   $q_y = \mathrm{clip}\bigl(\mathrm{round}(M \cdot \text{sum}) + z_y\bigr)$ with the *multiplier*
#   $M = s_x s_w / s_y$.
#
# If a ReLU follows, the outputs that matter are not negative, so their range starts at 0 and $z_y$ is
# -128. What is negative saturates there: **the ReLU is free**. This exercise is outside of the 100 points.

# %% exercise="integers"
def quantize_bias(bias, scale):
    """Quantize a bias so that it can be added to sums of products of codes.

    Args:
        bias: Tensor of shape (out,), float32.
        scale: float, the scale of the sums, input_scale * weight_scale.

    Returns:
        Tensor of shape (out,) whose array has dtype int32: codes with zero point 0.

    Example:
        quantize_bias(Tensor([1.0, -0.25]), 0.001) has the codes [1000, -250]
    """
    raise NotImplementedError("the bonus exercise, integers")


def integer_linear(
    q_x, x_zero_point, q_weight, weight_zero_point, q_bias, multiplier, y_zero_point
):
    """Compute the codes of a layer's outputs from the codes of its inputs, in integers.

    Args:
        q_x: Tensor of int8 codes, shape (rows, in).
        q_weight: Tensor of int8 codes, shape (in, out).
        q_bias: Tensor of int32 codes, shape (out,), from quantize_bias.
        multiplier: float. Multiply float32 numbers, as ONNX Runtime does (float64 is
            accepted).
        x_zero_point, weight_zero_point, y_zero_point: ints, of inputs, weight and outputs.

    Returns:
        Tensor of int8 codes, shape (rows, out).

    Example:
        with q_x [[10, 20]], q_weight [[3], [-1]], q_bias [90], zero points 0, 0 and 5, and
        multiplier 0.1, the sum is 100 and the code 15
    """
    raise NotImplementedError("the bonus exercise, integers")


# %%
check("integers")

# %% [markdown]
# All layers of the digit network, computed by your function and by ONNX Runtime's own integer layer:

# %%
experiments.integers_all_the_way(quantize_bias, integer_linear)

# %% [markdown]
# On the right is how large sums get. In int8 and in int16 they would wrap; int32 leaves room for layers
# that are thousands of times as wide.

# %% [markdown]
# ## Check your understanding
#
# Give numbers in the unit that is stated; expressions such as `2**10 / 3` are welcome. Replace
# each `None`.
#
# **Question 1: memory.** A network has three Linear layers with biases: 784 to 256, 256 to 128, 128 to 10.
# How many bytes do its parameters take in FP32, and how many do their INT8 codes take (without
# scales and zero points)?

# %% exercise="question 1"
q1_fp32_bytes = None  # bytes
q1_int8_bytes = None  # bytes

# %% [markdown]
# **Question 2: error.** Weights are uniform in [-0.5, 0.5] and quantized to INT8 with min/max. How large can
# the error of one weight be? What is the SQNR? (Uniform values in a range of
# width $w$ have the variance $w^2/12$.)

# %% exercise="question 2"
q2_max_error = None  # in the weights' unit
q2_snr_db = None  # decibels

# %% [markdown]
# **Question 3: calibration.** You have 100,000 images. How many would you calibrate with, going by
# the curves above? And: one of them is broken, with a pixel 10 times brighter than the brightest
# of all others (all pixels are zero or positive). How many times coarser do the steps of min/max
# calibration get if it is among them?

# %% exercise="question 3"
q3_images = None  # how many images
q3_coarser = None  # times

# %% [markdown]
# In one or two sentences, for yourself: why not all 100,000, and what would you do about the broken
# image? (Double-click to write. This is not graded.)
#
# *Your answer:*

# %% [markdown]
# **Question 4: loading.** A model of 100 million parameters is loaded from a disk that reads 500
# MB (1 MB is $10^6$ bytes) per second. How many seconds does that take in FP32 and in INT8? (Neglect scales and
# biases.)

# %% exercise="question 4"
q4_fp32_seconds = None  # seconds
q4_int8_seconds = None  # seconds

# %% [markdown]
# **Question 5: hardware.** How many FP32 values fit in one AVX-512 register of 512 bits, and how
# many INT8 values?

# %% exercise="question 5"
q5_fp32_values = None  # values
q5_int8_values = None  # values

# %% [markdown]
# In one or two sentences, for yourself: give two reasons why a network may speed up by less than this ratio.
# (Think of what happens before and after the multiplications, and of what the memory can deliver.)
#
# *Your answer:*

# %%
check("questions")

# %% [markdown]
# ## How production engines do it
#
# The arithmetic is what you wrote. The conventions differ. This table is for reference: if two
# engines disagree by one code, look here. (*Static* means that ranges come from calibration;
# *dynamic*, that they are measured for each input; *granularity* says what shares one scale.)
#
# | | your code | ONNX Runtime, static | PyTorch, x86 backend | torchao, int8 dynamic | LiteRT |
# |---|---|---|---|---|---|
# | weights | asymmetric, -128 to 127 | symmetric by default | symmetric | symmetric | symmetric, -127 to 127 |
# | activations | asymmetric, fixed by calibration | asymmetric, fixed by calibration | asymmetric, 7 of 8 bits by default | symmetric by default, chosen at run time | asymmetric, fixed by calibration |
# | granularity | per tensor | per tensor; per channel on request | weights per channel | weights per channel, inputs per row | weights per tensor or channel |
# | rounding | $x/s$ to nearest, ties to even, then $+z$ | the same | $x \cdot (1/s)$, ties to even | nearest, ties to even | $x/s$, ties away from zero, then $+z$ |
# | bias | int8 | int32, scale $s_x s_w$ (input times weight) | float32 | float | int32, scale $s_x s_w$ |
# | observer | min/max | min/max, entropy, percentile | histogram | range of each row | min/max |
#
# Sources: the ONNX operator `QuantizeLinear`; ONNX Runtime's `quantize_static`; PyTorch's
# `get_default_qconfig("x86")`, which is being retired in favour of torchao; torchao's
# `Int8DynamicActivationInt8WeightConfig`; LiteRT's 8-bit quantization specification.
#
# Three things to notice. Symmetric weights make the integer product cheaper, and a bias with scale $s_x
# s_w$ can be added straight to the int32 sums: you have seen both. And 7 bits for activations are a
# precaution for CPUs without VNNI, where a sum of two products must fit in 16 bits.
#
# ### Your quantizer and ONNX Runtime's
#
# ONNX Runtime has a `quantize_model` with calibration data as well. It works on files:

# %%
def quantize_file(fp32_file, int8_file, batches):
    """Quantize an ONNX file as ONNX Runtime does it; batches is a list of float32 arrays."""
    from onnxruntime.quantization import CalibrationDataReader, quantize_static

    class Samples(CalibrationDataReader):
        def __init__(self):
            self.batches = iter(batches)

        def get_next(self):  # the next batch, or None after the last
            batch = next(self.batches, None)
            return None if batch is None else {"x": batch}

    # Weights with a zero point, like yours; by default they are symmetric.
    options = {"WeightSymmetric": False}
    quantize_static(fp32_file, int8_file, Samples(), extra_options=options)


experiments.static_quantization(quantize_file, quantize_model)

# %% [markdown]
# You have written what a production quantizer does.
#
# What you have not built: per-channel scales for `QuantizedLinear`, mixed precision (sensitive
# layers stay in float), quantization-aware training (the network learns to live with the
# rounding), and integer kernels.

# %% [markdown]
# ## Your model
#
# Everything together: your own functions quantize the digit network, calibrated with 200 training
# images, and 2,000 images that it has never seen judge the result.

# %%
experiments.your_model(quantize_model, analyze_model_sizes)

# %% [markdown]
# ### It is yours
#
# - Every picture can be kept: `experiments.your_model(quantize_model,
#   analyze_model_sizes).savefig("my_model.png")` writes a file to show to others.
# - `experiments.your_model(quantize_model, analyze_model_sizes, model=..., data=(inputs, labels))`
#   measures a network of your own, a `Sequential`, on data of your own.
# - In a script, `from tinytorch.lessons import my_work` and `mine = my_work("15_quantization.ipynb")`
#   give you your functions: `mine.quantize_model(model, [batch])`.
# - `save` and `export_onnx` from `tinytorch.perf.deploy` write a model that your functions quantized.
#
# ### How to submit
#
# The cell below shows your points. Save the notebook (Ctrl+S, or Cmd+S) and hand in the file
# `15_quantization.ipynb`. Outputs do not matter: the grader runs your definitions afresh. On Binder
# (File, Download) and in the browser edition (the button Download), download it first: a Binder session
# is gone tomorrow, and a browser keeps your work only until its storage is cleared.

# %%
check()

# %% [markdown]
# ## Further reading
#
# - Jacob et al., 2018: *Quantization and Training of Neural Networks for Efficient
#   Integer-Arithmetic-Only Inference*, [arXiv:1712.05877](https://arxiv.org/abs/1712.05877). The
#   affine scheme of this module, as LiteRT uses it.
# - Nagel et al., 2019: *Data-Free Quantization Through Weight Equalization and Bias Correction*,
#   [arXiv:1906.04721](https://arxiv.org/abs/1906.04721). The rescue among the three fates.
# - Gholami et al., 2021: *A Survey of Quantization Methods for Efficient Neural Network
#   Inference*, [arXiv:2103.13630](https://arxiv.org/abs/2103.13630). Where to go from here.
#
# The next module, Compression, removes weights altogether.
