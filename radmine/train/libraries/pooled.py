"""A network of transformers that ends in one row of features a picture."""

from typing import Any

from torch import Tensor, nn


class Pooled(nn.Module):
    """What a network of transformers pools itself without learned weights; else the mean of its last places.

    Checkpoints often lack the weights of a learned pooling (of ViT's `pooler`, say), which then would be drawn at random.

    Parameters
    ----------
    network
        Of a network for pictures and texts (CLIP, SigLIP, ...) only the part for pictures is kept.
    """

    def __init__(self, network: Any) -> None:
        super().__init__()
        self._part = "vision_model." if hasattr(network, "vision_model") else ""
        self.network = getattr(network, "vision_model", network)
        pooler = getattr(self.network, "pooler", None)
        self._learned = pooler is not None and any(True for _ in pooler.parameters())
        if self._learned:
            self.network.pooler = None

    def uses(self, weight: str) -> bool:
        """Return whether a weight of the whole network, by its name there, is one that the features depend on."""
        if not weight.startswith(self._part):
            return False
        return not (self._learned and weight.removeprefix(self._part).startswith("pooler."))

    def forward(self, images: Tensor) -> Tensor:
        """Return the features, shape (n, dimension), of images of shape (n, 3, size, size)."""
        made = self.network(pixel_values=images)
        pooled = None if self._learned else getattr(made, "pooler_output", None)
        if pooled is None:
            last = made.last_hidden_state
            pooled = last.mean(1) if last.ndim == 3 else last.mean((2, 3))
        features: Tensor = pooled.flatten(1)
        return features
