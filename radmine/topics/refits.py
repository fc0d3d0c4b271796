"""Topics that shall be fitted anew, and what moved when they were: `refit`, `refits`, `mend_refits`, `moved_words`."""

import re
from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from radmine.corpus import Corpus
from radmine.errors import CorpusError
from radmine.files import write_whole
from radmine.topics.alike import ALIKE
from radmine.topics.lda import Floats
from radmine.topics.model import TopicModel

REFITS = "topic_refits"
"""The file, in the folder of a corpus, that says how often topics were asked to be fitted anew."""

_COMPARED = 2000  # reports
_COUNT = re.compile(r"[1-9][0-9]{0,5}")


def refits(corpus: Corpus) -> int:
    """Return how often the topics of a corpus were asked to be fitted anew.

    Raises
    ------
    CorpusError
        The file that says so is not what was written.
    """
    path = corpus.folder / REFITS
    try:
        text = path.read_text("ascii")
    except FileNotFoundError:
        return 0
    except (OSError, ValueError):
        text = ""
    if not _COUNT.fullmatch(text):
        raise CorpusError(
            "The count of refits is not what was written.",
            where=str(path),
            do=f"Run `radmine check {corpus.name}`: it is mended.",
        )
    return int(text)


def mend_refits(corpus: Corpus) -> None:
    """Write the count anew that the topics there are were fitted with, so that they stay; one that asked for others since is lost."""
    count = ""
    with suppress(CorpusError):  # the manifest is damaged too
        manifest = corpus.manifest("topics")
        count = manifest.inputs.get("refits", "") if manifest else ""
    path = corpus.folder / REFITS
    if _COUNT.fullmatch(count):
        write_whole(path, count.encode())
    else:
        path.unlink()


def refit(corpus: Corpus) -> None:
    """Ask for topics that are fitted anew on all reports as they are: the next run of the stage does."""
    with corpus.writing():
        write_whole(corpus.folder / REFITS, str(refits(corpus) + 1).encode())


def moved_words(before: TopicModel, after: TopicModel, reports: Sequence[list[list[str]]]) -> str:
    """Return in a sentence what moved: how many document topics are found again, and how many reports stay in theirs.

    Topics are one where their words are alike, one to one. Reports are given as they were read, sentence by sentence, before
    phrases were joined.
    """
    pairs = alike_topics(before, after)
    some = reports[:: max(1, -(-len(reports) // _COMPARED))]
    old, new = (_strongest(model, some) for model in (before, after))
    stay = sum(pairs.get(a) == b for a, b in zip(old, new, strict=True))
    known = len(before.levels.document)
    return (
        f"Fitted anew: {len(pairs):,} of {known:,} document topics are found again among {len(after.levels.document):,}, "
        f"and {stay / max(1, len(some)):.0%} of the reports stay in theirs."
    )


def alike_topics(before: TopicModel, after: TopicModel) -> dict[int, int]:
    """Return the document topics of one model that are found again in another, with their number there."""
    from scipy.optimize import linear_sum_assignment

    shared = [word for word in before.words if word in after.index]
    old = _unit(before.topic_words[:, [before.index[word] for word in shared]])
    new = _unit(after.topic_words[:, [after.index[word] for word in shared]])
    cosines = old @ new.T
    rows, columns = linear_sum_assignment(-cosines)
    return {int(a): int(b) for a, b in zip(rows, columns, strict=True) if cosines[a, b] >= ALIKE}


def _strongest(model: TopicModel, reports: Sequence[list[list[str]]]) -> list[int]:
    words = [[word for sentence in model.joined(report) for word in sentence] for report in reports]
    found: list[int] = model.levels.document.mixtures(model.bags(words)).argmax(1).tolist()
    return found


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Floats = rows / np.maximum(lengths, np.finfo(np.float32).tiny)
    return unit
