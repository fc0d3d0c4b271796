"""Networks as ONNX, run by onnxruntime: on a CPU several times as fast as torch, which is not loaded for it."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

_OPSET = 17
_AT_ONCE = 32  # images: few enough that what lies between two layers stays near


def to_onnx(
    network: Any, names: Sequence[str], *, size: int, mean: float, std: float, channels: int = 1
) -> bytes:
    """Return a network as ONNX that takes uint8 squares, input `images` of shape (n, channels, size, size).

    Parameters
    ----------
    network
        A torch module that returns a tuple of tensors for normalised images.
    names
        Of these, in their order.
    size
        Pixels a side.
    mean, std
        By which values in [0, 1] are normalised.
    channels
        Of a picture.
    """
    import torch

    from radmine.train.networks import OfBytes

    with TemporaryDirectory() as folder, warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # of shapes that become constants: the size is one
        torch.onnx.export(
            OfBytes(network, mean, std).eval(),
            (torch.zeros(2, channels, size, size, dtype=torch.uint8),),
            path := Path(folder) / "network.onnx",
            dynamo=False,
            opset_version=_OPSET,
            input_names=["images"],
            output_names=list(names),
            dynamic_axes={name: {0: "n"} for name in ("images", *names)},
        )
        return path.read_bytes()


class Exported:
    """A network that runs by onnxruntime on the CPU."""

    def __init__(self, content: bytes) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self.names: tuple[str, ...] = tuple(output.name for output in self._session.get_outputs())

    def __call__(self, squares: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        """Return the outputs by name of squares of shape (n, size, size) or (n, channels, size, size)."""
        squares = squares if squares.ndim == 4 else squares[:, None]
        parts = [
            self._session.run(None, {"images": squares[start : start + _AT_ONCE]})
            for start in range(0, len(squares), _AT_ONCE)
        ]
        return {
            name: np.concatenate(of) for name, of in zip(self.names, zip(*parts, strict=True), strict=True)
        }
