"""Labels of reports and of images, each with the votes that made it.

**Reads** `reports`, `sections`, `sentences`, `mentions`, `references`, `links`.
**Writes** `votes` (a row each voter and finding; its `mentions` are the rows of `mentions` that it rests on) and `labels`
(the outcome of all votes on a finding); `models/label`, the label model, where others than the rules vote. `image_id` is None where the report itself is labelled.

- Sections that say what was asked, known or done (`reading.unlabelled_sections()`: indication, history, technique, ...) cast no vote,
  nor do mentions that are historical, hypothetical or of another person.
- Within the report present wins over uncertain over absent; what is present is present under its more general names too.
- An image that sentences or a caption speak of is labelled by their mentions: those that it shows
  ("rules:linked_sentence"), and as uncertain those that it may show ("rules:linked_sentence_uncertain"); an image that is
  tied to the report as a whole, and of which no sentence says anything, inherits the report's labels with less
  certainty ("rules:report"); an image of an earlier study gets none.

**Guarantees** that every label can be followed to its votes, every vote of the rules to its mentions, and that the same
corpus and settings give the same rows. Findings that nobody votes on have no label: not mentioned is not absent.
"""

from collections.abc import Iterable
from os import PathLike

from radmine.label.abnormal.cues import abnormal_probability
from radmine.label.explain import Explanation, ReadMention, explain, explanation_of
from radmine.label.lines import label_lines
from radmine.label.report import label_report
from radmine.label.stage import STAGE, LabelSettings
from radmine.records import ReadReport


def train_abnormal(sentences: Iterable[tuple[str, bool]], folder: str | PathLike[str]) -> None:
    """Train a classifier of abnormal sentences on (sentence, abnormal) pairs and write it into a folder.

    `abnormal_probability(sentence, model=folder)` uses it.

    Raises
    ------
    InputError
        All sentences are labelled alike.
    """
    from radmine.label.abnormal.model import train_abnormal as train

    train(sentences, folder)


__all__ = [
    "STAGE",
    "Explanation",
    "LabelSettings",
    "ReadMention",
    "ReadReport",
    "abnormal_probability",
    "explain",
    "explanation_of",
    "label_lines",
    "label_report",
    "train_abnormal",
]
