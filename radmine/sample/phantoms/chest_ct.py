"""CT of the chest in Hounsfield units."""

from collections.abc import Sequence

import numpy as np

from radmine.sample.patient import Lesion
from radmine.sample.phantoms.canvas import Canvas, Floats, ramp

WIDTH = 370.0  # mm


def draw(canvas: Canvas, lesions: Sequence[Lesion], weighting: str) -> None:
    """Paint the chest with the lesions that this plane shows; contrast medium is in the vessels."""
    by_name = {lesion.finding: lesion for lesion in lesions}
    traits = canvas.body.traits
    canvas.image[:] = -1000
    canvas.ellipsoid((0, 0, 0), (166, 116, 900), -95 + 10 * traits[0])
    canvas.ellipsoid((0, 0, 0), (152 - 6 * traits[1], 103 - 5 * traits[1], 900), 45, grain=8)
    lungs = _lungs(canvas, by_name)
    _mediastinum(canvas, by_name)
    _bones(canvas)
    for lesion in lesions:
        if lesion.finding in _DRAWN:
            _DRAWN[lesion.finding](canvas, lesion, lungs)


def _lungs(canvas: Canvas, by_name: dict[str, Lesion]) -> Floats:
    """Paint the lungs and return where they are."""
    right = canvas.mask((-78, 2, -2), (60, 86, 125))
    left = canvas.mask((80, 2, -2), (57, 86, 125))
    lungs = np.maximum(right, left)
    air = -850 + 18 * canvas.texture(14)
    vessels = canvas.ridges(8, width=0.22) * (canvas.texture(20) > -0.4) * 330
    emphysema = by_name.get("emphysema")
    if emphysema:
        holes = ramp(canvas.texture(8) - 0.9 + 0.9 * emphysema.severity, edge=0.6)
        air = air - 70 - 60 * holes
        vessels = vessels * (0.55 - 0.4 * holes)
    canvas.blend(lungs, air + vessels)
    return lungs


def _mediastinum(canvas: Canvas, by_name: dict[str, Lesion]) -> None:
    traits = canvas.body.traits
    canvas.ellipsoid((0, 0, 40), (34, 52, 110), 20, grain=25)
    size = 1.0 + 0.1 * (traits[2] - 0.5)
    if "cardiomegaly" in by_name:
        size = 1.28 + 0.25 * by_name["cardiomegaly"].severity
    canvas.ellipsoid((20, -28, -52), (56 * size, 46 * size, 50 * size), 90, grain=10)
    canvas.ellipsoid((34, -22, -52), (30 * size, 26 * size, 32 * size), 170)
    canvas.ellipsoid((-38, 0, -105), (95, 88, 50), 85, grain=10)  # liver dome
    for x in (-32, 36):
        canvas.ellipsoid((x, 4, 8), (30, 15, 15), 280)  # pulmonary arteries
    canvas.ellipsoid((12, -22, 16), (16, 15, 22), 280)
    aneurysm = by_name.get("aortic_aneurysm")
    wide = aneurysm.radius if aneurysm else 13 + 3 * traits[3]
    canvas.ellipsoid((-10, -16, 25), (wide, wide, 48 if aneurysm else 40), 290)
    canvas.ellipsoid((8, 14, 58), (14, 34, 12), 290)  # arch
    canvas.ellipsoid((24, 52, -30), (12, 12, 95), 290)  # descending aorta
    canvas.ellipsoid((-22, -12, 45), (9, 9, 50), 260)  # superior vena cava
    canvas.ellipsoid((0, 18, 70), (9, 9, 55), -990)  # trachea
    for x in (-18, 18):
        canvas.ellipsoid((x, 22, 12), (14, 7, 8), -980)
    canvas.ellipsoid((6, 40, 10), (7, 5, 120), 20)  # esophagus


def _bones(canvas: Canvas) -> None:
    x: float
    y: float
    phase = 9 * canvas.body.traits[4]
    for level in range(-120, 130, 27):
        canvas.ellipsoid((0, 76, level + phase), (20, 17, 12), 330, grain=70)
    canvas.ellipsoid((0, 97, 0), (8, 7, 400), 15)  # canal
    for x, y in ((0, 112), (-24, 96), (24, 96)):
        canvas.ellipsoid((x, y, 0), (9, 7, 400), 380, grain=60)
    canvas.ellipsoid((0, -98, 20), (17, 6, 80), 330, grain=60)  # sternum
    at = canvas.position
    for rib in range(-6, 7):
        height = 22.0 * rib + phase
        y = 95 * (at - height) / 35 if canvas.plane == "axial" else at
        if abs(y) < 93:
            x = 143 * float(np.sqrt(1 - (y / 95) ** 2))
            z = height + 35 * y / 95
            for side in (-x, x):
                canvas.ellipsoid((side, y, z), (8, 10, 7), 480, grain=80)
    if canvas.plane == "axial" and at > 30:
        for side in (-118, 118):
            canvas.ellipsoid((side, 78, 70), (34, 7, 45), 420, grain=60)  # scapulae


