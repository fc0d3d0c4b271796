"""CT of the abdomen in Hounsfield units, in the portal venous phase."""

from collections.abc import Sequence

import numpy as np

from radmine.sample.patient import Lesion
from radmine.sample.phantoms.canvas import Canvas, Floats, ramp

WIDTH = 370.0  # mm


def draw(canvas: Canvas, lesions: Sequence[Lesion], weighting: str) -> None:
    """Paint the abdomen with the lesions that this plane shows."""
    by_name = {lesion.finding: lesion for lesion in lesions}
    traits = canvas.body.traits
    canvas.image[:] = -1000
    canvas.ellipsoid((0, 0, 0), (162, 112, 900), -100)
    thick = 8 + 9 * traits[0]
    canvas.ellipsoid((0, 2, 0), (162 - thick, 112 - thick, 900), 50, grain=8)
    cavity = canvas.mask((0, -14, -10), (136 - thick, 80 - 0.5 * thick, 400))
    canvas.blend(cavity, -95 + 14 * canvas.texture(9))
    _organs(canvas, by_name)
    _bowel(canvas, by_name)
    _spine(canvas)
    for lesion in lesions:
        if lesion.finding in _DRAWN:
            _DRAWN[lesion.finding](canvas, lesion, cavity)


def _organs(canvas: Canvas, by_name: dict[str, Lesion]) -> None:
    traits = canvas.body.traits
    fat = by_name.get("hepatic_steatosis")
    liver = 15 - 30 * fat.severity if fat else 105 + 10 * traits[1]
    canvas.ellipsoid((-70, -8, 55), (62, 68, 72), liver, grain=7)
    canvas.ellipsoid((-20, -42, 62), (52, 28, 34), liver, grain=7)
    for x, y in ((-78, 0), (-58, 12), (-92, -16)):
        canvas.ellipsoid((x, y, 58), (4, 4, 40), liver + 45)  # hepatic veins
    canvas.ellipsoid((-49, -45, 20), (17, 19, 24), 10)  # gallbladder
    grown = by_name.get("splenomegaly")
    size = 1.45 + 0.35 * grown.severity if grown else 0.95 + 0.1 * traits[2]
    canvas.ellipsoid((98 - 8 * (size - 1), 30, 52), (24 * size, 38 * size, 46 * size), 125, grain=7)
    for x, z in ((-64, 0), (64, 4)):
        canvas.ellipsoid((x, 46, z), (27, 26, 56), 165, grain=10)
        inward = 1 if x < 0 else -1
        canvas.ellipsoid((x + 9 * inward, 44, z), (9, 7, 20), -70)  # sinus fat
    canvas.ellipsoid((30, -40, 62), (40, 28, 30), 30, grain=14)  # stomach
    canvas.ellipsoid((30, -56, 66), (22, 9, 16), -900)
    canvas.ellipsoid((10, -4, 25), (52, 10, 12), 90, grain=12)  # pancreas
    aneurysm = by_name.get("aortic_aneurysm")
    wide = aneurysm.radius if aneurysm else 10 + 2 * traits[3]
    canvas.ellipsoid((8, 38, 0), (wide, wide, 400 if not aneurysm else 140), 190)
    if aneurysm:
        canvas.ellipsoid((8, 38, 0), (wide, wide, 140), 45)  # thrombus
        canvas.ellipsoid((8, 36, 0), (0.55 * wide, 0.55 * wide, 140), 190)
    canvas.ellipsoid((-18, 38, 0), (11, 9, 400), 150)  # vena cava


def _bowel(canvas: Canvas, by_name: dict[str, Lesion]) -> None:
    rng = np.random.default_rng(int(canvas.body.traits[5] * 1e9))
    dilated = "bowel_obstruction" in by_name
    for _ in range(26):
        x, y, z = rng.uniform(-75, 85), rng.uniform(-68, 8), rng.uniform(-110, 5)
        r = rng.uniform(8, 13)
        gas = rng.random() < 0.3
        canvas.ellipsoid((x, y, z), (1.5 * r, r, 1.2 * r), 55)
        canvas.ellipsoid((x, y, z), (1.5 * r - 4, r - 4, 1.2 * r - 4), -800 if gas and not dilated else 25)
    for x in (-106, 108):
        canvas.ellipsoid((x, -10, -50), (15, 15, 75), 45)
        canvas.ellipsoid((x, -12, -50), (11, 10, 70), -500, grain=220)  # colon


