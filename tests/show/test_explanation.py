"""How reports got their labels, as rows of words."""

from radmine.label import explanation_of
from radmine.parse import parse_report
from radmine.records import (
    Assertion,
    Experiencer,
    Label,
    Mention,
    ReadReport,
    Section,
    Sentence,
    Temporality,
    Vote,
)
from radmine.show.explanation import mention_row, short_row, vote_rows

PRESENT, ABSENT, UNCERTAIN = Assertion.PRESENT, Assertion.ABSENT, Assertion.UNCERTAIN


def test_a_row_says_phrase_rule_trigger_and_attributes() -> None:
    text = "No ascites or nodule."
    mention = Mention(
        14,
        20,
        "lung_nodule",
        ABSENT,
        Temporality.HISTORICAL,
        Experiencer.PATIENT,
        "no",
        (0, 2),
        (3, 21),
        0,
        "right_upper_lobe",
        "right",
        (3.0, 4.5),
        "mild",
        "unchanged",
    )
    read = ReadReport(text, [Section(0, 21, "body", None)], [Sentence(0, 21, 0)], [mention])
    (only,) = explanation_of(read, {}).mentions
    assert mention_row(only, text) == (
        "14-20",
        "nodule",
        "lung_nodule",
        "absent, historical",
        'no: "No" at 0, reaches 3-21',
        "right, right_upper_lobe, 3 x 4.5 mm, mild, unchanged",
        "historical",
    )


def test_attributes_are_told_with_their_places() -> None:
    text = "FINDINGS: Large cyst of the left and right kidney."
    (only,) = explanation_of(parse_report(text), {}).mentions
    assert mention_row(only, text)[5] == "bilateral at 28, kidney at 43, severe at 10"
    assert short_row(only, text)[2].endswith("present; bilateral, kidney, severe")


def test_votes_of_all_kinds_are_told_with_their_outcome() -> None:
    text = "Possible gallstone."
    mentions = parse_report(text).mentions
    votes = (
        Vote("rules:findings", UNCERTAIN, 0.5, tuple(mentions)),
        Vote("text:words", PRESENT, 0.9),
        Vote("answers:some_model", ABSENT, 0.1),
    )
    explanation = explanation_of(parse_report(text), {"gallstone": Label(PRESENT, 0.7, votes)})
    assert list(vote_rows(explanation)) == [
        ("gallstone", "present", "0.70", "rules:findings", "uncertain", "0.50"),
        ("", "", "", "text:words", "present", "0.90"),
        ("", "", "", "answers:some_model", "absent", "0.10"),
    ]
