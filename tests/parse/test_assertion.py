"""Sentences that a clinician can read, each with what it says; and the example of every rule and pattern."""

from collections import Counter, defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radmine.parse import assert_spans, parse_report
from radmine.parse.assertion import judge
from radmine.parse.clauses import read_clauses
from radmine.parse.data_files import load_data
from radmine.parse.rules import expand, load_triggers, load_words
from radmine.parse.sections import find_sections
from radmine.parse.text import fold
from radmine.parse.vocabulary import find_hits
from radmine.records import Assertion, Experiencer, Temporality

KEYS = {
    "name",
    "kind",
    "direction",
    "final",
    "words",
    "stops",
    "needs",
    "unless",
    "unless_after",
    "opens",
    "through",
    "sections",
    "phrases",
    "example",
    "expect",
    "follows",
    "spares",
    "without",
    "spares_in",
    "certainty",
}
KINDS = {"negation", "uncertainty", "historical", "hypothetical", "current", "experiencer", "pseudo"}
TABLE = [
    line.split("\t")
    for name in ("sentences.tsv", "times.tsv", "idioms.tsv", "hedges.tsv")
    for line in Path(__file__).with_name(name).read_text("utf-8").splitlines()
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
    assert len({row[0] for row in TABLE}) == len(TABLE) >= 1100


def read(sentence):
    """Return a marked sentence's folded text, the triggers in it, its span and the verdict on it."""
    text, span = marked(sentence)
    section = find_sections(text)[0]
    folded = fold(text[section.start : section.end])
    triggers = find_hits(folded)[2]
    start, end = (folded.position(offset - section.start) for offset in span)
    return (
        folded.text,
        triggers,
        (start, end),
        judge(read_clauses(folded.text, triggers), start, end, section=section.name),
    )


def test_table_has_two_sentences_for_every_rule():
    data = load_data("assertion")
    rules = defaultdict(set)
    for rule in data["rule"]:
        for pattern in rule["phrases"]:
            for phrase in expand(pattern, load_words()):
                rules[phrase].add(rule["name"])
    seen = Counter({rule["name"]: 0 for rule in data["rule"]})
    for row in TABLE:
        text, triggers, _, _ = read(row[0])
        seen.update({name for start, end, _ in triggers for name in rules[text[start:end]]})
    assert [name for name, times in seen.items() if times < 2] == []


@pytest.mark.parametrize("sentence", [row[0] for row in TABLE])
def test_scope_holds_the_words_and_touches_its_trigger(sentence):
    text, _, (start, end), verdict = read(sentence)
    assert (verdict.trigger is None) == (verdict.scope is None)
    if verdict.trigger is None or verdict.scope is None:
        assert verdict.rule == "default" or verdict.rule.startswith("section_")
        return
    (low, high), (first, last) = verdict.scope, verdict.trigger
    assert 0 <= low <= high <= len(text)
    assert last == low or first == high  # right after the trigger, or right before it
    assert low <= start or first == start
    assert end <= high


@pytest.mark.parametrize(
    ("sentence", "reached"),
    [
        ("No {mass}, effusion, or pneumothorax; heart is enlarged.", " mass, effusion, or pneumothorax"),
        (
            "{Mass}, effusion, or pneumothorax is not seen; heart is enlarged.",
            "mass, effusion, or pneumothorax is ",
        ),
        ("History of {asthma}, gout and stroke, but no fever.", " asthma, gout and stroke, "),
        ("Clear, but no {mass} or effusion.", " mass or effusion."),
        ("Family history of {gout} and stroke.", " gout and stroke."),
        ("Return for {fever}, chills or pain.", " fever, chills or pain."),
        ("[x] Mass [ ] {Effusion} [x] Edema", " effusion "),
        ("{Mass}: No evidence of mass.", "mass: "),
        ("Prior CT showed a {mass} and a cyst.", " showed a mass and a cyst."),
    ],
)
def test_scope_of_a_list_reaches_to_the_end_of_the_clause(sentence, reached):
    text, _, _, verdict = read(sentence)
    assert verdict.scope is not None
    assert text[slice(*verdict.scope)] == reached


@pytest.mark.parametrize(
    ("pattern", "phrases"),
    [
        ("no", ["no"]),
        ("(has|have|) cleared", ["has cleared", "have cleared", "cleared"]),
        ("non-{a}", ["non x", "non y"]),
        ("({a}|no) z", ["x z", "y z", "no z"]),
        ("( )", ["( )"]),
    ],
)
def test_pattern_of_a_phrase_stands_for(pattern, phrases):
    assert list(expand(pattern, {"a": ["x", "y"]})) == phrases


def test_every_misspelling_is_of_a_word_in_use():
    data = load_data("assertion")
    phrases = " ".join(load_triggers()).split()
    assert set(data["misspelt"]) <= set(phrases)
    assert not {wrong for many in data["misspelt"].values() for wrong in many} & set(data["misspelt"])


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
        assert set(rule) <= KEYS
        assert rule["kind"] in KINDS
        assert rule["phrases"] == [phrase.lower() for phrase in rule["phrases"]]


def test_nothing_decided_is_default():
    (mention,) = parse_report("Small hiatal hernia.").mentions
    assert (mention.rule, mention.trigger, mention.scope) == ("default", None, None)


@pytest.mark.parametrize(
    ("section", "time"),
    [
        ("INDICATION", Temporality.HYPOTHETICAL),
        ("CLINICAL HISTORY", Temporality.CURRENT),
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


@pytest.mark.parametrize(
    ("opening", "assertion"),
    [
        ("No evidence of the following:", "absent"),
        ("There is no:", "absent"),
        ("NEGATIVE FOR:", "absent"),
        ("Differential diagnosis:", "uncertain"),
        ("Findings:", "present"),
    ],
)
@pytest.mark.parametrize("marks", ["--", "**", "12"])
def test_what_opens_a_list_holds_for_its_items_and_no_further(opening, assertion, marks):
    first, second = (f"{mark}." if mark.isdigit() else mark for mark in marks)
    text = f"{opening}\n{first} Pneumothorax\n{second} Fracture\nScoliosis is seen."
    said = {m.finding: m.assertion for m in parse_report(text).mentions}
    assert said == {"pneumothorax": assertion, "fracture": assertion, "scoliosis": "present"}


WORDS = st.sampled_from(sorted(load_data("assertion")["clauses"]["ends"])) | st.sampled_from(
    [
        "no",
        "mass",
        "effusion",
        ",",
        "and",
        "or",
        "is",
        "seen",
        "small",
        "stable",
        "with",
        "likely",
        "history of",
        ":",
    ]
)


@given(st.lists(WORDS, min_size=1, max_size=25))
def test_clauses_are_in_order_and_any_words_can_be_judged(words):
    folded = fold(" ".join(words))
    reading = read_clauses(folded.text, find_hits(folded)[2])
    assert reading.clauses == sorted(reading.clauses)
    assert reading.clauses[0] == 0
    verdict = judge(reading, 0, len(words[0]), section="")
    assert verdict.scope is None or 0 <= verdict.scope[0] <= verdict.scope[1] <= len(folded.text)
