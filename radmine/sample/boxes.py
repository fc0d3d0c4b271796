"""Where the lesions of a sample are in its pictures: `box_rows`, lines of `truth/boxes.csv`."""

from collections.abc import Iterator

import numpy as np

from radmine.sample.files import image_size, seeded, window_of
from radmine.sample.patient import Patient, SeriesPlan, StudyPlan
from radmine.sample.phantoms import NOISE, Body, draw_body, paint_image, shown

COLUMNS = ("image", "finding", "x", "y", "width", "height")  # in pixels of the image, from its upper left
_SEEN = 3  # times the noise by which a lesion must change a place to be seen there
_LEAST = 0.1  # of its largest part: a smaller part has no box


def box_rows(patient: Patient) -> Iterator[tuple[object, ...]]:
    """Yield a row for each connected part of each lesion that a patient's images show.

    The picture is painted twice without noise, with the lesion alone and without any: where the two differ within the window
    that the file names, there it is. A lesion that this window hides has no box.
    """
    body = draw_body(np.random.default_rng((patient.seed, patient.number)))
    for study in patient.studies:
        for number, series in enumerate(study.series):
            for instance in range(1, len(series.positions) + 1):
                for finding, box in _boxes(patient, study, number, series, instance, body):
                    yield (patient.image_uid(study, series, instance), finding, *box)


def _boxes(
    patient: Patient, study: StudyPlan, number: int, series: SeriesPlan, instance: int, body: Body
) -> Iterator[tuple[str, tuple[int, int, int, int]]]:
    from scipy import ndimage

    lesions = shown(study, series, instance)
    if not lesions:
        return
    low, high = window_of(patient.region)
    pictures = (
        paint_image(
            patient.region.name,
            series,
            instance,
            some,
            body=body,
            size=image_size(patient),
            rng=seeded(patient, study, number, instance),
        )
        for some in ([], *([lesion] for lesion in lesions))
    )
    clear, *changed = (np.clip(picture, low, high) for picture in pictures)
    least = _SEEN * NOISE[patient.region.modality]
    for lesion, picture in zip(lesions, changed, strict=True):
        differs = ndimage.uniform_filter(np.abs(picture - clear), 3) > least
        parts, _ = ndimage.label(ndimage.binary_dilation(differs, iterations=2))
        sizes = np.bincount(parts[differs], minlength=1)[1:] if differs.any() else np.zeros(0)
        for part, size in enumerate(sizes, start=1):
            if size >= _LEAST * sizes.max():
                rows, columns = np.nonzero(differs & (parts == part))
                top, left = int(rows.min()), int(columns.min())
                yield lesion.finding, (left, top, int(columns.max()) + 1 - left, int(rows.max()) + 1 - top)
