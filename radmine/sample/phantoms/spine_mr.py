"""Sagittal MR of the lumbar spine: T1 and T2, in arbitrary units."""

from collections.abc import Sequence

import numpy as np

from radmine.sample.patient import Lesion
from radmine.sample.phantoms.canvas import Canvas, Floats, ramp

WIDTH = 280.0  # mm
_SIGNAL = {"T1": (700.0, 420.0, 330.0, 130.0, 300.0), "T2": (560.0, 380.0, 620.0, 900.0, 330.0)}
_BODIES = (113, 75, 37, -3, -41, -79)  # mm above the middle: L1 to S1; discs lie between


def draw(canvas: Canvas, lesions: Sequence[Lesion], weighting: str) -> None:
    """Paint the spine with the lesions that this plane shows."""
    fat, bone, disc, fluid, cord = _SIGNAL[weighting]
    traits = canvas.body.traits
    canvas.image[:] = 15
    canvas.ellipsoid((0, 5, 0), (160, 100, 400), fat, grain=70)
    canvas.ellipsoid((0, -70, 0), (150, 40, 300), 260, grain=90)
    canvas.ellipsoid((0, 62, 0), (120, 26, 300), 240, grain=60)
    canvas.ellipsoid((0, 14, 0), (11, 9, 300), fluid)  # thecal sac
    canvas.ellipsoid((0, 14, 95), (6, 4, 55), cord)
    for nerve in (10.5, 13, 16):
        canvas.ellipsoid((0, nerve, -20), (9, 0.8, 110), 0.5 * (cord + fluid))
    crushed = {lesion.center[2]: lesion for lesion in lesions if lesion.finding.startswith("vertebral")}
    for number, level in enumerate(_BODIES):
        lesion = next((c for z, c in crushed.items() if abs(z - level) < 12), None)
        _vertebra(canvas, level, bone, lesion, weighting)
        worn = 0.55 if traits[number] < 0.2 else 1.0
        if number < 5:
            canvas.ellipsoid((0, -19, level - 19), (24, 17, 5), disc * worn)
        canvas.ellipsoid((0, 34, level - 6), (7, 13, 8), bone)  # spinous processes
    for lesion in lesions:
        if lesion.finding == "disc_herniation":
            z, r = lesion.center[2], lesion.radius
            canvas.ellipsoid((0, 8 + 0.4 * r, z + 2), (20, 0.8 * r, 0.7 * r), disc * 0.6, rough=0.1)
        elif lesion.finding == "spinal_stenosis":
            z, r = lesion.center[2], lesion.radius
            for y in (4, 25):
                canvas.ellipsoid((0, y, z + 2), (20, 9, 0.9 * r), 210)
            canvas.ellipsoid((0, 14, z + 2), (20, 2, r), 0.4 * fluid)


def _vertebra(canvas: Canvas, level: float, bone: float, lesion: Lesion | None, weighting: str) -> None:
    height = 14.5
    top: Floats = np.full((1, 1), level + height, dtype=np.float32)
    if lesion:
        wedge = (10 + 6 * lesion.severity) * np.clip((2 - canvas.y) / 36, 0, 1)
        top = (top - wedge).astype(np.float32)
        bone = 230.0 if weighting == "T1" else 640.0
    body = (
        ramp(top - canvas.z + 0 * canvas.y, edge=3)
        * ramp(canvas.z - (level - height), edge=3)
        * ramp(17 - np.abs(canvas.y + 19), edge=3)
    )
    canvas.blend(body * float(abs(canvas.position) < 27), bone + 30 * canvas.texture(5))
