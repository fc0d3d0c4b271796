"""Topics, phrases and word vectors of reports: `fit_topics`."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from radmine.errors import InputError
from radmine.topics.coherence import npmi
from radmine.topics.lda import Bags, bags_by, perplexity
from radmine.topics.levels import (
    NUMBERS,
    PARTS,
    Assigned,
    Level,
    Levels,
    Wanted,
    best,
    curve,
    fit_levels,
    parts_curve,
    second_perplexity,
    sentence_curve,
)
from radmine.topics.model import TopicModel
from radmine.topics.odds import count_findings, topic_findings
from radmine.topics.phrases import Phrases, fit_phrases
from radmine.topics.sentences import windows
from radmine.topics.vectors import fit_vectors

FEW = 20  # reports; of fewer, a word in most says as much as any
AUTO = "auto"
_COHERENCE_TEXTS = 5_000  # that coherence is measured on
_LARGEST = 100_000  # words of a dictionary
_SENTENCES = 50_000  # that topics are fitted on

Sentences = list[list[str]]
Findings = frozenset[str]
Tell = Callable[[str], None]
Item = TypeVar("Item")


@dataclass(slots=True)
class Texts:
    """What is fitted on or measured with: reports, each a list of sentences of words, what they say of findings, and the sentences that have topics."""

    reports: list[Sentences] = field(default_factory=list)
    findings: list[Findings] = field(default_factory=list)  # of each report what it says of findings
    told: list[dict[int, Findings]] = field(
        default_factory=list
    )  # of each the sentences that have topics, and their findings

    def joined(self, phrases: Phrases) -> "Texts":
        """Return the same with phrases joined."""
        return replace(self, reports=[phrases.join(sentences) for sentences in self.reports])

    def documents(self) -> list[list[str]]:
        """Return the words of each report."""
        return [[word for sentence in sentences for word in sentence] for sentences in self.reports]

    def windows(self) -> list[list[str]]:
        """Return the words of each sentence that has topics, with its neighbours'; of very many, some that are spread evenly."""
        return _spread(
            [
                window
                for sentences, told in zip(self.reports, self.told, strict=True)
                for window in windows(sentences, told)
            ],
            _SENTENCES,
        )

    def findings_of_windows(self) -> list[Findings]:
        """Return what the same sentences say of findings."""
        return _spread([findings for told in self.told for findings in told.values()], _SENTENCES)


@dataclass(frozen=True, slots=True)
class Fitting:
    """How topics and word vectors are fitted."""

    topics: int | str
    parts: int | str
    sentence_topics: int | str
    least_documents: int
    sweeps: int
    min_reports: int
    max_share: float
    phrases: bool
    vector_size: int
    vector_words: int
    seed: int


def fit_topics(
    texts: Texts,
    held_out: Texts,
    fitting: Fitting,
    *,
    reading: dict[str, Any],
    facts: dict[str, Any],
    device: str | None = None,
    tell: Tell = lambda _: None,
) -> TopicModel:
    """Return topics and word vectors fitted on reports; the same reports give the same model.

    Parameters
    ----------
    texts
        What is fitted on.
    held_out
        What the perplexity is measured on; may be none.
    reading
        How the reports were read into words.
    facts
        What else is told of the fit.
    device
        Of torch, such as "cuda"; None: numpy.
    tell
        Is told what is fitted next.

    Raises
    ------
    InputError
        No word occurs in enough reports.
    """
    from gensim.corpora import Dictionary

    least = max(
        1, min(fitting.min_reports, math.ceil(len(texts.reports) / 10))
    )  # 40 reports: a word in 4 of them
    tell("finding phrases")
    phrases = fit_phrases(texts.reports, least=least)
    joined = texts.joined(phrases)
    if fitting.phrases:
        texts, held_out = joined, held_out.joined(phrases)
    documents = texts.documents()
    dictionary = Dictionary(documents)
    share = fitting.max_share if len(documents) >= FEW else 1.0
    dictionary.filter_extremes(no_below=least, no_above=share, keep_n=_LARGEST)
    dictionary.compactify()
    if not len(dictionary):
        raise InputError(
            "No word stands in enough reports (`min_reports`) and in not too many (`max_share`).",
            where="topics",
            do="Change these settings, or add reports.",
        )
    words = tuple(dictionary[i] for i in range(len(dictionary)))
    index = dictionary.token2id
    bags, sentences = bags_by(index, documents), bags_by(index, texts.windows())
    wanted, curves = _wanted(bags, sentences, len(words), fitting, device, tell)
    levels, assigned = fit_levels(bags, sentences, len(words), wanted, tell)
    tell("fitting word vectors")
    vectors = fit_vectors(
        joined.reports,
        least=least,
        size=fitting.vector_size,
        vector_words=fitting.vector_words,
        seed=fitting.seed,
    )
    told = {
        **facts,
        "phrases_in_topics": fitting.phrases,
        "reports": len(documents),
        "sentences": sentences.documents,
        "perplexity": _perplexities(levels, held_out, index, fitting.seed),
        "curve": curves,
        "findings": _findings(levels, assigned, texts),
    }
    frequencies = np.bincount(bags.words, weights=bags.counts, minlength=len(words)).astype(np.float32)
    coherence = _coherences(
        levels, [[index.get(word, -1) for word in words_] for words_ in _spread(documents, _COHERENCE_TEXTS)]
    )
    return TopicModel(words, frequencies, levels, coherence, phrases, vectors, reading, told)


