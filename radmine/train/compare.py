"""Whether the networks of two corpora differ on the test images of both: `compare_networks`."""

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.records import Score
from radmine.train.known import Known, known_of
from radmine.train.measure import delong

_STAGE = "train"


def compare_networks(corpus: Corpus, other: Corpus, *, seed: int = 0) -> list[Score]:
    """Return for each finding that both networks learned how their AUCs differ on the test images of both, by the labels of the first.

    `auc_difference` has an interval by a bootstrap over patients; `delong_p` is the p-value of DeLong's test, which takes images
    for independent.

    Raises
    ------
    InputError
        One has no network, or no test image and finding is of both.
    """
    one = {known.target.name: known for known in known_of(corpus)}
    rival = {known.target.name: known for known in known_of(other)}
    pairs = [
        (known, rival[name]) for name, known in one.items() if name in rival and known.target.is_multilabel
    ]
    found = [row for pair in pairs for row in _compared(*pair, seed=seed)]
    if not found:
        raise InputError(
            f"No finding has enough test images that are of {other.name} too.",
            where=corpus.name,
            do="Compare networks that were trained on the same images, with the same splits.",
        )
    return found


def _compared(one: Known, other: Known, *, seed: int) -> list[Score]:
    place = {i: row for row, i in enumerate(other.image_ids) if other.parts[row] == "test"}
    found = []
    for column, finding in enumerate(one.target.classes):
        if finding not in other.target.classes:
            continue
        rows, said, truth = one.of("test", column)
        kept = [k for k, row in enumerate(rows) if one.image_ids[row] in place]
        there = [place[one.image_ids[rows[k]]] for k in kept]
        theirs = other.said[there, other.target.classes.index(finding)]
        patients = [one.patients[rows[k]] for k in kept]
        pair = delong(said[kept], theirs, truth[kept], patients, seed=seed)
        if pair is not None:
            note = f"{pair.one:.3f} and {pair.other:.3f}"
            gap = pair.difference
            found.append(
                Score(_STAGE, finding, "auc_difference", gap.value, len(kept), gap.low, gap.high, note)
            )
            found.append(Score(_STAGE, finding, "delong_p", pair.p, len(kept), note="images as independent"))
    return found
