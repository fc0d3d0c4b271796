"""A plane through a body on which shapes are painted, and the textures that make them look grown."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Point = tuple[float, float, float]
Window = tuple[slice, slice]

_TILE = 512


@dataclass(frozen=True, slots=True)
class Body:
    """How one patient differs from the next: the same in all of his images."""

    scale: Point  # of x, y, z
    shift: Point  # mm
    traits: tuple[float, ...]  # numbers in [0, 1] that a phantom uses as it likes


def draw_body(rng: np.random.Generator) -> Body:
    """Return a patient's build."""
    scale = 0.92 + 0.14 * rng.random(3)
    shift = 8 * (rng.random(3) - 0.5)
    x, y, z = map(float, scale)
    a, b, c = map(float, shift)
    return Body((x, y, z), (a, b, c), tuple(map(float, rng.random(16))))


@cache
def _tile(scale: int) -> Floats:
    """Return a periodic smooth random field of unit variance whose grains have this size in pixels."""
    noise = np.random.default_rng(scale).standard_normal((_TILE, _TILE))
    frequency = np.fft.fftfreq(_TILE)
    blur = np.exp(-2 * (np.pi * scale / 2.5) ** 2 * frequency**2)
    field = np.fft.ifft2(np.fft.fft2(noise) * np.outer(blur, blur)).real
    return np.asarray(field / field.std(), dtype=np.float32)


def texture(shape: tuple[int, int], scale: int, rng: np.random.Generator) -> Floats:
    """Return a piece of a smooth random field of zero mean and unit variance; grains of `scale` pixels."""
    top, left = rng.integers(0, _TILE - shape[0] + 1), rng.integers(0, _TILE - shape[1] + 1)
    return _tile(scale)[top : top + shape[0], left : left + shape[1]]


def ridges(shape: tuple[int, int], scale: int, rng: np.random.Generator, *, width: float = 0.25) -> Floats:
    """Return thin bright lines, 1 along them and 0 elsewhere, as vessels or septa look."""
    field = texture(shape, scale, rng)
    return np.asarray(np.clip(1 - np.abs(field) / width, 0, 1), dtype=np.float32)


class Canvas:
    """One plane of a body; rows and columns are millimetres of the patient's axes, as a DICOM viewer shows them.

    Axial: columns to the patient's left, rows to the back. Coronal: columns to the left, rows down. Sagittal: columns
    to the back, rows down.
    """

    def __init__(
        self, plane: str, position: float, size: int, width: float, body: Body, rng: np.random.Generator
    ) -> None:
        self.rng = rng
        self.body = body
        self.plane = plane
        self.position = position
        self.pixel = width / size  # mm
        middle = (np.arange(size) + 0.5) / size - 0.5
        line: Floats = (middle * width).astype(np.float32)
        across, along = line[None, :], line[:, None]
        at: Floats = np.full((1, 1), position, dtype=np.float32)
        axes: dict[str, tuple[Floats, Floats, Floats]] = {
            "axial": (across, along, at),
            "coronal": (across, at, -along),
            "sagittal": (at, across, -along),
        }
        x, y, z = axes[plane]
        # Slices lie where the plan says; the build of the patient shows within them.
        fixed = {"axial": 2, "coronal": 1, "sagittal": 0}[plane]
        grid: list[Floats] = [
            axis if number == fixed else (axis - body.shift[number]) / np.float32(body.scale[number])
            for number, axis in enumerate((x, y, z))
        ]
        self.x, self.y, self.z = grid
        self.image: Floats = np.zeros((size, size), dtype=np.float32)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.image.shape

    def near(self, center: Point, radii: Point) -> Window | None:
        """Return the part of the image that holds an ellipsoid, None where the plane misses it."""
        parts: list[slice] = [slice(0, self.shape[0]), slice(0, self.shape[1])]
        for axis, c, r in zip((self.x, self.y, self.z), center, radii, strict=True):
            values = axis.ravel()
            if values.size == 1:
                if abs(values[0] - c) > r:
                    return None
                continue
            step = float(values[1] - values[0])
            ends = sorted(((c - r - values[0]) / step, (c + r - values[0]) / step))
            low, high = max(0, int(ends[0]) - 1), min(values.size, int(ends[1]) + 3)
            if low >= high:
                return None
            parts[0 if axis.shape[0] > 1 else 1] = slice(low, high)
        return parts[0], parts[1]

    def _axes(self, window: Window) -> tuple[Floats, Floats, Floats]:
        rows, columns = window
        x, y, z = (
            axis[rows] if axis.shape[0] > 1 else axis[:, columns] if axis.shape[1] > 1 else axis
            for axis in (self.x, self.y, self.z)
        )
        return x, y, z

    def squared(self, center: Point, radii: Point, window: Window) -> Floats:
        """Return the squared distance from the middle of an ellipsoid; 1 on its surface."""
        x, y, z = self._axes(window)
        return np.asarray(
            ((x - center[0]) / radii[0]) ** 2
            + ((y - center[1]) / radii[1]) ** 2
            + ((z - center[2]) / radii[2]) ** 2,
            dtype=np.float32,
        )

    def weight(
        self, center: Point, radii: Point, window: Window, *, rough: float = 0.0, soft: float = 1.0
    ) -> Floats:
        """Return how much of each pixel an ellipsoid covers; `rough` makes its edge irregular, `soft` blurs it."""
        squared = self.squared(center, radii, window)
        if rough:
            squared = squared + rough * texture(squared.shape, 10, self.rng)
        sharpness = min(radii) / (2 * self.pixel * soft)
        return np.asarray(np.clip((1 - squared) * sharpness + 0.5, 0, 1), dtype=np.float32)

    def ellipsoid(
        self,
        center: Point,
        radii: Point,
        value: float,
        *,
        rough: float = 0.0,
        soft: float = 1.0,
        within: Floats | None = None,
        grain: float = 0.0,
    ) -> None:
        """Paint an ellipsoid; `within` (of the whole image, 0 to 1) limits it, `grain` makes it uneven."""
        reach = radii if not rough else (1.3 * radii[0], 1.3 * radii[1], 1.3 * radii[2])
        window = self.near(center, reach)
        if window is None:
            return
        weight = self.weight(center, radii, window, rough=rough, soft=soft)
        if within is not None:
            weight = weight * within[window]
        target: float | Floats = value
        if grain:
            target = value + grain * texture(weight.shape, 6, self.rng)
        part = self.image[window]
        part += weight * (target - part)

    def blend(self, weight: Floats, value: float | Floats) -> None:
        """Move the image towards a value where the weight (0 to 1) says so."""
        self.image += weight * (value - self.image)

    def mask(self, center: Point, radii: Point, *, soft: float = 1.0) -> Floats:
        """Return the weight of an ellipsoid over the whole image."""
        out = np.zeros(self.shape, dtype=np.float32)
        window = self.near(center, radii)
        if window is not None:
            out[window] = self.weight(center, radii, window, soft=soft)
        return out

    def texture(self, scale: int) -> Floats:
        """Return a smooth random field of the image's size."""
        return texture(self.shape, scale, self.rng)

    def ridges(self, scale: int, *, width: float = 0.25) -> Floats:
        """Return thin bright lines of the image's size."""
        return ridges(self.shape, scale, self.rng, width=width)


def ramp(values: NDArray[Any], *, edge: float) -> Floats:
    """Return 0 below zero, 1 above, with a soft step as wide as `edge`."""
    return np.asarray(np.clip(values / edge + 0.5, 0, 1), dtype=np.float32)
