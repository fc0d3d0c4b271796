"""Sentences that a clinician can read, each with what it says; and the example of every rule and pattern."""

from pathlib import Path

import pytest

from radmine.parse import assert_spans, parse_report
from radmine.parse.data_files import load_data
from radmine.records import Assertion, Experiencer, Temporality

TABLE = [
    line.split("\t")
    for line in Path(__file__).with_name("sentences.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


def marked(sentence: str) -> tuple[str, tuple[int, int]]:
    """Return a sentence without its braces, and the span that stood in them."""
    start, end = sentence.index("{"), sentence.index("}") - 1
    return sentence.replace("{", "").replace("}", ""), (start, end)


def expected(assertion: str, temporality: str = "current", experiencer: str = "patient"):
    return Assertion(assertion), Temporality(temporality), Experiencer(experiencer)


@pytest.mark.parametrize(("sentence", "words"), [(row[0], row[1:]) for row in TABLE])
def test_sentence_says(sentence, words):
    text, span = marked(sentence)
    assert assert_spans(text, [span]) == [expected(*words)]


def test_table_is_long_enough():
    assert len({row[0] for row in TABLE}) >= 120


@pytest.mark.parametrize("rule", load_data("assertion")["rule"], ids=lambda rule: rule["name"])
def test_rule_example(rule):
    text, span = marked(rule["example"])
    assert assert_spans(text, [span]) == [expected(*rule["expect"].split())]


@pytest.mark.parametrize("pattern", load_data("patterns")["pattern"], ids=lambda pattern: pattern["name"])
def test_pattern_example(pattern):
    text, (start, end) = marked(pattern["example"])
    found = [m for m in parse_report(text).mentions if m.finding in pattern["findings"]]
    assert {m.finding for m in found} == set(pattern["findings"])
    assert all(start <= m.start and m.end <= end for m in found)
    if "asserts" in pattern:
        assert {m.assertion for m in found} == {Assertion(pattern["asserts"])}


@pytest.mark.parametrize(
    ("text", "finding", "rule", "trigger", "reached"),
    [
        ("No mass or pneumothorax.", "pneumothorax", "no", "No", " mass or pneumothorax."),
        ("Pneumothorax is not seen.", "pneumothorax", "not_seen", "not seen", "Pneumothorax is "),
        ("No mass; possible edema now.", "edema", "possible", "possible", " edema now."),
    ],
)
def test_mention_names_rule_trigger_and_scope(text, finding, rule, trigger, reached):
    mention = next(m for m in parse_report(text).mentions if m.finding == finding)
    assert mention.rule == rule
    assert mention.trigger is not None
    assert mention.scope is not None
    assert text[slice(*mention.trigger)] == trigger
    assert text[slice(*mention.scope)] == reached


def test_words_that_deny_by_themselves_name_their_pattern():
    (mention,) = parse_report("The heart is normal in size.").mentions
    text = "The heart is normal in size."
    assert (mention.finding, mention.assertion, mention.rule) == ("cardiomegaly", "absent", "heart_normal")
    assert mention.trigger is not None
    assert text[slice(*mention.trigger)] == "normal in size"


def test_rules_are_well_formed():
    rules = load_data("assertion")["rule"]
    names = [rule["name"] for rule in rules] + [
        pattern["name"] for pattern in load_data("patterns")["pattern"]
    ]
    assert len(names) == len(set(names))
    for rule in rules:
        assert set(rule) <= {"name", "kind", "direction", "final", "words", "phrases", "example", "expect"}
        assert rule["kind"] in {
            "negation",
            "uncertainty",
            "historical",
            "hypothetical",
            "experiencer",
            "pseudo",
        }
        assert rule["phrases"] == [phrase.lower() for phrase in rule["phrases"]]


def test_nothing_decided_is_default():
    (mention,) = parse_report("Small hiatal hernia.").mentions
    assert (mention.rule, mention.trigger, mention.scope) == ("default", None, None)


@pytest.mark.parametrize(
    ("section", "time"),
    [
        ("INDICATION", Temporality.HYPOTHETICAL),
        ("CLINICAL HISTORY", Temporality.HYPOTHETICAL),
        ("PAST MEDICAL HISTORY", Temporality.HISTORICAL),
        ("COMPARISON", Temporality.HISTORICAL),
        ("TECHNIQUE", Temporality.HYPOTHETICAL),
        ("FINDINGS", Temporality.CURRENT),
        ("IMPRESSION", Temporality.CURRENT),
    ],
)
def test_section_tells_the_time(section, time):
    (mention,) = parse_report(f"{section}: Pneumonia").mentions
    assert mention.temporality is time
    asked = time is Temporality.HYPOTHETICAL
    assert mention.assertion is (Assertion.UNCERTAIN if asked else Assertion.PRESENT)


def test_a_sentence_decides_against_its_section():
    (mention,) = parse_report("INDICATION: History of pneumonia.").mentions
    assert (mention.assertion, mention.temporality) == (Assertion.PRESENT, Temporality.HISTORICAL)


def test_spans_of_several_sentences_keep_their_order():
    text = "No cough. Fever; possible rash.\nDenies pain."
    words = ["rash", "cough", "pain", "Fever"]
    said = assert_spans(text, [(text.index(w), text.index(w) + len(w)) for w in words])
    assert [a for a, _, _ in said] == ["uncertain", "absent", "absent", "present"]


def test_a_span_between_sentences_says_nothing_special():
    assert assert_spans("No cough.   \n\n", [(10, 12)]) == [expected("present")]


@pytest.mark.parametrize("span", [(0, 0), (-1, 3), (2, 99), (5, 2)])
def test_a_span_outside_the_text_is_an_error(span):
    with pytest.raises(ValueError, match="span"):
        assert_spans("No cough.", [span])


def test_dictated_run_without_punctuation():
    text = "heart is enlarged no pleural effusion no pneumothorax there is a small hiatal hernia"
    said = {m.finding: m.assertion for m in parse_report(text).mentions}
    assert said == {
        "cardiomegaly": "present",
        "pleural_effusion": "absent",
        "pneumothorax": "absent",
        "hiatal_hernia": "present",
    }
