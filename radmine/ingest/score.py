"""How we know that ingest works: images found with the right headers, traps set aside, patients in one part."""

from collections import defaultdict
from collections.abc import Sequence

from radmine.corpus import Corpus
from radmine.ingest.reader import STAGE_NAME
from radmine.records import Score, Truth


def _share(subject: str, metric: str, hits: Sequence[bool], note: str | None = None) -> Score:
    return Score(STAGE_NAME, subject, metric, sum(hits) / len(hits) if hits else None, len(hits), note=note)


def score(corpus: Corpus, truth: Truth) -> list[Score]:
    """Return how many of the true images and traps the corpus has right.

    Parameters
    ----------
    corpus
        After ingest.
    truth
        What is known of its source; without images and traps there is nothing to say.
    """
    scores = list[Score]()
    if truth.images:
        images = {image.image_id: image for image in corpus.records("images")}
        found = [(true, images[true.image_id]) for true in truth.images if true.image_id in images]
        scores = [
            _share("images", "found", [t.image_id in images for t in truth.images]),
            _share("images", "modality", [t.modality == i.modality for t, i in found]),
            _share("images", "plane", [t.plane == i.plane for t, i in found]),
            _share("images", "patient", [t.patient_id == i.patient_id for t, i in found]),
        ]
        part_of = {row.patient_id: row.split for row in corpus.records("splits")}
        parts_of = defaultdict[str, set[str | None]](set)
        for image in images.values():
            if image.content_hash is not None and not image.content_hash.startswith("blank:"):
                parts_of[image.content_hash].add(part_of.get(image.patient_id))
        scores.append(_share("splits", "identical images together", [len(p) == 1 for p in parts_of.values()]))
    if truth.traps:
        aside = {row.item for row in corpus.records("rejected") if row.stage == STAGE_NAME}
        scores.append(
            _share(
                "traps",
                "set aside as they should",
                [_is_aside(trap.item, aside) == trap.rejected for trap in truth.traps],
            )
        )
    return scores


def _is_aside(item: str, aside: set[str]) -> bool:
    """Return whether an item was set aside; the corpus may name files from a folder further in."""
    return item in aside or any(item.endswith(f"/{name}") for name in aside)
