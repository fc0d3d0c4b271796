"""Topics and word vectors, fitted with gensim and kept without it: `TopicModel`, `fit_topics`, `load_topics`.

Latent Dirichlet allocation: Blei, Ng, Jordan, JMLR 3 (2003), fitted online after Hoffman, Blei, Bach, NIPS 2010. Word
vectors: skip-gram with negative sampling, Mikolov et al., NIPS 2013. Coherence `u_mass`: Mimno et al., EMNLP 2011;
`c_v`: Röder, Both, Hinneburg, WSDM 2015.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radmine.errors import InputError
from radmine.models import SavedModel, load_model, save_model, strings_array, strings_of
from radmine.parse import parse_report
from radmine.records import Topic
from radmine.topics.words import normal_form, report_words

Vector = NDArray[np.float32]

KIND = "topic model"
ROUNDS = 50  # of inference for one report; it stops earlier when the mixture moves less than TOLERANCE
TOLERANCE = 1e-3
WORDS_SHOWN = 10
FEW = 20  # reports; of fewer, a word in most says as much as any


@dataclass(frozen=True)
class TopicModel:
    """Fitted topics and word vectors.

    `words` are the dictionary of the topics, `topic_words` their weights `(topics, words)`, each row a distribution;
    `alpha` the prior weight of each topic; `vectors` the unit rows of `vector_words`.
    """

    words: tuple[str, ...]
    topic_words: Vector
    expected: Vector  # exp(E[log beta]), (topics, words): what inference multiplies with
    alpha: Vector
    coherence: tuple[float | None, ...]
    vector_words: tuple[str, ...]
    vectors: Vector
    reading: dict[str, Any]  # skip_sections and join_negated: how the reports were read
    fingerprint: str = ""  # of the saved model

    @cached_property
    def _index(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.words)}

    @cached_property
    def _vector_index(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.vector_words)}

    def topics(self) -> list[Topic]:
        """Return the topics, named by their three strongest words."""
        result = []
        for number, weights in enumerate(self.topic_words):
            best = sorted(range(len(weights)), key=lambda i: (-weights[i], self.words[i]))[:WORDS_SHOWN]
            words = tuple(self.words[i] for i in best)
            shown = tuple(round(float(weights[i]), 6) for i in best)
            result.append(Topic(number, " ".join(words[:3]), words, shown, self.coherence[number]))
        return result

    def mixture(self, text: str) -> tuple[float, ...]:
        """Return how much of each topic a report's text holds; the weights sum to 1.

        A text without any word of the dictionary gets the prior: what the model expects before it reads.
        """
        return self.mixture_of([word for words in self.read(text) for word in words])

    def read(self, text: str) -> list[list[str]]:
        """Return the words of a report's text, sentence by sentence, as the model was fitted on them."""
        return report_words(parse_report(text), **self.reading)

    def mixture_of(self, words: Sequence[str]) -> tuple[float, ...]:
        """Return how much of each topic a list of words holds."""
        counts = Counter(self._index[word] for word in words if word in self._index)
        gamma = self.alpha.astype(np.float64)
        if counts:
            ids = list(counts)
            gamma = _infer(self.expected[:, ids], np.fromiter(counts.values(), np.float64), gamma)
        return tuple((gamma / gamma.sum()).tolist())

    def similar(self, word: str, *, k: int = 10) -> list[tuple[str, float]]:
        """Return the `k` words used most like this one, with the cosine of their vectors, nearest first.

        Raises
        ------
        InputError
            The word has no vector: it is rare, or a word that is left out.
        """
        at = self._vector_index.get(word, self._vector_index.get(normal_form(word.lower())))
        if at is None:
            raise InputError(
                "This word has no vector.", where="word", do="Try a commoner word, or lower `min_reports`."
            )
        cosines = self.vectors @ self.vectors[at]
        best = [i for i in np.argsort(-cosines, kind="stable").tolist() if i != at][:k]
        return [(self.vector_words[i], float(cosines[i])) for i in best]

    def save(self, folder: Path, *, made_from: str) -> str:
        """Return the fingerprint of the model, written into a folder; `made_from` says what it was fitted on and how."""
        arrays: dict[str, NDArray[Any]] = {
            "words": strings_array(self.words),
            "topic_words": self.topic_words,
            "expected": self.expected,
            "alpha": self.alpha,
            "vector_words": strings_array(self.vector_words),
            "vectors": self.vectors,
        }
        facts = {"coherence": self.coherence, "reading": self.reading, "made_from": made_from}
        return save_model(folder, kind=KIND, facts=facts, arrays=arrays)


def load_topics(folder: Path | str) -> TopicModel:
    """Return the topics and word vectors that were saved in a folder, such as `corpora/NAME/models/topics`.

    Raises
    ------
    CorpusError
        The folder holds none, or not a whole one.
    """
    return load_model(folder, kind=KIND, make="radmine topics NAME", build=_topic_model)


