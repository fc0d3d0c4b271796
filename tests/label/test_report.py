"""What report texts are labelled, and why."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radmine.errors import InputError
from radmine.label import explain, label_report
from radmine.label.weigh.combine import agrees, combine
from radmine.records import Assertion, Vote

PRESENT, ABSENT, UNCERTAIN = Assertion.PRESENT, Assertion.ABSENT, Assertion.UNCERTAIN


def said(text: str) -> dict[str, str]:
    return {finding: str(label.assertion) for finding, label in label_report(text).items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Large right pneumothorax.", {"pneumothorax": "present"}),
        ("No pneumothorax.", {"pneumothorax": "absent"}),
        ("Possible pneumonia.", {"pneumonia": "uncertain"}),
        ("FINDINGS: No pneumothorax on the left. Right pneumothorax.", {"pneumothorax": "present"}),
        ("INDICATION: Rule out pneumothorax.\nFINDINGS: No ascites.", {"ascites": "absent"}),
        ("HISTORY: Known cardiomegaly.\nTECHNIQUE: CT for appendicitis.", {}),
        ("Her mother has scoliosis.", {}),
        ("", {}),
    ],
)
def test_labels(text: str, expected: dict[str, str]) -> None:
    assert said(text) == expected


def test_what_is_present_is_present_under_its_more_general_names() -> None:
    labels = label_report("FINDINGS: Acute rib fracture.")
    assert labels["fracture"].assertion is PRESENT
    assert labels["fracture"].evidence[0].mentions[0].finding == "rib_fracture"


def test_each_part_of_the_report_votes() -> None:
    text = "FINDINGS: Possible gallstone.\nIMPRESSION: Gallstone."
    label = label_report(text)["gallstone"]
    assert [(v.voter, v.assertion) for v in label.evidence] == [
        ("rules:findings", UNCERTAIN),
        ("rules:impression", PRESENT),
    ]
    assert label.assertion is PRESENT
    (mention,) = label.evidence[1].mentions
    assert text[mention.start : mention.end] == "Gallstone"


def test_labels_do_not_depend_on_the_order_of_sentences() -> None:
    sentences = ["No ascites.", "Splenomegaly.", "Possible hydronephrosis.", "Mild ascites."]
    assert said(" ".join(sentences)) == said(" ".join(reversed(sentences)))


def test_an_explanation_names_the_rule_and_what_was_left_out() -> None:
    text = "HISTORY: Splenomegaly.\nFINDINGS: No ascites."
    explanation = explain(text)
    first, second = explanation.sentences
    assert first.mentions[0].left_out == "the section history makes no label"
    assert second.mentions[0].left_out is None
    assert second.mentions[0].mention.trigger is not None
    assert list(explanation.labels) == ["ascites"]


# -- combining ------------------------------------------------------------------------------------------

votes = st.lists(
    st.builds(
        Vote,
        st.sampled_from(["rules:findings", "rules:impression", "text:words", "image:network"]),
        st.sampled_from(Assertion),
        st.floats(0, 1),
    ),
    min_size=1,
)


@given(votes)
def test_a_label_keeps_its_votes_and_lies_between_them(cast: list[Vote]) -> None:
    label = combine(cast)
    assert label.evidence == tuple(cast)
    low, high = min(v.probability for v in cast), max(v.probability for v in cast)
    assert low - 2e-3 <= label.probability <= high + 2e-3


@given(votes, st.randoms())
def test_the_order_of_votes_does_not_matter(cast: list[Vote], random: object) -> None:
    turned = cast[::-1]
    assert combine(cast).assertion is combine(turned).assertion
    assert combine(cast).probability == pytest.approx(combine(turned).probability)


def test_one_kind_of_voter_is_heard_once() -> None:
    cast = [Vote("rules:findings", ABSENT, 0.03), Vote("rules:impression", PRESENT, 0.95)]
    assert (combine(cast).assertion, combine(cast).probability) == (PRESENT, 0.95)


def test_kinds_that_disagree_meet_in_between() -> None:
    label = combine([Vote("rules:findings", PRESENT, 0.95), Vote("text:words", ABSENT, 0.02)])
    assert 0.3 < label.probability < 0.95


def test_where_all_hedge_the_label_does() -> None:
    cast = [Vote("rules:findings", UNCERTAIN, 0.5), Vote("text:words", UNCERTAIN, 0.9)]
    assert combine([*cast]).assertion is UNCERTAIN
    assert combine([cast[0], Vote("text:words", PRESENT, 0.97)]).assertion is PRESENT


@pytest.mark.parametrize("chance", [0.1, 0.25, 0.75, 0.9])
@pytest.mark.parametrize("other", [(PRESENT, 0.95), (PRESENT, 0.8), (ABSENT, 0.03), (ABSENT, 0.3)])
def test_how_likely_a_doubt_is_does_not_change_what_is_said(
    chance: float, other: tuple[Assertion, float]
) -> None:
    undecided, doubt = (
        combine([Vote("rules:findings", UNCERTAIN, p), Vote("text:words", *other)]) for p in (0.5, chance)
    )
    assert doubt.assertion is undecided.assertion
    assert agrees(doubt.assertion, doubt.probability)


@pytest.mark.parametrize(
    "heading",
    ["PAST MEDICAL HISTORY", "FAMILY HISTORY", "SOCIAL HISTORY", "ALLERGIES", "INDICATION", "COMPARISON"],
)
@pytest.mark.parametrize("said", ["Pneumonia.", "New pneumonia.", "Now with pneumonia.", "No pneumonia."])
def test_what_is_told_of_before_makes_no_label(heading: str, said: str) -> None:
    assert set(label_report(f"{heading}: {said}\nFINDINGS: Small hiatal hernia.")) == {
        "hiatal_hernia",
        "hernia",
    }


@pytest.mark.parametrize("text", [None, float("nan"), b"No effusion."])
def test_what_is_no_text_is_refused(text: Any) -> None:
    with pytest.raises(InputError, match="text is a string"):
        label_report(text)
