"""What a corpus speaks of: topics of reports, of their parts and of sentences, and vectors of words.

**Reads** `reports`, `sections`, `sentences`, `mentions`, `references`, `links`, `splits`, and `topic_marks.jsonl`: what people say of topics.
**Writes** `topics` of three levels, `topic_mixtures` (one row a report), `sentence_topics`, `image_topics`, and the model itself to
`models/topics/`, which `load_topics` opens: `.mixture(text)`, `.vectors.near(word)`, `.to_gensim()`.
**Guarantees** that the model is fitted without the reports of the test part, and without names of people and places as far as they are
told; that a mixture sums to 1; that a finding a report denies is another word than the finding itself; that the same corpus
and settings give the same rows; and that reports that come later leave the model and the rows of the others as they are, until `--refit`.
"""

from radmine.topics.alike import ALIKE, TopicWords
from radmine.topics.drift import Drift, Period, topic_drift
from radmine.topics.marks import (
    MARKS,
    MARKS_ADVICE,
    TOPIC_MARKS,
    TopicMark,
    add_marks,
    apply_marks,
    marks_digest,
    named_by_words,
    read_marks,
)
from radmine.topics.model import MODEL, TopicModel, load_topics
from radmine.topics.phrases import Phrases, fit_phrases
from radmine.topics.refits import REFITS, mend_refits, refit, refits
from radmine.topics.settings import TopicsSettings
from radmine.topics.stage import STAGE
from radmine.topics.vectors import SynonymRanks, WordVectors, fit_vectors, synonym_ranks
from radmine.topics.words import DENIED, report_words, words_of

__all__ = [
    "ALIKE",
    "DENIED",
    "MODEL",
    "STAGE",
    "Phrases",
    "SynonymRanks",
    "TopicModel",
    "TopicsSettings",
    "WordVectors",
    "fit_phrases",
    "fit_vectors",
    "load_topics",
    "REFITS",
    "mend_refits",
    "refit",
    "refits",
    "report_words",
    "synonym_ranks",
    "words_of",
    "MARKS",
    "MARKS_ADVICE",
    "Drift",
    "Period",
    "TOPIC_MARKS",
    "TopicMark",
    "TopicWords",
    "add_marks",
    "apply_marks",
    "marks_digest",
    "named_by_words",
    "read_marks",
    "topic_drift",
]