def _topic_model(saved: SavedModel) -> TopicModel:
    arrays = saved.arrays()
    words, vector_words = (strings_of(arrays.pop(name)) for name in ("words", "vector_words"))
    coherence = tuple(saved.facts["coherence"])
    return TopicModel(
        words=words,
        vector_words=vector_words,
        coherence=coherence,
        reading=saved.facts["reading"],
        fingerprint=saved.fingerprint,
        **arrays,
    )


def _infer(beta: Vector, counts: NDArray[np.float64], alpha: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the variational Dirichlet parameters of one document (Hoffman et al. 2010, algorithm 1, the E step)."""
    from gensim.matutils import dirichlet_expectation

    gamma: NDArray[np.float64] = alpha + counts.sum() / len(alpha)
    for _ in range(ROUNDS):
        theta: NDArray[np.float64] = np.exp(dirichlet_expectation(gamma))
        norm = theta @ beta + 1e-100
        new: NDArray[np.float64] = alpha + theta * (beta @ (counts / norm))
        moved = float(np.abs(new - gamma).mean())
        gamma = new
        if moved < TOLERANCE:
            break
    return gamma


@dataclass(frozen=True, slots=True)
class Fitting:
    """How topics and word vectors are fitted."""

    topics: int
    passes: int
    min_reports: int
    max_share: float
    vector_size: int
    epochs: int
    coherence: str
    seed: int
    fit_workers: int


def fit_topics(
    reports: Sequence[list[list[str]]], fitting: Fitting, *, reading: dict[str, Any]
) -> TopicModel:
    """Return topics and word vectors fitted on reports, each a list of sentences of words.

    With one worker the same reports give the same model; with more they do not, since gensim's threads race.

    Raises
    ------
    InputError
        No word occurs in enough reports.
    """
    from gensim.corpora import Dictionary
    from gensim.models import LdaModel, LdaMulticore

    documents = [[word for sentence in report for word in sentence] for report in reports]
    dictionary = Dictionary(documents)
    least = max(
        1, min(fitting.min_reports, math.ceil(len(documents) / 10))
    )  # 40 reports: a word in 4 of them
    share = fitting.max_share if len(documents) >= FEW else 1.0
    dictionary.filter_extremes(no_below=least, no_above=share, keep_n=100_000)
    dictionary.compactify()
    if not len(dictionary):
        raise InputError(
            "No word occurs in enough reports to fit topics.",
            where="topics",
            do="Lower `min_reports` or raise `max_share` in the settings.",
        )
    bags = [dictionary.doc2bow(document) for document in documents]
    options: dict[str, Any] = {
        "corpus": bags,
        "id2word": dictionary,
        "num_topics": fitting.topics,
        "passes": fitting.passes,
        "random_state": fitting.seed,
        "dtype": np.float64,
        "eval_every": None,
    }
    if fitting.fit_workers > 1:
        lda = LdaMulticore(alpha="symmetric", workers=fitting.fit_workers, **options)
    else:
        lda = LdaModel(alpha="auto", **options)
    coherence = _coherence(lda, documents, bags, dictionary, fitting)
    names, vectors = _fit_vectors(reports, least, fitting)
    return TopicModel(
        words=tuple(dictionary[i] for i in range(len(dictionary))),
        topic_words=lda.get_topics().astype(np.float32),
        expected=np.asarray(lda.expElogbeta, np.float32),
        alpha=np.asarray(lda.alpha, np.float32),
        coherence=coherence,
        vector_words=names,
        vectors=vectors,
        reading=reading,
    )


def _coherence(
    lda: Any, documents: list[list[str]], bags: list[Any], dictionary: Any, fitting: Fitting
) -> tuple[float | None, ...]:
    from gensim.models import CoherenceModel

    measure = CoherenceModel(
        model=lda,
        texts=documents,
        corpus=bags,
        dictionary=dictionary,
        coherence=fitting.coherence,
        topn=min(WORDS_SHOWN, len(dictionary)),
        processes=1,
    )
    values = measure.get_coherence_per_topic()
    return tuple(round(float(v), 6) if math.isfinite(v) else None for v in values)


def _fit_vectors(
    reports: Sequence[list[list[str]]], least: int, fitting: Fitting
) -> tuple[tuple[str, ...], Vector]:
    from gensim.models import Word2Vec

    sentences = [sentence for report in reports for sentence in report]
    model = Word2Vec(
        sentences=sentences,
        vector_size=fitting.vector_size,
        window=5,
        min_count=least,
        sg=1,
        negative=5,
        epochs=fitting.epochs,
        seed=fitting.seed,
        workers=fitting.fit_workers,
    )
    vectors = model.wv.get_normed_vectors().astype(np.float32)
    return tuple(model.wv.index_to_key), vectors