def _blob(canvas: Canvas, lesion: Lesion, lungs: Floats) -> None:
    r = lesion.radius
    canvas.ellipsoid(lesion.center, (r, r, r), 45, rough=0.22, grain=15)


def _consolidation(canvas: Canvas, lesion: Lesion, lungs: Floats) -> None:
    r = lesion.radius
    center, radii = lesion.center, (1.1 * r, 1.2 * r, r)
    area = canvas.mask(center, radii, soft=5) * lungs
    patches = ramp(canvas.texture(8) + 0.7, edge=1.2)
    bronchi = canvas.ridges(14, width=0.12)
    canvas.blend(area * patches * (1 - 0.8 * bronchi), 10.0)


def _atelectasis(canvas: Canvas, lesion: Lesion, lungs: Floats) -> None:
    x, y, z = lesion.center
    r = lesion.radius
    for offset, length in ((0, 1.0), (-0.45 * r, 0.8)):
        canvas.ellipsoid((x, y + offset, z), (1.1 * r * length, 0.22 * r, r), 20, rough=0.2, within=lungs)


def _effusion(canvas: Canvas, lesion: Lesion, lungs: Floats) -> None:
    level = 52 - 48 * lesion.severity
    x = canvas.x
    tilt = 14 * ((np.abs(x) - 78) / 60) ** 2 - 0.35 * (np.minimum(canvas.z, 40) + 40)
    fluid = ramp(canvas.y + tilt + 0 * canvas.z - level, edge=5)
    canvas.blend(fluid * lungs * _side(canvas, lesion), 12 + 5 * canvas.texture(10))


def _pneumothorax(canvas: Canvas, lesion: Lesion, lungs: Floats) -> None:
    level = -50 + 42 * lesion.severity
    bowl = level - 12 * ((np.abs(canvas.x) - 78) / 60) ** 2 - canvas.y + 0 * canvas.z
    side = lungs * _side(canvas, lesion)
    canvas.blend(ramp(bowl, edge=4) * side, -1010.0)
    canvas.blend(ramp(4 - np.abs(bowl), edge=3) * side, -350.0)


def _side(canvas: Canvas, lesion: Lesion) -> Floats:
    """Return 1 on the side of a lesion, by the patient's own left and right."""
    if lesion.place.side == "bilateral":
        return np.ones((1, 1), dtype=np.float32)
    return ramp(canvas.x if lesion.place.side == "left" else -canvas.x, edge=2)


def _embolism(canvas: Canvas, lesion: Lesion, lungs: Floats) -> None:
    x, _, z = lesion.center
    r = lesion.radius
    canvas.ellipsoid((x, 4, z), (r + 3, 10, r), 35, rough=0.1)


def _fibrosis(canvas: Canvas, lesion: Lesion, lungs: Floats) -> None:
    core = np.maximum(
        canvas.mask((-74, -6, 12), (44, 62, 95), soft=8), canvas.mask((76, -6, 12), (42, 62, 95), soft=8)
    )
    rim = lungs * (1 - core)
    mesh = np.maximum(canvas.ridges(4, width=0.45), canvas.ridges(6, width=0.35))
    canvas.blend(rim * mesh * (0.55 + 0.4 * lesion.severity), -120.0)
    canvas.blend(rim * 0.35, -550.0)


def _hernia(canvas: Canvas, lesion: Lesion, lungs: Floats) -> None:
    x, y, z = lesion.center
    r = lesion.radius
    canvas.ellipsoid((x, y, z), (r, 0.85 * r, r), 40)
    canvas.ellipsoid((x, y - 0.25 * r, z), (0.65 * r, 0.4 * r, 0.8 * r), -900)


_DRAWN = {
    "lung_nodule": _blob,
    "lung_mass": _blob,
    "lymphadenopathy": _blob,
    "consolidation": _consolidation,
    "atelectasis": _atelectasis,
    "pleural_effusion": _effusion,
    "pneumothorax": _pneumothorax,
    "pulmonary_embolism": _embolism,
    "pulmonary_fibrosis": _fibrosis,
    "hiatal_hernia": _hernia,
}
