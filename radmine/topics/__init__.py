"""What a corpus speaks of: topics, each report's mixture of them, and vectors of its words.

**Reads** `reports`, `sections`, `sentences`, `mentions`, `splits`.
**Writes** `topics`, `topic_mixtures` (one row a report) and the model itself to `models/topics/`, which `load_topics`
opens: `.mixture(text)`, `.similar(word)`.
**Guarantees** that the model is fitted without the reports of the test part, and without names of people and places as far as they are told; that a mixture sums to 1, and is the model's
prior for a report without any word it knows; that a finding a report denies is another word than the finding itself; and
that the same corpus and settings give the same rows (with one worker).
"""

from radmine.topics.model import TopicModel, load_topics
from radmine.topics.stage import STAGE, TopicsSettings
from radmine.topics.words import report_words

__all__ = ["STAGE", "TopicModel", "TopicsSettings", "load_topics", "report_words"]
