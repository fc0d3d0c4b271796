"""Networks as ONNX, run by onnxruntime: on a CPU several times as fast as torch, which is not loaded for it."""

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radmine.run import stops

_OPSET = 17
_ROUNDING = 1e-3  # of the largest value: by so much may onnxruntime and torch differ
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

    with (
        TemporaryDirectory() as folder,
        warnings.catch_warnings(),
        torch.inference_mode(),
        _silent(),
    ):
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


@contextmanager
def _silent() -> Iterator[None]:
    """Keep torch from writing the graph of what it cannot export to standard output, which it does past Python."""
    sys.stdout.flush()
    kept, nothing = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nothing)


def try_onnx(
    network: Any, names: Sequence[str], *, size: int, mean: float, std: float, channels: int = 1
) -> bytes | None:
    """Return what `to_onnx` returns; None where a network cannot be exported, or says something else there than in torch.

    Parameters
    ----------
    network
        A torch module on the CPU, in evaluation, that returns a tensor or a tuple of tensors for normalised images.
    names, size, mean, std, channels
        See `to_onnx`.
    """
    import torch

    squares = np.random.default_rng(0).integers(0, 256, (2, channels, size, size), dtype=np.uint8)
    try:
        content = to_onnx(network, names, size=size, mean=mean, std=std, channels=channels)
        said = Exported(content)(squares)
        with torch.inference_mode():
            images = (torch.from_numpy(squares).float() / 255 - mean) / std
            found = network(images)
        wanted = [found] if isinstance(found, torch.Tensor) else found
        same = [_is_same(said[name], value.numpy()) for name, value in zip(names, wanted, strict=True)]
    except Exception as error:  # of an exporter or a runtime that lacks one of its parts: torch runs it
        if stops(error):
            raise
        return None
    return content if all(same) else None


def _is_same(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    """Return whether two arrays differ by rounding alone: by less than a thousandth of the largest value."""
    return bool(np.abs(one - other).max() <= _ROUNDING * max(1.0, float(np.abs(other).max())))


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
