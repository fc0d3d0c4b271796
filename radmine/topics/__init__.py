"""What a corpus speaks of: topics, each report's mixture of them, and vectors of its words.

**Reads** `reports`, `sections`, `sentences`, `mentions`, `splits`.
**Writes** `topics`, `topic_mixtures` (one row a report) and the model itself to `models/topics/`, which `load_topics`
opens: `.mixture(text)`, `.similar(word)`.
**Guarantees** that the model is fitted without the reports of the test part, and without names of people and places as far as they are told; that a mixture sums to 1, and is the model's
prior for a report without any word it knows; that a finding a report denies is another word than the finding itself; and
that the same corpus and settings give the same rows (with one worker).
"""

from pathlib import Path
from typing import TYPE_CHECKING

from radmine.topics.stage import STAGE, TopicsSettings
from radmine.topics.words import report_words

if TYPE_CHECKING:
    from radmine.topics.model import TopicModel as TopicModel


def load_topics(folder: Path | str) -> "TopicModel":
    """Return the topics and word vectors that were saved in a folder, such as `corpora/NAME/models/topics`.

    Raises
    ------
    CorpusError
        The folder holds none, or not a whole one.
    """
    from radmine.topics.model import load_topics as load

    return load(folder)


__all__ = ["STAGE", "TopicsSettings", "load_topics", "report_words"]
