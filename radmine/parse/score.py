"""How well reports are read, against what is known of them."""

from collections import defaultdict
from collections.abc import Hashable, Iterable

from radmine.corpus import Corpus
from radmine.records import (
    TABLES,
    Assertion,
    Experiencer,
    Mention,
    Score,
    Temporality,
    TrueMention,
    Truth,
    by_report,
)

STAGE = "parse"
Pair = tuple[TrueMention, Mention]


def score(corpus: Corpus, truth: Truth) -> list[Score]:
    """Return the scores of sections, sentences and mentions, for what the truth knows of.

    Sections and sentences count where both ends (and a section's name) are exact. A mention is found where one of the
    same finding overlaps it, each used once; assertion, temporality and experiencer are scored on the mentions found.
    """
    sections = by_report(TABLES["sections"], corpus.read("sections"))
    sentences = by_report(TABLES["sentences"], corpus.read("sentences"))
    mentions = by_report(TABLES["mentions"], corpus.read("mentions"))
    scores: list[Score] = []
    if truth.sections:
        scores += _exact(
            "sections",
            {(s.report_id, s.start, s.end, s.name) for s in truth.sections},
            {(r, s.start, s.end, s.name) for r, rows in sections.items() for s in rows},
        )
    if truth.sentences:
        scores += _exact(
            "sentences",
            {(s.report_id, s.start, s.end) for s in truth.sentences},
            {(r, s.start, s.end) for r, rows in sentences.items() for s in rows},
        )
    if truth.mentions:
        pairs = match(truth.mentions, mentions)
        found = sum(map(len, mentions.values()))
        scores += _rates("mentions", len(truth.mentions), found, len(pairs))
        scores += _classes("assertion", [(t.assertion, m.assertion) for t, m in pairs], Assertion)
        scores += _classes("temporality", [(t.temporality, m.temporality) for t, m in pairs], Temporality)
        scores += _classes("experiencer", [(t.experiencer, m.experiencer) for t, m in pairs], Experiencer)
    if truth.categories:
        categories = by_report(TABLES["categories"], corpus.read("categories"))
        scores += _exact(
            "categories of scores",
            {(c.report_id, c.start, c.end, c.system, c.category) for c in truth.categories},
            {(r, c.start, c.end, c.system, c.category) for r, rows in categories.items() for c in rows},
        )
    return scores


def match(true: Iterable[TrueMention], found: dict[str, list[Mention]]) -> list[Pair]:
    """Return the true mentions that were found, each with the first unused mention that overlaps it."""
    left: dict[tuple[str, str], list[Mention]] = defaultdict(list)
    for report_id, mentions in found.items():
        for mention in mentions:
            left[report_id, mention.finding].append(mention)
    pairs: list[Pair] = []
    for truth in true:
        candidates = left[truth.report_id, truth.finding]
        for index, mention in enumerate(candidates):
            if mention.start < truth.end and truth.start < mention.end:
                pairs.append((truth, candidates.pop(index)))
                break
    return pairs


def _exact(subject: str, true: set[tuple[Hashable, ...]], found: set[tuple[Hashable, ...]]) -> list[Score]:
    return _rates(subject, len(true), len(found), len(true & found))


def _rates(subject: str, true: int, found: int, both: int) -> list[Score]:
    """Return precision, recall and F1."""
    return [
        Score(STAGE, subject, "precision", both / found if found else None, found),
        Score(STAGE, subject, "recall", both / true if true else None, true),
        Score(STAGE, subject, "f1", 2 * both / (true + found) if true + found else None, true),
    ]


def _classes(subject: str, pairs: list[tuple[str, str]], classes: Iterable[str]) -> list[Score]:
    """Return the accuracy, and F1 for each class that is true somewhere; others that were said stand in the note."""
    right = sum(true == said for true, said in pairs)
    scores: list[Score] = []
    nowhere: list[str] = []
    for name in classes:
        true = sum(t == name for t, _ in pairs)
        said = sum(s == name for _, s in pairs)
        both = sum(t == s == name for t, s in pairs)
        if true:
            scores.append(Score(STAGE, f"{subject} {name}", "f1", 2 * both / (true + said), true))
        elif said:
            nowhere.append(f"{name} {said} times")
    note = f"said and nowhere true: {', '.join(nowhere)}" if nowhere else None
    value = right / len(pairs) if pairs else None
    return [Score(STAGE, subject, "accuracy", value, len(pairs), note=note), *scores]
