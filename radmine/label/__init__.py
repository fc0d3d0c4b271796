"""Labels of reports and of images, each with the votes that made it.

The way through: `stage` reads the tables (`rows`) and lets a `Panel` of `voters/` vote and label; `images` hands what was said on
to images; `with_others` is for corpora where others than the rules vote (`fit`: what they are worth); `under_decisions`, where people decided. `weigh/` makes a label of votes, `answers/` reads
what others said, `abnormal/` is about sentences.

**Reads** `reports`, `sections`, `sentences`, `mentions`, `references`, `links`, `images`, `source_labels` and the folder `lexicon`, where
there is one; what people decided, in `decisions.jsonl`.
**Writes** `votes` (a row each voter and finding; its `mentions` are the rows of `mentions` that it rests on) and `labels`
(the outcome of all votes on a finding); `models/label` and `models/label-images`, what voters are worth on reports and on
images, where others than the rules vote. `image_id` is None where a report itself is labelled, `report_id` where no report
speaks of an image. `tags`: how what an image shows looks and where it is, with the mentions that say so.

- Sections that say what was asked, known or done (`radmine.parse.unlabelled_sections`: indication, history, technique, ...)
  cast no vote, nor do mentions that are historical, hypothetical or of another person.
- A later version of a report overrules what came before (`weigh.versions`): an addendum, a correction, a final report after a
  preliminary one; what is overruled stays as evidence.
- Within the report present wins over uncertain over absent; what is present is present under its more general names too.
- An image that sentences or a caption speak of is labelled by their mentions: those that it shows
  ("rules:linked_sentence"), and as uncertain those that it may show ("rules:linked_sentence_uncertain"); an image that is
  tied to the report as a whole, and of which no sentence says anything, inherits the report's labels with less
  certainty ("rules:report"); an image of an earlier study gets none.
- A voter votes on an item, a report or an image (voters on images come from outside, by `extra_voters` or answers: pixels are
  decoded after labels). Answers of people, tools and language models are votes too, and so is what tables that came with
  the images say of them ("source:TABLE").
- What people decided (`decision:WHO`) alone makes the label, and of what follows from it (`under_decisions`); the other votes
  stay as evidence. A shard of which nobody decided anything is not made again.

**Guarantees** that every label can be followed to its votes, every vote of the rules to its mentions, and that the same
corpus and settings give the same rows. Findings that nobody votes on have no label: not mentioned is not absent.
"""

from radmine.label.abnormal import abnormal_probability, train_abnormal
from radmine.label.answers.decisions import (
    ADVICE,
    DECIDED,
    DECISIONS,
    WITHDRAWN,
    Decision,
    Key,
    add_decisions,
    holding,
    read_decisions,
)
from radmine.label.explain import Explanation, ReadMention, explain, explanation_of
from radmine.label.lines import label_files, label_lines, read_lines
from radmine.label.report import label_report
from radmine.label.stage import STAGE, LabelSettings
from radmine.label.voters.extra import not_allowed
from radmine.label.voters.of_corpus import VoterTraining, train_voters
from radmine.label.voters.voter import ImageItem, ImageVoter
from radmine.label.weigh.calibration import Bin
from radmine.records import ReadReport

__all__ = [
    "ADVICE",
    "DECIDED",
    "DECISIONS",
    "STAGE",
    "WITHDRAWN",
    "Bin",
    "Decision",
    "Explanation",
    "ImageItem",
    "ImageVoter",
    "Key",
    "LabelSettings",
    "ReadMention",
    "ReadReport",
    "VoterTraining",
    "abnormal_probability",
    "add_decisions",
    "explain",
    "explanation_of",
    "holding",
    "label_files",
    "label_lines",
    "label_report",
    "not_allowed",
    "read_decisions",
    "read_lines",
    "train_abnormal",
    "train_voters",
]
