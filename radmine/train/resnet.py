"""Residual networks (He et al., CVPR 2016) of any width: what MONAI builds, by the same names of weights and draws, without its 7 s."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class _Basic(nn.Module):
    """Two convolutions of 3 x 3."""

    growth = 1

    def __init__(self, inputs: int, width: int, stride: int, downsample: nn.Module | None) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.act = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = downsample

    def forward(self, images: Tensor) -> Tensor:
        made = self.bn2(self.conv2(self.act(self.bn1(self.conv1(images)))))
        made += images if self.downsample is None else self.downsample(images)
        summed: Tensor = self.act(made)
        return summed


class _Bottleneck(nn.Module):
    """A convolution of 3 x 3 between two of 1 x 1."""

    growth = 4

    def __init__(self, inputs: int, width: int, stride: int, downsample: nn.Module | None) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, width * self.growth, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(width * self.growth)
        self.act = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, images: Tensor) -> Tensor:
        made = self.act(self.bn1(self.conv1(images)))
        made = self.bn3(self.conv3(self.act(self.bn2(self.conv2(made)))))
        made += images if self.downsample is None else self.downsample(images)
        summed: Tensor = self.act(made)
        return summed


class ResNet(nn.Module):
    """The network up to its pooled features, of which there are `dimension`.

    Parameters
    ----------
    layers
        Blocks of each of the four stages.
    width
        Channels of the first stage; each further one has twice as many.
    bottleneck
        Whether blocks are bottlenecks, as of 50 layers.
    """

    def __init__(self, layers: Sequence[int], width: int, *, bottleneck: bool = False) -> None:
        super().__init__()
        block = _Bottleneck if bottleneck else _Basic
        self.conv1 = nn.Conv2d(1, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.act = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        inputs, stages = width, []
        for stage, blocks in enumerate(layers):
            inner = width * 2**stage
            made = [_block(block, inputs, inner, 2 if stage else 1)]
            inputs = inner * block.growth
            made += [_block(block, inputs, inner, 1) for _ in range(1, blocks)]
            stages.append(nn.Sequential(*made))
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        self.dimension = inputs
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        """Return the features, shape (n, dimension), of images of shape (n, 1, size, size)."""
        made = self.maxpool(self.act(self.bn1(self.conv1(images))))
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            made = stage(made)
        return torch.mean(made, (2, 3))


def _block(block: type[_Basic] | type[_Bottleneck], inputs: int, width: int, stride: int) -> nn.Module:
    outputs = width * block.growth
    downsample = None
    if stride != 1 or inputs != outputs:
        downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))
    return block(inputs, width, stride, downsample)
