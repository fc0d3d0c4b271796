"""EfficientNet-lite0 (Tan and Le, ICML 2019; its form of 2020 without squeeze-and-excitation)."""

import io
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from radmine.train.weights import read_weights

DIMENSION = 1280

# repeats, kernel, stride, expansion, outputs
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


class _Convolution(nn.Conv2d):
    """A convolution padded as TensorFlow does: what does not divide goes to the right and below."""

    def forward(self, images: Tensor) -> Tensor:
        stride, kernel = self.stride[0], self.kernel_size[0]
        rows, columns = (
            max((-(-side // stride) - 1) * stride + kernel - side, 0) for side in images.shape[-2:]
        )
        if rows or columns:
            images = functional.pad(
                images, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
            )
        return functional.conv2d(images, self.weight, None, self.stride, 0, 1, self.groups)


class _Block(nn.Module):
    """An inverted residual block."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        self.expand = _layer(inputs, inner, 1) if expansion > 1 else nn.Identity()
        self.depthwise = _layer(inner, inner, kernel, stride=stride, groups=inner)
        self.project = _layer(inner, outputs, 1, bounded=False)
        self.skips = stride == 1 and inputs == outputs

    def forward(self, images: Tensor) -> Tensor:
        made: Tensor = self.project(self.depthwise(self.expand(images)))
        return images + made if self.skips else made


def _layer(
    inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1, bounded: bool = True
) -> nn.Sequential:
    parts: list[nn.Module] = [
        _Convolution(inputs, outputs, kernel, stride, groups=groups, bias=False),
        nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01),
    ]
    return nn.Sequential(*parts, *([nn.ReLU6()] if bounded else []))


class Lite0(nn.Module):
    """The network up to its pooled features."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.stem = _layer(channels, 32, 3, stride=2)
        blocks, inputs = [], 32
        for repeats, kernel, stride, expansion, outputs in _STAGES:
            for repeat in range(repeats):
                blocks.append(_Block(inputs, outputs, kernel, stride if repeat == 0 else 1, expansion))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.head = _layer(inputs, DIMENSION, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Return the features, shape (n, 1280), of images of shape (n, channels, size, size)."""
        features: Tensor = self.head(self.blocks(self.stem(images)))
        return features.mean((2, 3))


def pretrained_lite0(channels: int) -> Lite0:
    """Return the network with its ImageNet weights, for pictures of so many channels.

    The first layer's three channels become one by their sum, which is what three equal ones give; of any other number each
    gets their mean, scaled to keep what comes out as large.

    Raises
    ------
    NotAvailable
        They are not installed (see `radmine.train.weights`).
    """
    saved = torch.load(io.BytesIO(read_weights("lite0")), map_location="cpu", weights_only=True)
    network = Lite0(channels)
    network.load_state_dict(dict(_renamed(saved, channels)))
    return network


def _renamed(saved: Mapping[str, Tensor], channels: int) -> Iterator[tuple[str, Tensor]]:
    """Yield the weights by our names."""
    ours = {"_conv_stem": "stem.0", "_bn0": "stem.1", "_conv_head": "head.0", "_bn1": "head.1"}
    parts = {
        "_expand_conv": "expand.0",
        "_bn0": "expand.1",
        "_depthwise_conv": "depthwise.0",
        "_bn1": "depthwise.1",
        "_project_conv": "project.0",
        "_bn2": "project.1",
    }
    for name, values in saved.items():
        words = name.split(".")
        if words[0] == "_blocks":
            yield ".".join(("blocks", words[1], parts[words[2]], *words[3:])), values
        elif words[0] == "_conv_stem":
            if channels != 3:
                values = values.sum(1, keepdim=True).repeat(1, channels, 1, 1) / channels
            yield "stem.0.weight", values
        elif words[0] in ours:
            yield ".".join((ours[words[0]], *words[1:])), values
