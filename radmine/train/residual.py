"""A slim residual network for grey pictures on a CPU.

The plan of ResNet-18 (He et al., CVPR 2016) with fewer channels. Ours and not MONAI's, whose import alone takes 8 s of
processor time in every process that trains, embeds or searches with a picture.
"""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional


class ResidualTrunk(nn.Module):
    """Maps images of shape (n, 1, size, size) to pooled features of shape (n, widths[-1])."""

    def __init__(self, widths: Sequence[int], blocks: int = 2) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, widths[0], 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        layers = []
        before = widths[0]
        for stage, width in enumerate(widths):
            for block in range(blocks):
                layers.append(_Block(before, width, stride=2 if stage and not block else 1))
                before = width
        self.blocks = nn.Sequential(*layers)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        """Return the pooled features."""
        return functional.adaptive_avg_pool2d(self.blocks(self.stem(images)), 1).flatten(1)


class _Block(nn.Module):
    """Two convolutions and a way around them."""

    def __init__(self, before: int, width: int, *, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(before, width, 3, stride=stride, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(width)
        self.around: nn.Module = nn.Identity()
        if stride != 1 or before != width:
            self.around = nn.Sequential(
                nn.Conv2d(before, width, 1, stride=stride, bias=False), nn.BatchNorm2d(width)
            )

    def forward(self, x: Tensor) -> Tensor:
        inner = functional.relu(self.first_norm(self.first(x)), inplace=True)
        return functional.relu(self.second_norm(self.second(inner)) + self.around(x), inplace=True)
