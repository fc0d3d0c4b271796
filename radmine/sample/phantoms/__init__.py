"""Phantoms: what a body looks like in an image, with the lesions that the plan puts there."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from radmine.sample.patient import Lesion, SeriesPlan, StudyPlan, visible
from radmine.sample.phantoms import abdomen_ct, brain_mr, chest_ct, chest_xray, spine_mr
from radmine.sample.phantoms.canvas import Body, Canvas, draw_body

_PHANTOMS = {"chest_ct": chest_ct, "abdomen_ct": abdomen_ct, "brain_mr": brain_mr, "spine_mr": spine_mr}
NOISE = {"CT": 14.0, "MR": 16.0, "CR": 0.012}
VIEWS = ("PA", "LATERAL")

__all__ = ["NOISE", "VIEWS", "Body", "draw_body", "draw_image", "paint_image", "shown", "width_mm"]


def shown(study: StudyPlan, series: SeriesPlan, instance: int) -> list[Lesion]:
    """Return the lesions that an image of a study shows."""
    if not series.plane:
        lateral = VIEWS[instance - 1] == "LATERAL"
        return [
            lesion
            for lesion in study.lesions
            if lesion.drawn and not (lateral and lesion.finding in chest_xray.FRONTAL_ONLY)
        ]
    return [lesion for lesion in study.lesions if lesion.drawn and instance in visible(lesion, series)]


def width_mm(region: str) -> float:
    """Return the width of the field of view, in mm."""
    return chest_xray.WIDTH if region == "chest_xray" else _PHANTOMS[region].WIDTH


def draw_image(
    region: str,
    series: SeriesPlan,
    instance: int,
    lesions: Sequence[Lesion],
    *,
    body: Body,
    size: int,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Return one image, (size, size): Hounsfield units (CT), signal (MR) or attenuation in 0 to 1 (radiographs)."""
    image = paint_image(region, series, instance, lesions, body=body, size=size, rng=rng)
    noise = NOISE[series.weighting if series.weighting in NOISE else "MR"]
    image += noise * rng.standard_normal(image.shape, dtype=np.float32)
    return image


def paint_image(
    region: str,
    series: SeriesPlan,
    instance: int,
    lesions: Sequence[Lesion],
    *,
    body: Body,
    size: int,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Return one image, as `draw_image` does, without noise."""
    width = width_mm(region)
    if not series.plane:
        view = VIEWS[instance - 1]
        canvas = Canvas("coronal" if view == "PA" else "sagittal", 0.0, size, width, body, rng)
        chest_xray.draw(canvas, lesions, view)
    else:
        canvas = Canvas(series.plane, series.positions[instance - 1], size, width, body, rng)
        _PHANTOMS[region].draw(canvas, lesions, series.weighting)
    return canvas.image
