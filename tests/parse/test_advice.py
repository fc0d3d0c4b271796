"""Recommendations, categories of scoring systems and incidental findings: see the head of advice.tsv."""

import sys
from pathlib import Path

import pytest

from radmine.corpus import Corpus
from radmine.parse import STAGE, ParseSettings, parse_report
from radmine.parse.advice_times import find_times
from radmine.parse.advice_words import load_words
from radmine.parse.text import fold
from radmine.records import (
    TABLES,
    Assertion,
    Category,
    Incidental,
    Recommendation,
    Report,
    Temporality,
    by_report,
)
from radmine.run import Stage, run_stage

SCRIPTS = Path(__file__).parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
from bench_advice import KINDS, PARTS, SENTENCES, part_of, read_sentences, said_in  # noqa: E402


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("kind", KINDS)
def test_sentences_are_read_as_people_read_them(part, kind):
    pairs = [(truth[kind], said_in(t)[kind]) for t, truth in read_sentences(SENTENCES) if part_of(t) == part]
    both = sum((one & other).total() for one, other in pairs)
    of_all = sum(one.total() + other.total() for one, other in pairs)
    assert of_all > 80
    assert 2 * both / of_all >= 0.9


def test_a_third_of_the_sentences_holds_nothing_and_nothing_is_read_in_them():
    sentences = list(read_sentences(SENTENCES))
    empty = [text for text, truth in sentences if not any(truth.values())]
    assert len(sentences) // 3 <= len(empty) < len(sentences) // 2
    assert [t for t in empty if any(said_in(t).values())] == []


def advice(text: str) -> list[Recommendation]:
    return list(parse_report(text).recommendations)


def scores(text: str) -> list[Category]:
    return list(parse_report(text).categories)


def of(text: str) -> list[str | None]:
    """Return the finding of each recommendation and category."""
    read = parse_report(text)
    items = [*read.recommendations, *read.categories]
    return [None if item.mention is None else read.mentions[item.mention].finding for item in items]


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("8 mm nodule in the right upper lobe, CT in 6 months is recommended.", ["lung_nodule"]),
        ("8 mm nodule in the right upper lobe. CT in 6 months is recommended.", ["lung_nodule"]),
        ("8 mm nodule in the right lung. Recommend CT in 6 months. Consider PET/CT.", ["lung_nodule"] * 2),
        ("Biopsy of the left breast mass is recommended.", ["breast_mass"]),
        ("No effusion. CT in 6 months is recommended.", [None]),
        ("Gallstone. No ascites. CT in 6 months is recommended.", [None]),
        ("Left renal cyst. CT is recommended to exclude appendicitis.", ["renal_cyst"]),
        ("Left breast mass, BI-RADS 4.", ["breast_mass"]),
        ("Left breast mass. BI-RADS 4.", ["breast_mass"]),
        ("Left renal cyst, Bosniak IIF.", ["renal_cyst"]),
    ],
)
def test_they_belong_to_a_finding_of_the_sentence_or_of_the_one_before(text, findings):
    assert of(text) == findings


@pytest.mark.parametrize(
    ("text", "when", "days"),
    [
        ("Repeat CT in 3-6 months.", "interval", (91, 183)),
        ("Repeat CT in 3 to 6 months.", "interval", (91, 183)),
        ("Repeat CT in six to eight weeks.", "interval", (42, 56)),
        ("Repeat CT within a year.", "interval", (0, 365)),
        ("Repeat CT in 1.5 years is suggested.", "interval", (548, 548)),
        ("Repeat CT in 48 hours.", "interval", (2, 2)),
        ("Recommend CT every 6 months.", "repeated", (183, 183)),
        ("Recommend CT annually.", "repeated", (365, 365)),
        ("Recommend semiannual CT.", "repeated", (183, 183)),
        ("In 3 months, CT is recommended.", "interval", (91, 91)),
        ("Stable for 2 years, CT is recommended.", None, (None, None)),
        ("Seen 3 months ago, CT is recommended.", None, (None, None)),
        ("A 65 year old with a mass, CT is recommended.", None, (None, None)),
        ("Short-interval CT is recommended.", "short_term", (None, None)),
        ("CT after treatment is recommended.", "after_event", (None, None)),
        ("Urgent CT is recommended.", "now", (None, None)),
        ("Non-urgent CT is recommended.", None, (None, None)),
    ],
)
def test_times_are_days(text, when, days):
    (item,) = advice(text)
    assert (item.when, (item.earliest_days, item.latest_days)) == (when, days)


