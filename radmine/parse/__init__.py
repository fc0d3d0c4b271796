"""Reads a report's text: its sections, its sentences, the findings they name and what they say of each.

**Reads** `reports`; **writes** `sections`, `sentences`, `mentions`, `recommendations`, `categories`, `incidentals` (and what it cannot read to `rejected`), and the folder
`lexicon` where the settings name ontologies: the findings that were looked for, by which later rooms go.
**Guarantees** that all spans are half-open offsets into `reports.text`, in order; that sections and sentences do not
overlap; that every mention names the rule, the words and the scope that decided; and that any text can be read: the
time it takes grows with the text's length and with nothing else.
"""

from radmine.parse.assertion import assert_spans
from radmine.parse.heading_words import makes_label, section_kind, section_role, unlabelled_sections
from radmine.parse.names import NameFinder, blank_names, holds_name, names_digest, without_names
from radmine.parse.plain import unmarked_text
from radmine.parse.reader import COMPILED, parse_report, read_sentences, why_unread
from radmine.parse.sections import find_sections
from radmine.parse.selftest import check_parser
from radmine.parse.stage import STAGE, ParseSettings
from radmine.parse.tags import load_tags

__all__ = [
    "COMPILED",
    "STAGE",
    "NameFinder",
    "ParseSettings",
    "assert_spans",
    "blank_names",
    "check_parser",
    "find_sections",
    "holds_name",
    "load_tags",
    "makes_label",
    "names_digest",
    "parse_report",
    "read_sentences",
    "section_kind",
    "section_role",
    "unlabelled_sections",
    "unmarked_text",
    "why_unread",
    "without_names",
]