def _spine(canvas: Canvas) -> None:
    phase = 12 * canvas.body.traits[4]
    for level in range(-140, 150, 34):
        canvas.ellipsoid((0, 72, level + phase), (23, 18, 15), 300, grain=60)
    canvas.ellipsoid((0, 95, 0), (9, 7, 400), 15)
    for x, y in ((0, 108), (-26, 96), (26, 96)):
        canvas.ellipsoid((x, y, 0), (9, 7, 400), 340, grain=60)
    for x in (-36, 36):
        canvas.ellipsoid((x, 72, -60), (17, 17, 90), 60)  # psoas
    for side in (-1, 1):
        for turn in (0.2, 0.75, 1.3):
            canvas.ellipsoid((side * 142 * np.cos(turn), 92 * np.sin(turn), 70), (7, 8, 40), 420, grain=60)


def _liver_lesion(canvas: Canvas, lesion: Lesion, cavity: Floats) -> None:
    r = lesion.radius
    canvas.ellipsoid(lesion.center, (r + 4, r + 4, r + 4), 140, rough=0.15)
    canvas.ellipsoid(lesion.center, (r, r, r), 30, rough=0.2, grain=8)


def _stone(canvas: Canvas, lesion: Lesion, cavity: Floats) -> None:
    r = lesion.radius
    canvas.ellipsoid(lesion.center, (r, 0.8 * r, r), 650)


def _hydronephrosis(canvas: Canvas, lesion: Lesion, cavity: Floats) -> None:
    x, _, z = lesion.center
    r, inward = lesion.radius, (1 if x < 0 else -1)
    canvas.ellipsoid((x, 46, z), (0.75 * r, 0.65 * r, 1.3 * r), 8)
    canvas.ellipsoid((x + 0.8 * r * inward, 44, z), (0.7 * r, 0.45 * r, 0.9 * r), 8)
    for turn in (-0.9, 0.9):
        canvas.ellipsoid((x - 0.6 * r * inward, 46 + 12 * turn, z), (8, 7, 14), 8)


def _cyst(canvas: Canvas, lesion: Lesion, cavity: Floats) -> None:
    r = lesion.radius
    canvas.ellipsoid(lesion.center, (r, r, r), 5)


def _obstruction(canvas: Canvas, lesion: Lesion, cavity: Floats) -> None:
    rng = np.random.default_rng(int(canvas.body.traits[6] * 1e9))
    for column in range(5):
        for row in range(3):
            x = -70 + 34 * column + rng.uniform(-6, 6)
            y = -62 + 28 * row + rng.uniform(-5, 5)
            z = lesion.center[2] + rng.uniform(-25, 25)
            wide, high, deep = 18 + 4 * lesion.severity, 15 + 3 * lesion.severity, 42
            canvas.ellipsoid((x, y, z), (wide, high, deep), 70)
            loop = canvas.mask((x, y, z), (wide - 3, high - 3, deep))
            canvas.blend(loop, 20.0)
            canvas.blend(loop * ramp(y - 1 - canvas.y + 0 * canvas.z + 0 * canvas.x, edge=2), -850.0)


def _ascites(canvas: Canvas, lesion: Lesion, cavity: Floats) -> None:
    inner = canvas.mask((0, -16, -10), (112 - 22 * lesion.severity, 66 - 12 * lesion.severity, 380), soft=3)
    rim = cavity * (1 - inner)
    canvas.blend(rim * (np.abs(canvas.image) < 160), 6 + 4 * canvas.texture(8))


def _free_air(canvas: Canvas, lesion: Lesion, cavity: Floats) -> None:
    level = -58 + 14 * lesion.severity - canvas.y + 0 * canvas.x + 0 * canvas.z
    above = ramp(canvas.z + 10 + 0 * canvas.y, edge=30)
    canvas.blend(ramp(level, edge=3) * above * cavity, -990.0)


def _nodes(canvas: Canvas, lesion: Lesion, cavity: Floats) -> None:
    x, y, z = lesion.center
    r = lesion.radius
    canvas.ellipsoid((x, y, z), (r, r, r), 70, rough=0.15)
    canvas.ellipsoid((x * 0.4, y - r, z), (0.7 * r, 0.7 * r, r), 65, rough=0.15)


def _appendix(canvas: Canvas, lesion: Lesion, cavity: Floats) -> None:
    x, y, z = lesion.center
    r = lesion.radius
    area = canvas.mask((x, y, z), (2.4 * r, 2.2 * r, 1.4 * r), soft=6)
    canvas.blend(area * (0.25 + 0.6 * canvas.ridges(5, width=0.5)), 15.0)
    canvas.ellipsoid((x, y, z), (r, 0.8 * r, r), 120)
    canvas.ellipsoid((x, y, z), (0.55 * r, 0.4 * r, r), 12)


_DRAWN = {
    "liver_lesion": _liver_lesion,
    "gallstone": _stone,
    "kidney_stone": _stone,
    "hydronephrosis": _hydronephrosis,
    "renal_cyst": _cyst,
    "bowel_obstruction": _obstruction,
    "ascites": _ascites,
    "pneumoperitoneum": _free_air,
    "lymphadenopathy": _nodes,
    "appendicitis": _appendix,
}
