"""What flows through the house, by kind; immutable records and the tables that hold them.

Reads nothing, writes nothing. Guarantees: a record's fields are its table's columns (`TABLES`), in order.
"""

from radmine.records.evidence import Label, Link, Reference, Score, Topic, TopicMixture, Vote
from radmine.records.imaging import Image, KeyObject, Pixels, Series, Split, Study
from radmine.records.retrieval import Hit, Reason
from radmine.records.tables import (
    TABLES,
    EmbeddingRow,
    LabelRow,
    Rejected,
    TableSpec,
    VoteRow,
    by_report,
    column_table,
    from_table,
    report_table,
    to_table,
)
from radmine.records.text import (
    Assertion,
    Experiencer,
    Mention,
    ReadReport,
    Report,
    Section,
    Sentence,
    Span,
    Temporality,
)
from radmine.records.truth import (
    TrueImage,
    TrueLabel,
    TrueLink,
    TrueMention,
    TrueSection,
    TrueSentence,
    TrueTrap,
    Truth,
)

__all__ = [
    "TABLES",
    "Assertion",
    "EmbeddingRow",
    "Experiencer",
    "Hit",
    "Image",
    "KeyObject",
    "Label",
    "LabelRow",
    "Link",
    "Mention",
    "Pixels",
    "ReadReport",
    "Reason",
    "Reference",
    "Rejected",
    "Report",
    "Score",
    "Section",
    "Sentence",
    "Series",
    "Span",
    "Split",
    "Study",
    "TableSpec",
    "Temporality",
    "Topic",
    "TopicMixture",
    "TrueImage",
    "TrueLabel",
    "TrueLink",
    "TrueMention",
    "TrueSection",
    "TrueSentence",
    "TrueTrap",
    "Truth",
    "Vote",
    "VoteRow",
    "by_report",
    "column_table",
    "from_table",
    "report_table",
    "to_table",
]
