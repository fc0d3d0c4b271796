"""The topics and words of a corpus as they are saved: `TopicModel`, `load_topics`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radmine.models import SavedModel, load_model, save_model, strings_array, strings_of
from radmine.parse import parse_report
from radmine.records import LEVELS, ReadReport, Topic
from radmine.topics.lda import ETA, Bags, Floats, bags_by
from radmine.topics.levels import Level, Levels
from radmine.topics.marks import NAMED_BY
from radmine.topics.phrases import Phrases
from radmine.topics.vectors import WordVectors
from radmine.topics.words import report_words

KIND = "topic model of three levels"
MODEL = "models/topics"
"""The folder of the model, in that of a corpus."""


@dataclass(frozen=True)
class TopicModel:
    """Fitted topics of three levels, phrases and word vectors.

    `words` are the dictionary of the topics, `frequencies` how often each stood in what they were fitted on.
    """

    words: tuple[str, ...]
    frequencies: Floats
    levels: Levels
    coherence: Mapping[str, Sequence[float | None]]  # level -> of each topic
    phrases: Phrases
    vectors: WordVectors
    reading: dict[str, Any]  # skip_sections and join_negated: how the reports were read
    facts: dict[str, Any]  # what is told of the fit: numbers, perplexity, curve, what a sentence is
    fingerprint: str = ""  # of the saved model

    @cached_property
    def index(self) -> dict[str, int]:
        """The number of each word of the dictionary."""
        return {word: i for i, word in enumerate(self.words)}

    @property
    def topic_words(self) -> Floats:
        """The weight of each word in each document topic, (topics, words); each row sums to 1."""
        return self.levels.document.weight

    def level(self, name: str) -> Level | None:
        """Return a level by its name: document, second or sentence; None where no sentence is about an image."""
        if name not in LEVELS:
            raise ValueError(f"there is no level {name!r}: {', '.join(LEVELS)}")
        level: Level | None = getattr(self.levels, name)
        return level

    def topics(self) -> list[Topic]:
        """Return the topics of all levels, named by their three strongest words; how many documents each has is not in it."""
        result = []
        for name in LEVELS:
            level = self.level(name)
            for number in range(len(level) if level else 0):
                assert level is not None
                weights, best = level.weight_of([number])[0], level.strongest(number)
                words = tuple(self.words[i] for i in best)
                shown = tuple(round(float(weights[i]), 6) for i in best)
                parent = int(level.parents[number]) if level.parents[number] >= 0 else None
                said, odds = map(tuple, self.facts["findings"][name][number])
                title, held = " ".join(words[:NAMED_BY]), self.coherence[name][number]
                result.append(Topic(name, number, parent, title, words, shown, said, odds, 0, held))
        return result

    def read(self, text: str) -> list[list[str]]:
        """Return the words of a report's text, sentence by sentence, as the model was fitted on them."""
        return self.words_of(parse_report(text))

    def words_of(self, read: ReadReport) -> list[list[str]]:
        """Return the words of a report that is read, sentence by sentence; those of a sentence that says nothing are none."""
        return self.joined(report_words(read, **self.reading))

    def joined(self, sentences: list[list[str]]) -> list[list[str]]:
        """Return sentences of words with phrases as one word, where the topics have them so."""
        return self.phrases.join(sentences) if self.facts["phrases_in_topics"] else sentences

    def bags(self, documents: Iterable[Iterable[str]]) -> Bags:
        """Return lists of words as bags of those that are in the dictionary."""
        return bags_by(self.index, documents)

    def mixture(self, text: str) -> tuple[float, ...]:
        """Return how much of each document topic a report's text holds; the weights sum to 1.

        A text without any word of the dictionary holds as much of each.
        """
        return self.mixture_of([word for words in self.read(text) for word in words])

    def mixture_of(self, words: Sequence[str]) -> tuple[float, ...]:
        """Return how much of each document topic a list of words holds."""
        return tuple(self.levels.document.mixtures(self.bags([words]))[0].tolist())

    def to_gensim(self, level: str = "document") -> Any:
        """Return a level as a gensim `LdaModel` with its dictionary in `id2word`: for gensim's own tools, and pyLDAvis.

        It infers as gensim does, by variational Bayes, so that its mixtures are near those of this model, not the same.

        Raises
        ------
        ValueError
            The level has no topics.
        """
        from gensim.corpora import Dictionary
        from gensim.models import LdaModel

        chosen = self.level(level)
        if chosen is None:
            raise ValueError(f"there are no {level} topics")
        dictionary = Dictionary()
        dictionary.token2id = dict(self.index)
        dictionary.id2token = dict(enumerate(self.words))
        dictionary.dfs = {i: int(n) for i, n in enumerate(self.frequencies.tolist())}
        dictionary.num_pos = int(self.frequencies.sum())
        dictionary.num_docs = int(self.facts["reports"])
        alpha = np.full(len(chosen), chosen.alpha, np.float64)
        made = LdaModel(
            id2word=dictionary, num_topics=len(chosen), alpha=alpha, eta=ETA, dtype=np.float64, random_state=0
        )
        made.state.sstats[:] = chosen.counts_of(range(len(chosen)))
        made.state.numdocs = dictionary.num_docs
        made.sync_state()
        return made

    def save(self, folder: Path, *, made_from: str, fitted_on: Sequence[str]) -> str:
        """Return the fingerprint of the model, written into a folder.

        Parameters
        ----------
        made_from
            The fingerprint of how it was fitted.
        fitted_on
            Those of the shards that it was fitted on.
        """
        arrays: dict[str, NDArray[Any]] = {
            "words": strings_array(self.words),
            "frequencies": self.frequencies,
            **self.levels.document.arrays("document"),
            **self.levels.second.arrays("second"),
            **(self.levels.sentence.arrays("sentence") if self.levels.sentence else {}),
            **self.vectors.arrays(),
        }
        facts = {
            **self.facts,
            "rare": self.levels.rare,
            "coherence": self.coherence,
            "phrases": self.phrases.to_lists(),
            "reading": self.reading,
            "made_from": made_from,
            "fitted_on": fitted_on,
        }
        return save_model(folder, kind=KIND, facts=facts, arrays=arrays)


def load_topics(folder: Path | str) -> TopicModel:
    """Return the topics and words that were saved in a folder, such as `corpora/NAME/models/topics`.

    Raises
    ------
    CorpusError
        The folder holds none, or not a whole one.
    """
    return load_model(folder, kind=KIND, make="radmine topics NAME", build=_topic_model)


def _topic_model(saved: SavedModel) -> TopicModel:
    arrays, facts = saved.arrays(), saved.facts
    words = strings_of(arrays["words"])

    def level(name: str) -> Level:
        named = {key: arrays[f"{name}_{key}"] for key in ("ends", "words", "counts", "parents")}
        return Level(**named, size=len(words))

    sentence = level("sentence") if "sentence_ends" in arrays else None
    return TopicModel(
        words=words,
        frequencies=arrays["frequencies"],
        levels=Levels(level("document"), level("second"), sentence, facts["rare"]),
        coherence=facts["coherence"],
        phrases=Phrases.from_lists(facts["phrases"]),
        vectors=WordVectors.from_arrays(arrays),
        reading=facts["reading"],
        facts=facts,
        fingerprint=saved.fingerprint,
    )
