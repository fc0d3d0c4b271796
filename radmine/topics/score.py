"""How well topics hold together, foretell reports, and share them out."""

from collections.abc import Iterable, Sequence

from radmine.corpus import Corpus
from radmine.errors import CorpusError
from radmine.models import model_facts
from radmine.records import LEVELS, Score, Topic, Truth
from radmine.topics.model import MODEL, load_topics
from radmine.topics.vectors import synonym_ranks

RARE = 10  # reports or sentences; a topic that is the strongest of fewer is rare


def score(corpus: Corpus, truth: Truth) -> list[Score]:
    """Return of each level how many topics there are, their mean coherence, the share of documents of rare topics, and the
    perplexity of documents that the fit had not seen; and how near synonyms are among the word vectors. It needs no truth.
    """
    topics: list[Topic] = list(corpus.records("topics"))
    facts = model_facts(corpus.folder / MODEL) or {}
    held_out: dict[str, float] = facts.get("perplexity") or {}
    rows = [
        row
        for level in LEVELS
        if (own := [topic for topic in topics if topic.level == level])
        for row in _scores(level, own, held_out.get(level))
    ]
    return [*rows, *_synonyms(corpus)] if rows else []


def _synonyms(corpus: Corpus) -> list[Score]:
    try:
        vectors = load_topics(corpus.folder / MODEL).vectors
    except CorpusError:  # of another version
        return []
    found = synonym_ranks(vectors, corpus.lexicon)
    pairs = len(found.ranks)
    return [
        Score("topics", "word vectors", "median rank of a synonym", found.median, pairs),
        Score("topics", "word vectors", "synonyms among the first ten", found.first_ten, pairs),
    ]


def _scores(level: str, topics: Sequence[Topic], perplexity: float | None) -> list[Score]:
    known = [topic.coherence for topic in topics if topic.coherence is not None]
    documents = sum(topic.documents for topic in topics)
    rare = sum(topic.documents for topic in topics if topic.documents < RARE)
    rows = [
        _row(f"{level} topics", len(topics), len(topics)),
        _row(f"mean coherence, {level} topics", sum(known) / len(known) if known else None, len(known)),
        _row(
            f"documents of rare {level} topics",
            rare / documents if documents else None,
            documents,
            f"rare: fewer than {RARE}",
        ),
    ]
    if perplexity is not None:
        rows.append(_row(f"held-out perplexity, {level} topics", perplexity, len(topics)))
    return rows


def _row(metric: str, value: float | None, n: int, note: str | None = None) -> Score:
    return Score("topics", "topics", metric, value, n, note=note)


def level_counts(topics: Iterable[Topic]) -> str:
    """Return "80 / 800 / 1,000 topics": how many there are of each level."""
    levels = [topic.level for topic in topics]
    return " / ".join(f"{levels.count(level):,}" for level in LEVELS) + " topics"
