"""Radiographs of the chest, frontal and lateral, as attenuation from 0 (black) to about 1 (white)."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from radmine.sample.patient import Lesion
from radmine.sample.phantoms.canvas import Canvas, Floats, ramp

WIDTH = 370.0  # mm


def draw(canvas: Canvas, lesions: Sequence[Lesion], view: str) -> None:
    """Paint the chest as seen from the front ("PA") or the side ("LATERAL") with the lesions that the view shows."""
    by_name = {lesion.finding: lesion for lesion in lesions}
    across = canvas.x if view == "PA" else canvas.y
    paint = _frontal if view == "PA" else _lateral
    lungs = paint(canvas, by_name, across)
    for lesion in lesions:
        if lesion.finding in _DRAWN:
            _DRAWN[lesion.finding](canvas, lesion, lungs, view)


def _disc(canvas: Canvas, view: str, center: tuple[float, float], radii: tuple[float, float]) -> Floats:
    """Return the thickness of an ellipsoid along the beam, 1 in its middle; centre and radii (across, up) in mm."""
    across = canvas.x if view == "PA" else canvas.y
    squared = ((across - center[0]) / radii[0]) ** 2 + ((canvas.z - center[1]) / radii[1]) ** 2
    return np.asarray(np.sqrt(np.clip(1 - squared, 0, 1)), dtype=np.float32)


def _frontal(canvas: Canvas, by_name: dict[str, Lesion], x: Floats) -> Floats:
    z, traits = canvas.z, canvas.body.traits
    emphysema = by_name.get("emphysema")
    flat = 0.55 + 0.35 * emphysema.severity if emphysema else 0.1 * traits[6]
    canvas.image[:] = 0.03
    torso = np.maximum(_disc(canvas, "PA", (0, -40), (172, 330)), 0)
    canvas.image += 0.55 * np.minimum(1.6 * torso, 1)
    low = -88 - 22 * flat
    lungs = np.zeros(canvas.shape, dtype=np.float32)
    for side in (-1, 1):
        field = np.minimum(1.5 * _disc(canvas, "PA", (side * 74, 0), (60, 128)), 1)
        dome = low + (8 if side < 0 else 0) + (30 - 24 * flat) * (1 - ((x - side * 68) / 66) ** 2)
        lungs = np.maximum(lungs, field * ramp(z - dome, edge=4))
    canvas.image -= (0.38 + 0.13 * flat) * lungs
    below = ramp(low - 2 - z + 0 * x, edge=20)
    canvas.image += 0.14 * below * np.minimum(1.6 * torso, 1)
    gas = _disc(canvas, "PA", (58, low - 8), (20, 9))
    canvas.image -= 0.25 * gas
    centre = (
        14.0 * np.sin((z + 40) / 60) * (1 if traits[7] > 0.5 else -1) if "scoliosis" in by_name else 0 * z
    )
    if "scoliosis" in by_name:
        centre = centre * (0.9 + 0.7 * by_name["scoliosis"].severity)
    canvas.image += 0.2 * ramp(32 - np.abs(x - 0.5 * centre), edge=22)  # mediastinum
    spine = ramp(15 - np.abs(x - centre), edge=5)
    canvas.image += spine * (0.08 + 0.05 * np.sign(np.sin(z / 27 * 2 * np.pi)) * 0.6)
    size = 1.0 + 0.12 * (traits[2] - 0.5)
    if "cardiomegaly" in by_name:
        size = 1.45 + 0.3 * by_name["cardiomegaly"].severity
    heart = _disc(canvas, "PA", (17 * size, -52), (54 * size, 46 * size**0.5))
    canvas.image += 0.42 * np.minimum(1.7 * heart, 1) * (0.4 + 0.6 * lungs)
    canvas.image += 0.16 * _disc(canvas, "PA", (30, 52), (16, 17))  # aortic knob
    for side, height in ((-1, 0), (1, 10)):
        canvas.image += 0.14 * _disc(canvas, "PA", (side * 36, height), (17, 24))  # hila
    _vessels(canvas, lungs, x, emphysema)
    _ribs(canvas, by_name, x)
    trachea = ramp(8 - np.abs(x - 0.5 * centre), edge=4) * ramp(z - 45, edge=8)
    canvas.image -= 0.12 * trachea
    return lungs


def _vessels(canvas: Canvas, lungs: Floats, x: Floats, emphysema: Lesion | None) -> None:
    strength = 0.06 if emphysema else 0.16
    near = np.exp(-(((np.abs(x) - 36) / 38) ** 2) - (canvas.z / 75) ** 2)
    canvas.image += strength * lungs * near * canvas.ridges(10, width=0.35)
    canvas.image += 0.018 * lungs * canvas.texture(5) + 0.012 * canvas.texture(25)


def _ribs(canvas: Canvas, by_name: dict[str, Lesion], x: Floats) -> None:
    z, wide = canvas.z, np.abs(x)
    inside = ramp(145 - wide, edge=6) * ramp(wide - 14, edge=6)
    phase = 8 * canvas.body.traits[4]
    for rib in range(-3, 7):
        back = 22 * rib + phase - 0.0016 * (wide - 45) ** 2 + 6
        line = np.clip(1 - ((z - back) / 5.2) ** 2, 0, 1)
        canvas.image += 0.055 * inside * line
        front = 22 * rib + phase - 42 + 0.0035 * (wide - 30) ** 2
        line = np.clip(1 - ((z - front) / 4.5) ** 2, 0, 1)
        canvas.image += 0.028 * inside * line * ramp(wide - 55, edge=10)
    for side in (-1, 1):
        collar = 102 + 0.1 * (side * x - 60)
        bone = (
            np.clip(1 - ((z - collar) / 6) ** 2, 0, 1)
            * ramp(side * x - 15, edge=6)
            * ramp(135 - side * x, edge=6)
        )
        canvas.image += 0.1 * bone
    fracture = by_name.get("rib_fracture")
    if fracture:
        place = fracture.center
        side = 1 if place[0] > 0 else -1
        gap = _disc(canvas, "PA", (side * 112, place[2]), (5, 16))
        canvas.image -= 0.16 * gap
        for offset, height in ((-13, 9), (11, -9)):
            end = _disc(canvas, "PA", (side * 112 + offset, place[2] + height), (14, 6))
            canvas.image += 0.2 * end


def _lateral(canvas: Canvas, by_name: dict[str, Lesion], y: Floats) -> Floats:
    z, traits = canvas.z, canvas.body.traits
    emphysema = by_name.get("emphysema")
    flat = 0.55 + 0.35 * emphysema.severity if emphysema else 0.1 * traits[6]
    canvas.image[:] = 0.03
    torso = np.minimum(1.6 * _disc(canvas, "LATERAL", (0, -40), (128, 330)), 1)
    canvas.image += 0.62 * torso
    field = np.minimum(1.5 * _disc(canvas, "LATERAL", (0, 0), (92 + 14 * flat, 130)), 1)
    low = -88 - 22 * flat
    dome = low + (28 - 22 * flat) * (1 - ((y + 10) / 90) ** 2)
    lungs = np.asarray(field * ramp(z - dome, edge=4), dtype=np.float32)
    canvas.image -= (0.38 + 0.12 * flat) * lungs
    canvas.image += 0.12 * ramp(low - z + 0 * y, edge=20) * torso
    curve = 76 - 10 * (z / 130) ** 2
    spine = ramp(15 - np.abs(y - curve), edge=5)
    canvas.image += spine * (0.16 + 0.05 * np.sign(np.sin(z / 27 * 2 * np.pi)))
    canvas.image += 0.15 * ramp(5 - np.abs(y + 96), edge=4) * ramp(z + 40, edge=10)  # sternum
    size = 1.0 + 0.12 * (traits[2] - 0.5)
    if "cardiomegaly" in by_name:
        size = 1.4 + 0.25 * by_name["cardiomegaly"].severity
    heart = np.minimum(1.7 * _disc(canvas, "LATERAL", (-32 + 18 * (size - 1), -52), (48 * size, 44)), 1)
    canvas.image += 0.36 * heart * (0.4 + 0.6 * lungs)
    canvas.image += 0.13 * _disc(canvas, "LATERAL", (8, 8), (17, 17)) + 0.1 * _disc(
        canvas, "LATERAL", (5, 58), (34, 16)
    )
    near = np.exp(-(((y - 8) / 45) ** 2) - (z / 75) ** 2)
    canvas.image += 0.13 * lungs * near * canvas.ridges(10, width=0.35)
    canvas.image += 0.018 * lungs * canvas.texture(5) + 0.012 * canvas.texture(25)
    for rib in range(-4, 7):
        line = np.clip(1 - ((z - 22 * rib + 0.35 * y) / 5) ** 2, 0, 1)
        canvas.image += 0.04 * line * torso
    return lungs


# -- lesions ------------------------------------------------------------------------------------------


def _across(lesion: Lesion, view: str) -> tuple[float, float]:
    return (lesion.center[0] if view == "PA" else lesion.center[1]), lesion.center[2]


def _nodule(canvas: Canvas, lesion: Lesion, lungs: Floats, view: str) -> None:
    r = lesion.radius
    blob = np.minimum(1.6 * _disc(canvas, view, _across(lesion, view), (r, r)), 1)
    canvas.image += 0.36 * blob


def _mass(canvas: Canvas, lesion: Lesion, lungs: Floats, view: str) -> None:
    r = lesion.radius
    across, height = _across(lesion, view)
    canvas.image += 0.3 * np.minimum(2 * _disc(canvas, view, (across, height), (r, 0.9 * r)), 1)
    canvas.image += 0.1 * _disc(canvas, view, (across + 0.5 * r, height - 0.4 * r), (0.7 * r, 0.6 * r))


def _patch(canvas: Canvas, lesion: Lesion, lungs: Floats, view: str) -> None:
    r = lesion.radius
    area = _disc(canvas, view, _across(lesion, view), (1.35 * r, 1.25 * r))
    patches = ramp(canvas.texture(12) + 0.8, edge=2.0)
    canvas.image += 0.5 * area * patches * (0.15 + 0.85 * lungs) * (1 - 0.4 * canvas.ridges(14, width=0.15))


def _pneumonia(canvas: Canvas, lesion: Lesion, lungs: Floats, view: str) -> None:
    """Add patches of several sizes around the lesion, where a consolidation is one."""
    x, y, z = lesion.center
    _patch(canvas, lesion, lungs, view)
    for across, up in ((-16.0, 34.0), (14.0, -24.0)):
        _patch(canvas, lesion._replace(center=(x + across, y + across, z + up)), lungs, view)


def _atelectasis(canvas: Canvas, lesion: Lesion, lungs: Floats, view: str) -> None:
    r = lesion.radius
    across, height = _across(lesion, view)
    horizontal = canvas.x if view == "PA" else canvas.y
    for number in range(3):
        line = height + 20 + 10 * number + (0.12 - 0.1 * number) * (horizontal - across)
        reach = np.clip(1 - ((horizontal - across) / (1.3 * r)) ** 2, 0, 1)
        canvas.image += 0.3 * np.clip(1 - ((canvas.z - line) / 4.0) ** 2, 0, 1) * reach * (0.3 + 0.7 * lungs)


def _edema(canvas: Canvas, lesion: Lesion, lungs: Floats, view: str) -> None:
    wide = np.abs(canvas.x) - 40 if view == "PA" else canvas.y - 8
    haze = np.exp(-((wide / 42) ** 2) - ((canvas.z + 5) / 65) ** 2)
    patches = 0.65 + 0.35 * np.clip(canvas.texture(10), -1, 1)
    strength = 0.16 + 0.18 * lesion.severity
    canvas.image += strength * lungs * haze * patches + 0.08 * lungs * canvas.ridges(5, width=0.4)


def _effusion(canvas: Canvas, lesion: Lesion, lungs: Floats, view: str) -> None:
    level = -68 + 56 * lesion.severity
    if view == "LATERAL":
        meniscus = level + 24 * np.clip(canvas.y / 80, -0.3, 1.1) ** 2
        fluid = ramp(meniscus - canvas.z, edge=7) * ramp(canvas.y + 30 - 60 * lesion.severity + 20, edge=30)
        canvas.image += 0.32 * fluid * (0.1 + 0.9 * lungs)
        return
    for side in (-1, 1):
        if lesion.place.side in ("bilateral", "left" if side > 0 else "right"):
            meniscus = level + 34 * np.clip((side * canvas.x - 40) / 90, 0, 1.2) ** 2
            here = ramp(side * canvas.x - 12, edge=8) * ramp(140 - side * canvas.x, edge=8)
            fluid = ramp(meniscus - canvas.z, edge=7) * here * ramp(canvas.z + 128, edge=6)
            canvas.image += 0.36 * fluid * (0.12 + 0.88 * lungs)


def _pneumothorax(canvas: Canvas, lesion: Lesion, lungs: Floats, view: str) -> None:
    side = 1 if lesion.place.side == "left" else -1
    kept = 0.9 - 0.26 * lesion.severity
    inner = ((side * canvas.x - 62) / (60 * kept)) ** 2 + ((canvas.z + 14) / (124 * kept)) ** 2
    here = lungs * ramp(side * canvas.x - 6, edge=6)
    outside = ramp(np.asarray(inner - 1, dtype=np.float32), edge=0.08) * here
    canvas.image -= outside * (canvas.image - 0.1) * 0.75
    line = np.clip(1 - ((inner - 1) / 0.06) ** 2, 0, 1) * here
    canvas.image += 0.16 * line + 0.07 * here * (1 - outside)


def _hernia(canvas: Canvas, lesion: Lesion, lungs: Floats, view: str) -> None:
    r = lesion.radius
    across, height = (14.0, -70.0) if view == "PA" else (30.0, -66.0)
    canvas.image += 0.22 * np.minimum(2 * _disc(canvas, view, (across, height), (1.2 * r, r)), 1)
    bubble = np.minimum(2 * _disc(canvas, view, (across, height + 0.25 * r), (0.9 * r, 0.5 * r)), 1)
    canvas.image -= 0.34 * bubble * ramp(canvas.z - height - 0.05 * r, edge=2)


def _line(
    canvas: Canvas, points: Sequence[tuple[float, float]], view: str, *, wide: float, bright: float
) -> None:
    """Add a wire or tube along points (across, up) in mm."""
    across = canvas.x if view == "PA" else canvas.y
    nearest = np.full(canvas.shape, 1e6, dtype=np.float32)
    for (a, b), (c, d) in pairwise(points):
        along = np.clip(
            ((across - a) * (c - a) + (canvas.z - b) * (d - b)) / ((c - a) ** 2 + (d - b) ** 2), 0, 1
        )
        distance = (across - a - along * (c - a)) ** 2 + (canvas.z - b - along * (d - b)) ** 2
        nearest = np.minimum(nearest, distance)
    canvas.image += bright * ramp(wide - np.sqrt(nearest), edge=1.5)


def _pacemaker(canvas: Canvas, lesion: Lesion, lungs: Floats, view: str) -> None:
    if view == "PA":
        canvas.image += 0.55 * ramp(1 - ((canvas.x - 92) / 21) ** 4 - ((canvas.z - 72) / 17) ** 4, edge=0.2)
        _line(
            canvas, [(80, 78), (40, 92), (4, 70), (-14, 10), (6, -60), (38, -74)], view, wide=2.2, bright=0.4
        )
    else:
        canvas.image += 0.5 * ramp(1 - ((canvas.y + 92) / 7) ** 4 - ((canvas.z - 72) / 17) ** 4, edge=0.3)
        _line(canvas, [(-88, 80), (-20, 88), (0, 20), (-50, -70)], view, wide=2.2, bright=0.4)


def _catheter(canvas: Canvas, lesion: Lesion, lungs: Floats, view: str) -> None:
    if view == "PA":
        _line(canvas, [(-46, 128), (-30, 95), (-22, 60), (-19, 12)], view, wide=2.6, bright=0.34)
    else:
        _line(canvas, [(-20, 128), (-6, 80), (-8, 12)], view, wide=2.6, bright=0.3)


def _tube(canvas: Canvas, lesion: Lesion, lungs: Floats, view: str) -> None:
    if view == "PA":
        for x in (-5.5, 5.5):
            _line(canvas, [(x, 140), (x, 62)], view, wide=2.0, bright=0.3)
    else:
        for y in (6, 16):
            _line(canvas, [(y - 4, 140), (y, 62)], view, wide=2.0, bright=0.26)


_DRAWN = {
    "lung_nodule": _nodule,
    "lung_mass": _mass,
    "consolidation": _patch,
    "pneumonia": _pneumonia,
    "atelectasis": _atelectasis,
    "pulmonary_edema": _edema,
    "pleural_effusion": _effusion,
    "pneumothorax": _pneumothorax,
    "hiatal_hernia": _hernia,
    "pacemaker": _pacemaker,
    "central_venous_catheter": _catheter,
    "endotracheal_tube": _tube,
}

# What a lateral view does not show.
FRONTAL_ONLY = frozenset({"pneumothorax", "rib_fracture", "scoliosis"})