@pytest.mark.parametrize(
    ("text", "strength", "condition"),
    [
        ("CT is recommended if clinically indicated.", "recommended", "if clinically indicated"),
        ("CT if clinically indicated.", "if_needed", "if clinically indicated"),
        ("CT may be considered as clinically warranted.", "considered", "as clinically warranted"),
        ("If symptoms persist, MRI is suggested.", "suggested", "If symptoms persist"),
        ("Consider MRI in high risk patients.", "considered", "in high risk patients"),
        ("We recommend MRI.", "recommended", None),
        ("MRI would be useful.", "suggested", None),
    ],
)
def test_how_strongly_and_on_what_condition(text, strength, condition):
    (item,) = advice(text)
    assert (item.strength, item.condition and text[slice(*item.condition)]) == (strength, condition)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Per Fleischner criteria, CT in 12 months is recommended.", "Fleischner"),
        ("By the ACR white paper no follow-up is needed.", "ACR"),
        ("CT in 12 months is recommended.", None),
    ],
)
def test_guidelines_are_named(text, source):
    assert [item.source for item in advice(text)] == [source]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("f/u US thyroid in 9 mo", ["follow_up"]),
        ("Recommended follow-up: MRI in 4 months.", ["follow_up"]),
        ("Follow-up with MRI, or core biopsy, is advised.", ["follow_up", "biopsy"]),
        ("The adrenal lesion could be better characterized with MRI.", ["imaging"]),
        ("Referral to a hand surgeon is suggested.", ["consultation"]),
        ("Gallstones unchanged on follow-up, splenomegaly, ultrasound is advised.", ["imaging"]),
        ("Gout, trauma or septic arthritis, clinical correlation is advised.", ["clinical_correlation"]),
        ("MRI at 7 weeks revealing a healed tendon.", []),
        ("Ultrasound after 5 days.", []),
        ("Mammogram of a woman in her sixth decade.", []),
        ("The earlier radiographs suggested a fracture on MRI.", []),
        ("The stone required lithotripsy last spring.", []),
        ("Ultrasound was ordered for flank pain.", []),
    ],
)
def test_what_advises_and_what_tells(text, kinds):
    assert [item.kind for item in advice(text)] == kinds


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("INDICATION: Follow-up CT is recommended.", []),
        ("HISTORY: Biopsy was advised. CT is recommended.", []),
        ("RECOMMENDATION: Chest CT. Biopsy.", ["imaging", "biopsy"]),
        ("FINDINGS: Chest CT. Biopsy.", []),
        ("IMPRESSION: Is a biopsy needed?", []),
        ("IMPRESSION: A biopsy was recommended.", []),
    ],
)
def test_sections_and_questions(text, kinds):
    assert [item.kind for item in advice(text)] == kinds


def test_a_category_keeps_version_points_and_modifiers():
    (first,) = scores("PI-RADS v2.1 score 4/5.")
    assert (first.category, first.version, first.value) == ("4", "2.1", None)
    (second,) = scores("ACR TI-RADS 4 (7 points).")
    assert (second.category, second.value) == ("4", 7.0)
    (third,) = scores("CAD-RADS 4A/P3/HRP.")
    assert (third.category, third.modifier) == ("4A", "P3/HRP")
    (fourth,) = scores("Lung-RADS version 1.1 category 4BS.")
    assert (fourth.category, fourth.modifier, fourth.version) == ("4B", "S", "1.1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("BIRADS: 4a", [("BI-RADS", "4A")]),
        ("IMPRESSION: Mass.\nBI-RADS: 4\nFollow up.", [("BI-RADS", "4")]),
        ("CADRADS 0: no plaque.", [("CAD-RADS", "0")]),
        ("(LR-5)", [("LI-RADS", "5")]),
        ("LR-5, LR-4 and LR-M observations.", [("LI-RADS", "5"), ("LI-RADS", "4"), ("LI-RADS", "M")]),
        ("Bosniak 2F cyst.", [("Bosniak", "IIF")]),
        ("K-L grade III.", [("Kellgren-Lawrence", "3")]),
        ("BI-RADS 3, 6 month follow-up.", [("BI-RADS", "3")]),
        ("BI-RADS 4 mass of 2 cm.", [("BI-RADS", "4")]),
        ("BI-RADS® 5", [("BI-RADS", "5")]),
        ("PI-RADSv2 4", [("PI-RADS", "4")]),
        ("Bosniak type II-F", [("Bosniak", "IIF")]),
        ("Kellgren-Lawrence grade 2-3.", [("Kellgren-Lawrence", "2"), ("Kellgren-Lawrence", "3")]),
        ("Deauville score of 3 (previously 5).", [("Deauville", "3"), ("Deauville", "5")]),
        ("Calcium score of zero.", [("Agatston", None)]),
        ("AAST kidney injury grade V.", [("AAST", "V")]),
        ("LR 5 mm, TR 4 ms.", []),
        ("BI-RADS 2024 edition.", []),
        ("BI-RADS 5.5", []),
    ],
)
def test_notations(text, said):
    assert [(item.system, item.category) for item in scores(text)] == said


