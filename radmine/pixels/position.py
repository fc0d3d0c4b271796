"""Where a slice stands in its series."""

from itertools import islice

from pydicom import Dataset

from radmine.ingest import frame_groups, items_of, numbers_of
from radmine.run import Limits


def position_of(dataset: Dataset, index: int, limits: Limits) -> float | None:
    """Return how far a frame lies along its normal, in mm (PS3.3 C.7.6.2.1.1); None where the header does not say.

    Parameters
    ----------
    dataset
        The header.
    index
        Of the frame, from 0.
    limits
        Of what is read.
    """
    groups = [*islice(frame_groups(dataset, limits, first=index), 1)]
    groups += items_of(dataset, "SharedFunctionalGroupsSequence")[:1]

    def numbers(sequence: str, keyword: str, count: int) -> list[float] | None:
        places = [dataset, *(item for group in groups for item in items_of(group, sequence)[:1])]
        for place in places:
            found = numbers_of(place, keyword).values
            if len(found) == count and None not in found:
                return [number for number in found if number is not None]
        return None

    corner = numbers("PlanePositionSequence", "ImagePositionPatient", 3)
    cosines = numbers("PlaneOrientationSequence", "ImageOrientationPatient", 6)
    if corner is None or cosines is None:
        return None
    x1, y1, z1, x2, y2, z2 = cosines
    normal = (y1 * z2 - z1 * y2, z1 * x2 - x1 * z2, x1 * y2 - y1 * x2)
    return sum(a * b for a, b in zip(normal, corner, strict=True)) if any(normal) else None
