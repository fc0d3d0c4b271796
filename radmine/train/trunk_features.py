"""What a trunk that stays as it is makes of pictures: `trunk_features`."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radmine.run import Device
from radmine.train.exported import Exported, try_onnx
from radmine.train.model import FEATURES, ModelFacts, as_channels, normalise

_AT_ONCE = 64  # images of a step in torch


def trunk_features(
    trunk: Any, facts: ModelFacts, device: Device
) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    """Return what makes features, shape (n, dimension), of squares of the network's size: onnxruntime on a CPU where it can, else torch.

    Parameters
    ----------
    trunk
        A torch module on the device, in evaluation.
    facts
        Of the model: size, channels and normalisation.
    device
        Where it runs.
    """

    def by_torch(squares: NDArray[np.uint8]) -> NDArray[np.float32]:
        import torch

        parts = []
        for start in range(0, len(squares), _AT_ONCE):
            with torch.inference_mode(), device.autocast():
                some = torch.from_numpy(squares[start : start + _AT_ONCE]).to(device.name)
                found = torch.flatten(trunk(normalise(as_channels(some).float() / 255, facts, device)), 1)
            parts.append(found.float().cpu().numpy())
        return np.concatenate(parts)

    if device.is_cuda:
        return by_torch
    channels, scale = facts.count_of_channels, {"mean": facts.mean, "std": facts.std}
    content = try_onnx(trunk, (FEATURES,), size=facts.size, channels=channels, **scale)
    if content is None:
        return by_torch
    network = Exported(content)
    return lambda squares: network(squares)[FEATURES].reshape(len(squares), -1)
