"""Pictures vary within what is allowed, and the same draws give the same pictures."""

import torch
from torch import Tensor

from radmine.train.augment import augment

STILL = {"rotate": 0.0, "zoom": 0.0, "shift": 0.0, "intensity": 0.0, "erase": 0.0, "flip": False}


def pictures() -> Tensor:
    return torch.rand(16, 1, 32, 32, generator=torch.Generator().manual_seed(3))


def draw(seed: int = 0, **changes: float | bool) -> Tensor:
    return augment(pictures(), torch.Generator().manual_seed(seed), **{**STILL, **changes})  # type: ignore[arg-type]


def test_nothing_asked_for_changes_nothing() -> None:
    torch.testing.assert_close(draw(), pictures(), atol=1e-4, rtol=0)


def test_the_same_generator_draws_the_same() -> None:
    settings = {"rotate": 20.0, "zoom": 0.2, "shift": 0.1, "intensity": 0.3, "erase": 0.4, "flip": True}
    assert torch.equal(draw(1, **settings), draw(1, **settings))
    assert not torch.equal(draw(1, **settings), draw(2, **settings))
    assert 0 <= draw(1, **settings).min() <= draw(1, **settings).max() <= 1


def test_flip_mirrors_some_left_to_right() -> None:
    flipped, original = draw(flip=True), pictures()
    kept = [torch.allclose(a, b, atol=1e-4) for a, b in zip(flipped, original, strict=True)]
    mirrored = [torch.allclose(a, b.flip(-1), atol=1e-4) for a, b in zip(flipped, original, strict=True)]
    assert all(k != m for k, m in zip(kept, mirrored, strict=True))
    assert 0 < sum(mirrored) < 16


def test_a_rectangle_is_blanked_in_some() -> None:
    blanked = [(a != b).sum().item() for a, b in zip(draw(erase=0.5), draw(), strict=True)]
    assert 0 < sum(n > 0 for n in blanked) < 16
    assert max(blanked) <= 17 * 17
