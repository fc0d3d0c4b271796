"""People and labels: what is known to be true against what we say, and samples for people to check.

**Reads** `reports`, `images`, `sections`, `sentences`, `mentions`, `votes`, `labels`, and tables of truth that people give.
**Writes** sheets and lists for spreadsheets, where they are asked for; no table of the corpus.
**Guarantees** that a label which a person decided counts for nobody's credit: what is measured is what the other voters said; that
a sample is the same for the same seed, and a larger one holds the smaller; that no answer in a sheet is ever written over.
"""

from radmine.curate.agreement import Agreement, Judged, Measure, by_finding
from radmine.curate.compare import Comparison, compare
from radmine.curate.disagreements import Disagreement, disagreements, write_disagreements
from radmine.curate.estimate import Estimate, estimate
from radmine.curate.kept_back import KeptBack, kept_back
from radmine.curate.sheet import SampleCheck, sample_check

__all__ = [
    "Agreement",
    "Comparison",
    "Disagreement",
    "Estimate",
    "Judged",
    "KeptBack",
    "Measure",
    "SampleCheck",
    "by_finding",
    "compare",
    "disagreements",
    "estimate",
    "kept_back",
    "sample_check",
    "write_disagreements",
]
