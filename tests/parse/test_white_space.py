"""White space of every kind: a report is read alike whatever stands between its words and lines."""

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radmine.findings import to_scheme
from radmine.label import label_report
from radmine.link import find_references
from radmine.parse import assert_spans, parse_report
from radmine.parse.text import plain_space

SPACES = [chr(code) for code in range(sys.maxunicode) if chr(code).isspace()]
BREAKS = ["\x0c", "\x85", "\u2028", "\u2029"]
BLANKS = [c for c in SPACES if c not in {*BREAKS, "\n", "\r", "\t", " "}]
NO_WIDTH = [
    "\u200b",
    "\u200c",
    "\u200d",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u200e",
    "\u200f",
    "\u202a",
    "\u2066",
    "\u180e",
]

REPORTS = [
    "INDICATION: Cough.\n\nFINDINGS: Heart is normal\n\nLungs are clear\n\nNo PTX. Small effusion is seen.\n\nIMPRESSION:\n1. Effusion",
    "heart is enlarged\n\nno pleural effusion or pneumothorax\nmass in the left upper lobe (series 3, image 4)\n\npossible pneumonia",
    "EXAM: CT CHEST\n\nNegative for:\n- pneumothorax\n- effusion\n\nThere is a 4 mm nodule, previously 3 mm (prior 2:39).\n\nCOMPARISON: None",
    "CLINICAL HISTORY: History of mastectomy.  FINDINGS:  No mass.\n\nFracture: no\n\nCardiomegaly",
]


def said(text: str) -> tuple[object, ...]:
    """What a text says, without places."""
    read = parse_report(text)
    return (
        [section.name for section in read.sections],
        [plain_space(text[s.start : s.end]).split() for s in read.sentences],
        [(m.finding, *m[3:7], *m[10:15]) for m in read.mentions],
        [str(reference) for reference in find_references(text)],
        {finding: (label.assertion, label.probability) for finding, label in label_report(text).items()},
    )


@pytest.mark.parametrize("text", REPORTS)
@pytest.mark.parametrize("character", [*SPACES, *NO_WIDTH], ids=ascii)
def test_a_line_of_white_space_alone_is_an_empty_line(text: str, character: str) -> None:
    for line in (character, character * 3, f" {character}\t"):
        assert said(text.replace("\n\n", f"\n{line}\n")) == said(text)


@pytest.mark.parametrize("text", REPORTS)
@pytest.mark.parametrize("character", BLANKS, ids=ascii)
def test_white_space_between_words_is_a_space(text: str, character: str) -> None:
    assert said(text.replace(" ", character)) == said(text)


@pytest.mark.parametrize("text", REPORTS)
@pytest.mark.parametrize("character", [*BREAKS, "\r", "\r\n"], ids=ascii)
def test_every_end_of_a_line_ends_one(text: str, character: str) -> None:
    assert said(text.replace("\n", character)) == said(text)


@pytest.mark.parametrize("text", REPORTS)
@pytest.mark.parametrize("character", NO_WIDTH, ids=ascii)
def test_what_has_no_width_says_nothing(text: str, character: str) -> None:
    assert said(text.replace(" ", f"{character} ").replace("\n", f"\n{character}")) == said(text)
    assert said(f"{character}{text}{character}") == said(text)
    assert said(text.replace("effusion", f"eff{character}usion"))[2:] == said(text)[2:]


@pytest.mark.parametrize("page", ["\n\x0c", "\x0c\n", "\x0c", "\r\n\x0c"])
def test_a_page_that_ends_within_a_sentence_does_not_end_it(page: str) -> None:
    (mention,) = parse_report(f"There is no evidence of{page}pneumothorax.").mentions
    assert mention.assertion == "absent"
    assert [s.name for s in parse_report(f"No mass.{page}IMPRESSION: Normal.").sections] == [
        "body",
        "impression",
    ]


WORDS = [
    "no",
    "PTX",
    "effusion",
    "FINDINGS:",
    "IMPRESSION",
    "possible",
    "Dr.",
    "0",
    "1.",
    "12",
    "3:45",
    "4",
    "a",
    "A",
]
PHRASES = ["heart is normal", "series 3", "image 4"]
ODD = "\0\ud800\udfffİßﬁ\u0301\u0345²٣Ａ😀\u202e.,:;?!()[]{}<>\"'#*_-=~/&%|\\"
ANY = st.sampled_from([*SPACES, *NO_WIDTH, *ODD, *WORDS, *PHRASES])


@settings(max_examples=300)
@given(st.lists(ANY, max_size=40).map("".join) | st.lists(ANY, max_size=30).map(" ".join))
def test_no_text_is_too_odd(text: str) -> None:
    assert len(plain_space(text)) == len(text)
    assert plain_space(plain_space(text)) == plain_space(text)
    read = parse_report(text)
    at = 0
    for sentence in read.sentences:
        assert at <= sentence.start < sentence.end <= len(text)
        at = sentence.end
    for mention in read.mentions:
        assert 0 <= mention.start < mention.end <= len(text)
    assert_spans(text, [(m.start, m.end) for m in read.mentions] + ([(0, len(text))] if text else []))
    for reference in find_references(text):
        assert 0 <= reference.start < reference.end <= len(text)
    to_scheme(label_report(text), "chexpert")


@settings(max_examples=200)
@given(st.sampled_from(REPORTS), st.randoms(use_true_random=False))
def test_any_mixture_of_white_space_says_the_same(text: str, random: object) -> None:
    choice = random.choice  # type: ignore[attr-defined]
    mixed = text.replace("\n\n", f"\n{''.join(choice(BLANKS + NO_WIDTH) for _ in range(3))}\n")
    mixed = "".join(choice(BLANKS) if c == " " else c for c in mixed)
    assert said(mixed) == said(text)
