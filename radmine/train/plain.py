"""Plain chains of convolutions for grey pictures: AlexNet's and VGG's, narrow enough for a CPU, with batch normalisation.

Their three full layers, which hold nine in ten of the originals' weights, are left out: the last channels are averaged over
the picture, so that pictures of any side from 32 pixels on will do, and the head is that of every network here.
"""

from collections.abc import Sequence

from torch import Tensor, nn

# outputs, kernel, stride, whether pooled after (Krizhevsky, Sutskever, Hinton, NeurIPS 2012; the widths of one GPU, halved).
_ALEXNET = ((32, 11, 4, True), (96, 5, 1, True), (192, 3, 1, False), (128, 3, 1, False), (128, 3, 1, True))
# Channels of the convolutions between two poolings (Simonyan and Zisserman, ICLR 2015, configuration A; a quarter as wide).
_VGG = ((16,), (32,), (64, 64), (128, 128), (128, 128))


class Plain(nn.Module):
    """A chain of layers and the mean of its last channels, of which there are `dimension`."""

    def __init__(self, layers: Sequence[nn.Module], dimension: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)
        self.dimension = dimension
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        """Return the features, shape (n, dimension), of images of shape (n, 1, size, size)."""
        features: Tensor = self.layers(images).mean((2, 3))
        return features


def alexnet() -> Plain:
    """Return AlexNet's five convolutions at half its width: 0.6 million weights."""
    layers: list[nn.Module] = []
    inputs = 1
    for outputs, kernel, stride, pools in _ALEXNET:
        layers += _layer(inputs, outputs, kernel, stride)
        layers += [nn.MaxPool2d(3, 2, 1)] if pools else []
        inputs = outputs
    return Plain(layers, inputs)


def vgg() -> Plain:
    """Return VGG's eight convolutions at a quarter of its width: 0.6 million weights."""
    layers: list[nn.Module] = []
    inputs = 1
    for widths in _VGG:
        for outputs in widths:
            layers += _layer(inputs, outputs, 3, 1)
            inputs = outputs
        layers.append(nn.MaxPool2d(2))
    return Plain(layers, inputs)


def _layer(inputs: int, outputs: int, kernel: int, stride: int) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    ]
