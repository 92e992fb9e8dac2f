"""Model files: .npz or safetensors for tinytorch itself, ONNX for other engines; and an engine.

`schema` and `entries` describe the layers of a model and check what a file says of them, `npz` and
`safetensors` store that with the arrays, `files` chooses between the two, `onnx` and `operators`
write what other engines run, and `engine` runs it in ONNX Runtime.
"""

from tinytorch.perf.deploy.engine import CompiledModel, compile_model
from tinytorch.perf.deploy.files import load, save
from tinytorch.perf.deploy.onnx import export_onnx
from tinytorch.perf.deploy.safetensors import load_state_dict

__all__ = ["CompiledModel", "compile_model", "export_onnx", "load", "load_state_dict", "save"]
