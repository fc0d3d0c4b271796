"""Pictures vary within what is allowed, and the same draws give the same pictures."""

import torch
from torch import Tensor
from torch.nn import functional

from radmine.train.augment import _grid, augment

STILL = {"rotate": 0.0, "zoom": 0.0, "shift": 0.0, "intensity": 0.0, "erase": 0.0, "noise": 0.0, "cut": 0.0}


def pictures() -> Tensor:
    return torch.rand(16, 1, 32, 32, generator=torch.Generator().manual_seed(3))


def draw(seed: int = 0, *, mirrored: Tensor | None = None, **changes: float) -> Tensor:
    return augment(pictures(), torch.Generator().manual_seed(seed), mirrored=mirrored, **{**STILL, **changes})


def test_nothing_asked_for_changes_nothing() -> None:
    torch.testing.assert_close(draw(), pictures(), atol=1e-4, rtol=0)


def test_pixels_are_taken_from_where_torch_would_take_them() -> None:
    matrix = torch.rand(3, 2, 3, generator=torch.Generator().manual_seed(5))
    ours, theirs = _grid(matrix, 9), functional.affine_grid(matrix, [3, 1, 9, 9], align_corners=False)
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=0)


def test_the_same_generator_draws_the_same() -> None:
    settings = {
        "rotate": 20.0,
        "zoom": 0.2,
        "shift": 0.1,
        "intensity": 0.3,
        "erase": 0.4,
        "noise": 0.1,
        "cut": 0.3,
    }
    assert torch.equal(draw(1, **settings), draw(1, **settings))
    assert not torch.equal(draw(1, **settings), draw(2, **settings))
    assert 0 <= draw(1, **settings).min() <= draw(1, **settings).max() <= 1


def test_those_that_are_mirrored_are_mirrored_left_to_right() -> None:
    which = torch.arange(16) % 3 == 0
    for one, plain, is_mirrored in zip(draw(mirrored=which), pictures(), which, strict=True):
        torch.testing.assert_close(one, plain.flip(-1) if is_mirrored else plain, atol=1e-4, rtol=0)


def test_a_cut_shows_a_part_and_nothing_beside_the_picture() -> None:
    white = augment(torch.ones(16, 1, 32, 32), torch.Generator().manual_seed(0), **{**STILL, "cut": 0.75})
    assert white.min() > 0.99  # no black border came in
    ramp = torch.linspace(0, 1, 32).expand(16, 1, 32, 32)
    part = augment(ramp.contiguous(), torch.Generator().manual_seed(0), **{**STILL, "cut": 0.75})
    width = (part[..., -1] - part[..., 0]).mean(dim=(1, 2))  # of the whole, about as wide as its side
    assert 0.4 < width.min() < 0.7 < width.max() < 1


def test_noise_is_as_strong_as_was_drawn_at_most() -> None:
    grey = augment(
        torch.full((16, 1, 32, 32), 0.5), torch.Generator().manual_seed(0), **{**STILL, "noise": 0.1}
    )
    spread = grey.std(dim=(1, 2, 3))
    assert 0 < spread.min() < 0.05 < spread.max() < 0.11
    assert (grey.mean(dim=(1, 2, 3)) - 0.5).abs().max() < 0.02


def test_a_rectangle_is_blanked_in_some() -> None:
    blanked = [(a != b).sum().item() for a, b in zip(draw(erase=0.5), draw(), strict=True)]
    assert 0 < sum(n > 0 for n in blanked) < 16
    assert max(blanked) <= 17 * 17
