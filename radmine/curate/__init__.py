"""People and labels: what they decide, what is known to be true against what we say, and samples and suspected labels for people to check; language models that are asked.

**Reads** `reports`, `images`, `sections`, `sentences`, `mentions`, `topics`, `votes`, `labels`, `decisions.jsonl` and `topic_marks.jsonl` of a
corpus; files that people give: corrections (CSV, Label Studio's export), marks of topics, and tables of truth.
**Writes** `decisions.jsonl`, which the next run of `label` brings to `votes` and `labels`; `topic_marks.jsonl`, which the next run of
`topics` brings to `topics`; sheets and lists for spreadsheets, where they
are asked for; `answers/` (what language models replied, and the answers of it that `label` reads); no table of the corpus.
**Guarantees** that a decision is on the disk when it is said to be made; that none is ever changed or removed, another undoes it; that
the same file taken twice adds nothing; that a row of which it is not clear what it decides is refused and told. That a label which
a person decided counts for nobody's credit: what is measured is what the other voters said; that a sample is the same for the same
seed, and a larger one holds the smaller; that no answer in a sheet is ever written over. That no text leaves the machine unless that is
asked for by name; that a model is asked nothing twice; that an answer counts only where the words that it quotes stand in the report.
"""

from radmine.curate.agreement import Agreement, Judged, Measure, by_finding
from radmine.curate.asked import Asked, ask
from radmine.curate.asking import Plan, plan_asking
from radmine.curate.compare import Comparison, compare
from radmine.curate.corrections import Corrected, correct, correct_from, decisions
from radmine.curate.disagreements import Disagreement, disagreements, write_disagreements
from radmine.curate.estimate import Estimate, estimate
from radmine.curate.kept_back import KeptBack, kept_back
from radmine.curate.rows import Refused
from radmine.curate.sheet import SampleCheck, sample_check
from radmine.curate.spreadsheet import write_csv
from radmine.curate.suspects import SuspectLabel, SuspectLabels, suspects, write_suspects
from radmine.curate.topic_marks import Marked, mark_topics

__all__ = [
    "Agreement",
    "Asked",
    "Comparison",
    "Corrected",
    "Disagreement",
    "Estimate",
    "Judged",
    "KeptBack",
    "Marked",
    "Measure",
    "Plan",
    "Refused",
    "SampleCheck",
    "SuspectLabel",
    "SuspectLabels",
    "ask",
    "by_finding",
    "compare",
    "correct",
    "correct_from",
    "decisions",
    "disagreements",
    "estimate",
    "kept_back",
    "mark_topics",
    "plan_asking",
    "sample_check",
    "suspects",
    "write_csv",
    "write_disagreements",
    "write_suspects",
]