def _findings(levels: Levels, assigned: Assigned, texts: Texts) -> dict[str, Any]:
    """Return for each level what findings each of its topics over-represents, and by how much."""
    found = {
        "document": _findings_of(assigned.document, texts.findings, len(levels.document)),
        "second": _findings_of(assigned.second, texts.findings, len(levels.second)),
    }
    if levels.sentence is not None:
        said = texts.findings_of_windows()
        found["sentence"] = _findings_of(assigned.sentence, said, len(levels.sentence))
    return found


def _findings_of(topics: NDArray[np.int64], said: Sequence[Findings], many: int) -> Any:
    pairs = (pair for pair in zip(topics.tolist(), said, strict=True) if pair[0] >= 0)
    return topic_findings(*count_findings(pairs, many))


def _wanted(
    bags: Bags, sentences: Bags, words: int, fitting: Fitting, device: str | None, tell: Tell
) -> tuple[Wanted, dict[str, Any]]:
    """Return how many topics are wanted, and the curves by which they were chosen where nobody said."""
    curves = dict[str, Any]()
    asked = {name: 0 if (n := getattr(fitting, name)) == AUTO else int(n) for name in _CHOSEN}
    wanted = Wanted(
        **asked,
        least_documents=fitting.least_documents,
        sweeps=fitting.sweeps,
        seed=fitting.seed,
        device=device,
    )
    if fitting.topics == AUTO:
        tell("choosing how many document topics")
        curves["document"] = curve(bags, words, NUMBERS, wanted)
        wanted = replace(wanted, topics=best(curves["document"]))
    if fitting.parts == AUTO:
        tell("choosing how many parts of topics")
        curves["second"] = parts_curve(bags, words, wanted.topics, PARTS, wanted)
        wanted = replace(wanted, parts=best(curves["second"]))
    if fitting.sentence_topics == AUTO and np.diff(sentences.ends).any():
        tell("choosing how many sentence topics")
        curves["sentence"] = sentence_curve(sentences, words, wanted)
        wanted = replace(wanted, sentence_topics=best(curves["sentence"]))
    return wanted, curves


_CHOSEN = ("topics", "parts", "sentence_topics")


def _perplexities(levels: Levels, held_out: Texts, index: Mapping[str, int], seed: int) -> dict[str, float]:
    """Return the perplexity of reports that were not fitted on, and of their sentences, by level; those that there are."""
    bags, sentences = bags_by(index, held_out.documents()), bags_by(index, held_out.windows())
    document = levels.document
    found = {
        "document": perplexity(bags, document.weight, alpha=document.alpha, seed=seed),
        "second": second_perplexity(bags, document, levels.second, seed=seed),
    }
    if levels.sentence is not None:
        level = levels.sentence
        found["sentence"] = perplexity(sentences, level.weight, alpha=level.alpha, seed=seed)
    return {name: round(value, 3) for name, value in found.items() if math.isfinite(value)}


def _coherences(levels: Levels, texts: list[list[int]]) -> dict[str, list[float | None]]:
    named: dict[str, Level | None] = {
        "document": levels.document,
        "second": levels.second,
        "sentence": levels.sentence,
    }
    return {
        name: npmi([level.strongest(topic) for topic in range(len(level))], texts)
        for name, level in named.items()
        if level is not None
    }


def _spread(items: list[Item], most: int) -> list[Item]:
    """Return so many items at most, spread evenly over all."""
    return items[:: max(1, -(-len(items) // most))]
