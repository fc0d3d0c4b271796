"""MR of the brain: T1, T2 and FLAIR, in arbitrary units from 0 to about 1000."""

from collections.abc import Sequence

import numpy as np

from radmine.sample.patient import Lesion
from radmine.sample.phantoms.canvas import Canvas, Floats, ramp

WIDTH = 240.0  # mm

# Signal by weighting: scalp fat, bone, cerebrospinal fluid, grey matter, white matter.
_SIGNAL = {
    "T1": (820.0, 60.0, 110.0, 380.0, 520.0),
    "T2": (520.0, 50.0, 950.0, 480.0, 350.0),
    "FLAIR": (480.0, 50.0, 90.0, 450.0, 360.0),
}
# Signal of what is drawn: blood, infarct, mass, edema, meningioma, white matter lesion.
_LESION = {
    "T1": {"blood": 840.0, "infarct": 270.0, "mass": 290.0, "edema": 340.0, "dural": 640.0, "spots": 330.0},
    "T2": {"blood": 120.0, "infarct": 800.0, "mass": 720.0, "edema": 800.0, "dural": 420.0, "spots": 760.0},
    "FLAIR": {
        "blood": 150.0,
        "infarct": 790.0,
        "mass": 680.0,
        "edema": 740.0,
        "dural": 600.0,
        "spots": 820.0,
    },
}


def draw(canvas: Canvas, lesions: Sequence[Lesion], weighting: str) -> None:
    """Paint the head with the lesions that this plane shows."""
    by_name = {lesion.finding: lesion for lesion in lesions}
    fat, bone, fluid, grey, white = _SIGNAL[weighting]
    canvas.image[:] = 12
    canvas.ellipsoid((0, 2, 5), (80, 98, 100), fat, grain=40)
    canvas.ellipsoid((0, 2, 5), (75, 93, 95), bone)
    canvas.ellipsoid((0, 2, 5), (70, 88, 90), fluid)
    brain = canvas.mask((0, 2, 5), (67, 84, 86))
    canvas.blend(brain, grey + 18 * canvas.texture(6))
    sulci = canvas.ridges(10, width=0.16)
    core = canvas.mask((0, 2, 8), (53, 69, 68), soft=6)
    canvas.blend(brain * (1 - core) * sulci * 0.85, fluid)
    folds = ramp(canvas.texture(10) + 0.2, edge=0.8)
    canvas.blend(np.maximum(core, brain * folds * 0.6), white + 14 * canvas.texture(8))
    shift = _shift(by_name)
    bend = shift * np.exp(-((canvas.y / 55) ** 2)) + 0 * canvas.z
    between = 0.8 if canvas.plane == "axial" else 0.0
    falx = ramp(1.6 - np.abs(canvas.x - bend), edge=1.5) * brain * (1 - canvas.mask((0, 0, -5), (40, 46, 45)))
    canvas.blend(falx * between, fluid)
    for side in (-1, 1):
        canvas.ellipsoid((side * 22 + 0.7 * shift, 0, 4), (10, 20, 14), grey)  # basal ganglia
    _ventricles(canvas, by_name, fluid, shift)
    canvas.ellipsoid((0, 42, -42), (46, 34, 22), 0.5 * (grey + white), grain=30)  # cerebellum
    canvas.ellipsoid((0, 12, -45), (13, 14, 35), white)  # brainstem
    for lesion in lesions:
        if lesion.finding in _DRAWN:
            _DRAWN[lesion.finding](canvas, lesion, weighting)


def _shift(by_name: dict[str, Lesion]) -> float:
    """Return how far the middle has moved to the patient's left, in mm."""
    if "midline_shift" not in by_name:
        return 0.0
    lesion = by_name["midline_shift"]
    return (9 + 9 * lesion.severity) * (1 if lesion.place.side == "left" else -1)


def _ventricles(canvas: Canvas, by_name: dict[str, Lesion], fluid: float, shift: float) -> None:
    wide = 0.85 + 0.35 * canvas.body.traits[0]
    if "hydrocephalus" in by_name:
        wide = 2.0 + 0.9 * by_name["hydrocephalus"].severity
    deep = 0.6 + 0.4 * wide
    for side in (-1, 1):
        x = side * 7.5 * wide**0.75 + shift
        canvas.ellipsoid((x, -14, 20), (6.5 * wide, 22 * deep, 13 * deep), fluid)
        canvas.ellipsoid((x + side * 6, 26, 16), (6.5 * wide, 18 * deep, 13 * deep), fluid)
    canvas.ellipsoid((0.8 * shift, 4, 4), (2.8 * wide, 12, 10), fluid)


def _inside(canvas: Canvas) -> Floats:
    """Return where the skull leaves room."""
    return canvas.mask((0, 2, 5), (69, 86, 88))


def _mass(canvas: Canvas, lesion: Lesion, weighting: str) -> None:
    signal, r, head = _LESION[weighting], lesion.radius, _inside(canvas)
    wide = (1.6 * r, 1.7 * r, 1.4 * r)
    canvas.ellipsoid(lesion.center, wide, signal["edema"], rough=0.35, soft=3, within=head)
    canvas.ellipsoid(lesion.center, (r, r, r), signal["mass"] + 90, rough=0.2, grain=60, within=head)
    canvas.ellipsoid(lesion.center, (0.55 * r, 0.5 * r, 0.6 * r), _SIGNAL[weighting][2] + 100, rough=0.2)


def _infarct(canvas: Canvas, lesion: Lesion, weighting: str) -> None:
    r = lesion.radius
    head = _inside(canvas)
    value = _LESION[weighting]["infarct"]
    canvas.ellipsoid(lesion.center, (0.9 * r, 1.2 * r, r), value, rough=0.45, soft=2, within=head, grain=40)


def _hemorrhage(canvas: Canvas, lesion: Lesion, weighting: str) -> None:
    signal, r, head = _LESION[weighting], lesion.radius, _inside(canvas)
    rim = (1.35 * r, 1.35 * r, 1.2 * r)
    canvas.ellipsoid(lesion.center, rim, signal["edema"], rough=0.2, within=head)
    canvas.ellipsoid(lesion.center, (r, r, r), signal["blood"], rough=0.25, within=head)


def _meningioma(canvas: Canvas, lesion: Lesion, weighting: str) -> None:
    r, head = lesion.radius, _inside(canvas)
    canvas.ellipsoid(lesion.center, (r, 1.25 * r, 1.1 * r), _SIGNAL[weighting][2], within=head)
    inner = (0.88 * r, 1.13 * r, r)
    canvas.ellipsoid(lesion.center, inner, _LESION[weighting]["dural"], grain=20, within=head)


def _white_matter(canvas: Canvas, lesion: Lesion, weighting: str) -> None:
    rng = np.random.default_rng(int(lesion.severity * 1e6))
    value = _LESION[weighting]["spots"]
    for _ in range(int(60 + 70 * lesion.severity)):
        turn, far = rng.uniform(0, 2 * np.pi), rng.uniform(0.55, 1.25)
        x, y = 36 * far * float(np.cos(turn)), 48 * far * float(np.sin(turn))
        r = float(rng.uniform(3, 6.5))
        canvas.ellipsoid((x, y, rng.uniform(-8, 48)), (r, r, 2 * r), value, rough=0.3)


_DRAWN = {
    "brain_mass": _mass,
    "infarct": _infarct,
    "intracranial_hemorrhage": _hemorrhage,
    "meningioma": _meningioma,
    "white_matter_disease": _white_matter,
}
