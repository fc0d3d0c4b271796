"""How we know that it works: the network's predictions against what the images truly show, on the test part."""

import numpy as np

from radmine.corpus import Corpus
from radmine.pixels import open_pixels
from radmine.records import Assertion, Score, Truth
from radmine.train.model import MODEL, load_model, predict_stored
from radmine.train.report import score_target
from radmine.train.targets import Target, read_cases


def score(corpus: Corpus, truth: Truth) -> list[Score]:
    """Return the AUC of every learned finding, and the accuracy of every learned class, against the truth.

    The stage's own `scores` compare with labels that were read from text; these compare with the pictures' truth.
    """
    manifest = corpus.manifest("train")
    if manifest is None or manifest.not_applicable or not (truth.images or truth.labels):
        return []
    store = open_pixels(corpus)
    cases = read_cases(corpus, store)
    test = cases.rows("test")
    model = load_model(corpus.folder / MODEL)
    predicted = predict_stored(model, store, [cases.image_ids[row] for row in test])
    shown = {(t.image_id, t.finding): t.assertion for t in truth.labels if t.image_id is not None}
    known_images = {image_id for image_id, _ in shown}
    facts = {image.image_id: image for image in truth.images}
    none_repeated = np.zeros(len(cases.image_ids), bool)
    found = []
    for name, classes in model.facts.targets.items():
        values = np.full((len(cases.image_ids), len(classes)), np.nan, np.float32)
        for row, image_id in enumerate(cases.image_ids):
            if name == "labels" and image_id in known_images:
                values[row] = [shown.get((image_id, c)) is Assertion.PRESENT for c in classes]
            elif name in {"modality", "plane", "body_part"} and image_id in facts:
                answer = getattr(facts[image_id], name)
                if answer in classes:
                    values[row] = [answer == c for c in classes]
        if not np.isnan(values).all():
            target = Target(name, classes, values)
            found += score_target(target, predicted[name], test, cases, none_repeated, seed=0)
    return found
