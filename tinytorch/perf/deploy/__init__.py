"""Model files: .npz or safetensors for tinytorch itself, ONNX for other engines.

`schema` describes the layers of a model and checks what a file says of them, `npz` and
`safetensors` store that with the arrays, `files` chooses between the two, and `onnx` writes what
other engines run.
"""

from tinytorch.perf.deploy.files import load, save
from tinytorch.perf.deploy.onnx import export_onnx
from tinytorch.perf.deploy.safetensors import load_state_dict

__all__ = ["export_onnx", "load", "load_state_dict", "save"]
