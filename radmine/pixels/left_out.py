"""Which images are not made into pixels, by what they are: localizers, secondary captures, dose reports."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

KINDS = ("localizer", "secondary_capture", "dose_report")


def left_out(images: Iterable[Mapping[str, Any]], kinds: Collection[str]) -> dict[str, str]:
    """Return the images that are left out, each with its kind.

    A secondary capture is left out only where its study has an image of another kind: else it is what there is, a scanned
    film or a teaching file.

    Parameters
    ----------
    images
        All of the corpus: `image_id`, `study_id` and `kind` of each.
    kinds
        Those that are left out.
    """
    rows = list(images)
    originals = {row["study_id"] for row in rows if row["kind"] == "image"} - {None}
    return {
        row["image_id"]: row["kind"]
        for row in rows
        if row["kind"] in kinds and (row["kind"] != "secondary_capture" or row["study_id"] in originals)
    }


def left_out_words(kinds: Iterable[str]) -> str:
    """Return "left out: 3 localizers, 1 dose report", "" where there is none."""
    counts = Counter(kinds)
    said = (f"{n:,} {kind.replace('_', ' ')}{'' if n == 1 else 's'}" for kind, n in sorted(counts.items()))
    return f"left out: {', '.join(said)} ([pixels] leave_out)" if counts else ""
