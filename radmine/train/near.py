"""Near-duplicates stand on one side: what is tested is not learned from under another patient's name."""

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from radmine.corpus import Corpus
from radmine.train.targets import Cases


def near_the_others(corpus: Corpus, cases: Cases, training: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which of the training rows show the picture of another patient's image in validation or test (`near_duplicates`)."""
    group_of = {row.image_id: row.group for row in corpus.records("near_duplicates")}
    held: dict[str, set[str]] = defaultdict(set)
    for image_id, patient, part in zip(cases.image_ids, cases.patients, cases.parts, strict=True):
        if part != "train" and image_id in group_of:
            held[group_of[image_id]].add(patient)
    return np.array(
        [bool(held.get(group_of.get(cases.image_ids[row], ""), set()) - {cases.patients[row]}) for row in training],
        bool,
    )  # fmt: skip
