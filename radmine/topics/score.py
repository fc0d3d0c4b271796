"""How well topics hold together."""

from radmine.corpus import Corpus
from radmine.records import Score, Topic, Truth


def score(corpus: Corpus, truth: Truth) -> list[Score]:
    """Return the mean coherence of the topics; it needs no truth."""
    values = [t.coherence for t in _topics(corpus) if t.coherence is not None]
    if not values:
        return []
    return [Score("topics", "topics", "mean coherence", sum(values) / len(values), len(values))]


def _topics(corpus: Corpus) -> list[Topic]:
    return list(corpus.records("topics"))