@pytest.mark.parametrize(
    ("text", "assertion", "time"),
    [
        ("No suspicious mass, BI-RADS 1.", Assertion.PRESENT, Temporality.CURRENT),
        ("BI-RADS 1: negative.", Assertion.PRESENT, Temporality.CURRENT),
        ("BI-RADS 2: no evidence of malignancy.", Assertion.PRESENT, Temporality.CURRENT),
        ("No LR-5 observation.", Assertion.ABSENT, Temporality.CURRENT),
        ("Does not meet criteria for LR-5.", Assertion.ABSENT, Temporality.CURRENT),
        ("Possibly LR-4.", Assertion.UNCERTAIN, Temporality.CURRENT),
        ("Prior Lung-RADS category 3.", Assertion.PRESENT, Temporality.HISTORICAL),
        ("INDICATION: BI-RADS 0 on screening.", Assertion.PRESENT, Temporality.HISTORICAL),
    ],
)
def test_what_is_said_of_a_category(text, assertion, time):
    assert [(item.assertion, item.temporality) for item in scores(text)] == [(assertion, time)]


def test_of_a_choice_both_are_uncertain_and_of_a_denied_one_both_absent():
    assert [item.assertion for item in scores("BI-RADS 2 or 3.")] == [Assertion.UNCERTAIN] * 2
    assert [item.assertion for item in scores("PI-RADS 3 vs PI-RADS 4.")] == [Assertion.UNCERTAIN] * 2
    assert [item.assertion for item in scores("No BI-RADS 4 or 5 lesion.")] == [Assertion.ABSENT] * 2
    assert [item.assertion for item in scores("BI-RADS 2 right, BI-RADS 3 left.")] == [Assertion.PRESENT] * 2


def test_a_legend_is_not_the_patients():
    lines = ("0: incomplete", "1: negative", "2: benign", "3: probably benign", "4: suspicious")
    legend = "\n".join(f"BI-RADS {line}" for line in lines)
    assert scores(legend) == []
    assert [item.category for item in scores(f"BI-RADS 2.\n\n{legend}")] == ["2"]
    assert scores("Lung-RADS key: 1 negative, 2 benign, 3 probably benign, 4 suspicious.") == []


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("Incidentally noted left renal cyst.", ["renal_cyst"]),
        ("A left renal cyst is incidentally noted.", ["renal_cyst"]),
        ("Incidental note is made of a left renal cyst and gallstones.", ["gallstone", "renal_cyst"]),
        ("Pneumonia. Incidental left renal cyst.", ["renal_cyst"]),
        ("Incidental thyroid nodule in a patient with pneumonia.", ["thyroid_nodule"]),
        ("FINDINGS: Pneumonia.\nINCIDENTAL FINDINGS: Left renal cyst. No ascites.", ["renal_cyst"]),
        ("No incidental ascites.", []),
        ("Nothing incidental.", []),
    ],
)
def test_incidental_findings(text, findings):
    read = parse_report(text)
    assert sorted(read.mentions[item.mention].finding for item in read.incidentals) == findings
    for item in read.incidentals:
        assert "ncidental" in text[item.start : item.end].lower()


def test_they_are_no_findings():
    text = "BI-RADS 4. Recommend CT and biopsy."
    assert not parse_report(text).mentions


@pytest.mark.parametrize("before", ["", "Normal heart.\n\n", "İ ﬁ\u200b . "])
def test_offsets_are_into_the_text(before):
    text = f"{before}Recommend\u00a0 CT\u00a0of the chest  in 3\u20136 months  if needed; Lung\u2011RADS  4A."
    read = parse_report(text)
    (item,), (category,) = read.recommendations, read.categories
    assert text[item.start : item.end] == "Recommend\u00a0 CT\u00a0of the chest  in 3\u20136 months"
    assert item.condition is not None
    assert text[slice(*item.condition)] == "if needed"
    assert text[category.start : category.end] == "Lung\u2011RADS  4A"
    for part in (item, category):
        start, end, _ = read.sentences[part.sentence]
        assert start <= part.start < part.end <= end


def test_any_text_is_read():
    for text in (
        "recommend",
        "BI-RADS",
        "bi rads " * 300,
        "recommend ct and " * 300,
        "3 day " * 400 + "follow up",
    ):
        parse_report(text)
    assert find_times(fold("in " + "1 2 3 4 5 6 7 8 9 " * 50).text) == []


def test_every_phrase_is_a_folded_one():
    for words in load_words():
        assert [phrase for phrase in words if "(" in phrase or "|" in phrase or "-" in phrase] == []


def test_the_tables_hold_what_the_reader_says(tmp_path):
    text = "Incidental left renal cyst, Bosniak IIF. MRI in 6 months is recommended if needed."
    corpus = Corpus.create("toy", home=tmp_path)

    def write(job):
        job.write("reports", [Report(name, name, t, "test") for name, t in (("a", text), ("b", "Normal."))])

    run_stage(corpus, Stage("source", write, ParseSettings, (), ("reports",)), ParseSettings())
    run_stage(corpus, STAGE, ParseSettings())
    read = parse_report(text)
    for table, said, record in (
        ("recommendations", read.recommendations, Recommendation),
        ("categories", read.categories, Category),
        ("incidentals", read.incidentals, Incidental),
    ):
        stored = by_report(TABLES[table], corpus.read(table))
        assert stored == {"a": said}
        assert all(isinstance(item, record) for item in stored["a"])
    assert corpus.frame("recommendations")["latest_days"].tolist() == [183]
