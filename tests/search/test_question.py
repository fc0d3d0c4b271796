import pytest

from radmine.records import Assertion
from radmine.search.question import AGREEMENT, STEP, wanted_findings

P, A, U = Assertion.PRESENT, Assertion.ABSENT, Assertion.UNCERTAIN


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("pneumothorax", {"pneumothorax": P}),
        ("PTX", {"pneumothorax": P}),
        ("collapsed lung", {"pneumothorax": P}),
        ("Collapsed lungs", {"pneumothorax": P}),
        ("pleural_effusion", {"pleural_effusion": P}),
        ("effusion without pneumothorax", {"pleural_effusion": P, "pneumothorax": A}),
        ("no effusion", {"pleural_effusion": A}),
        ("no collapsed lung", {"pneumothorax": A}),
        ("is there a pneumothorax?", {"pneumothorax": P}),
        ("possible pneumonia", {"pneumonia": U}),
        ("rule out pneumonia", {"pneumonia": P}),
        ("pneumothorax in 2015", {"pneumothorax": P}),
        ("pneumothorax 2015", {"pneumothorax": P}),
        ("old pneumothorax", {"pneumothorax": P}),
        ("previous pneumothorax", {"pneumothorax": P}),
        ("history of tuberculosis", {"tuberculosis": P}),
        ("no history of tuberculosis", {"tuberculosis": A}),
        ("mother with lung mass", {"lung_mass": P}),
        ("axial slices of the pancreas", {}),
        ('"[:', {}),
    ],
)
def test_what_a_query_wants(query: str, wanted: dict[str, Assertion]) -> None:
    assert {w.finding: w.assertion for w in wanted_findings(query)} == wanted


def test_what_is_wanted_is_worth_most_and_its_contradiction_less_than_nothing() -> None:
    for assertion in Assertion:
        worth = AGREEMENT[assertion]
        assert worth[assertion] == max(worth.values()) > 0
    assert AGREEMENT[P][A] < 0 > AGREEMENT[A][P]


def test_effusion_without_pneumothorax_in_order() -> None:
    effusion, pneumothorax = AGREEMENT[P], AGREEMENT[A]
    totals = [
        effusion[P] + pneumothorax[A],
        effusion[P],  # the other is not mentioned
        pneumothorax[A],
        effusion[P] + pneumothorax[P],
        effusion[A] + pneumothorax[A],
        effusion[A] + pneumothorax[P],
    ]
    assert totals == sorted(totals, reverse=True)
    assert len(set(totals)) == len(totals)
    assert all(total % STEP == 0 for total in totals)
