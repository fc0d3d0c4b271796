import re
import tracemalloc
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radmine.findings import load_findings
from radmine.label import label_report
from radmine.parse import parse_report
from radmine.records import Assertion, Temporality
from radmine.sample import generate_reports
from radmine.sample.grammar import Draft, compile_template
from radmine.sample.patient import plan_patient, visible
from radmine.sample.rare import write_rare
from radmine.sample.repertoire import load_regions

REPORTS = list(generate_reports(600, seed=3))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_every_span_stands_in_its_text(seed):
    for sample in generate_reports(8, seed=seed):
        text = sample.report.text
        end = 0
        for start, stop, _ in sample.sections:
            assert end <= start < stop <= len(text)
            assert text[start:stop].strip()
            end = stop
        end = 0
        for start, stop in sample.sentences:
            assert end <= start < stop
            assert text[start:stop] == text[start:stop].strip() != ""
            assert sum(a <= start and stop <= b for a, b, _ in sample.sections) == 1
            end = stop
        for start, stop, _, _ in sample.mentions:
            assert text[start:stop] == text[start:stop].strip() != ""
            assert sum(a <= start and stop <= b for a, b in sample.sentences) == 1
        for start, stop, *_ in sample.links:
            assert (start, stop) in sample.sentences


def test_words_around_a_mention_end_at_its_span():
    for sample in REPORTS:
        text = sample.report.text
        for start, stop, _, _ in sample.mentions:
            assert start == 0 or not text[start - 1].isalpha()
            assert stop == len(text) or not text[stop].isalpha()


def test_findings_are_those_of_the_lexicon():
    names = {finding for sample in REPORTS for _, _, finding, _ in sample.mentions}
    drawn = {finding for region in load_regions() for finding in region.drawn}
    assert names | drawn <= set(load_findings())
    assert drawn <= names


def test_labels_say_what_the_plan_says():
    for sample in REPORTS:
        labels = sample.labels()
        said = {finding for _, _, finding, _ in sample.mentions}
        for lesion in sample.study.lesions:
            if lesion.finding in labels:
                expected = Assertion.UNCERTAIN if lesion.uncertain else Assertion.PRESENT
                assert labels[lesion.finding] == expected
        for finding in sample.patient.region.drawn:
            if labels.get(finding) == Assertion.PRESENT:
                assert finding in {lesion.finding for lesion in sample.study.lesions}
        assert set(labels) <= said


def test_what_is_asked_for_or_past_makes_no_label():
    for sample in REPORTS:
        current = {f for _, _, f, status in sample.mentions if status[1] == Temporality.CURRENT}
        assert set(sample.labels()) <= current


def test_links_point_to_images_of_the_plan_that_show_a_finding():
    links = 0
    for sample in REPORTS:
        for _, _, study, series, instance in sample.links:
            assert series in study.series
            assert any(instance in visible(lesion, series) for lesion in study.lesions)
            links += 1
    assert links > 200


def test_a_reference_names_its_image_in_digits():
    for sample in REPORTS:
        for start, stop, _, _, instance in sample.links:
            sentence = sample.report.text[start:stop]
            numbers = [int(n) for n in re.findall(r"\d+", sentence)]
            ranges = re.findall(r"(\d+)\s*(?:-|to|th\w+)\s*(\d+)", sentence, re.IGNORECASE)
            assert instance in numbers or any(int(a) <= instance <= int(b) for a, b in ranges)


def test_sentences_have_no_gaps():
    for sample in REPORTS:
        for start, stop in sample.sentences:
            sentence = sample.report.text[start:stop]
            assert "  " not in sentence
            assert not re.search(r" [.,;)]|\( |\.\.", sentence), sentence


def test_texts_vary():
    texts = [sample.report.text for sample in REPORTS]
    assert len(set(texts)) == len(texts)
    first_words = Counter(text.split()[0].upper() for text in texts)
    assert len(first_words) > 40
    sentences = [s.report.text[a:b].lower() for s in REPORTS for a, b in s.sentences]
    assert len(set(sentences)) > 0.55 * len(sentences)


def test_every_kind_of_assertion_section_and_region_occurs():
    statuses = {status for sample in REPORTS for _, _, _, status in sample.mentions}
    assert {(str(a), str(t), str(e)) for a, t, e in statuses} == {
        ("present", "current", "patient"),
        ("absent", "current", "patient"),
        ("uncertain", "current", "patient"),
        ("present", "historical", "patient"),
        ("uncertain", "hypothetical", "patient"),
        ("present", "historical", "other"),
    }
    names = {name for sample in REPORTS for _, _, name in sample.sections}
    assert names == {
        "exam", "indication", "history", "technique", "comparison", "findings", "impression",
        "findings_and_impression", "addendum", "body",
    }  # fmt: skip
    assert {sample.patient.region.name for sample in REPORTS} == {r.name for r in load_regions()}


def test_the_same_seed_gives_the_same_reports_and_fewer_are_a_prefix():
    again = list(generate_reports(50, seed=3))
    assert [s.report for s in again] == [s.report for s in REPORTS[:50]]
    assert [s.truth() for s in again] == [s.truth() for s in REPORTS[:50]]
    assert next(generate_reports(1, seed=4)).report.text != REPORTS[0].report.text


def test_a_patient_does_not_depend_on_those_before():
    alone = plan_patient(17, seed=3)
    assert next(s.patient for s in REPORTS if s.patient.number == 17) == alone


def test_template_notation():
    draft = Draft(__import__("random").Random(0))
    draft.slots = {"side": "left "}
    draft.finding = "pneumothorax"
    draft.render(compile_template("(no|no) {a}{side}[-effusion]"))
    draft.render(compile_template(" and [a_b+c:x]"))
    assert "".join(draft.parts) == "no a left effusion and x"
    assert [(m[2], str(m[3][0])) for m in draft.mentions] == [
        ("pneumothorax", "absent"),
        ("a_b", "present"),
        ("c", "present"),
    ]
    with pytest.raises(ValueError, match="no end"):
        compile_template("no (a|b")


def test_many_reports_stream_in_flat_memory():
    reports = generate_reports(1_000_000, seed=1)
    for _ in range(100):
        next(reports)
    tracemalloc.start()
    for _ in range(500):
        next(reports)
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept < 1_000_000


def test_rare_reports_are_read_and_labelled_as_their_truth_says() -> None:
    patient = plan_patient(3, seed=0)
    reports = [write_rare(patient, patient.studies[0], f"R{turn}", turn=turn) for turn in range(8)]
    assert len({report.report.text for report in reports}) == 8
    for report in reports:
        text, truth = report.report.text, report.truth()
        read = parse_report(text)
        said = {(m.start, m.end, m.finding, m.assertion) for m in read.mentions}
        assert said == {(m.start, m.end, m.finding, m.assertion) for m in truth.mentions}
        labels = {name: label.assertion for name, label in label_report(text).items() if not label.implied}
        assert labels == {label.finding: label.assertion for label in truth.labels}
        found = {(c.start, c.end, c.system, c.category) for c in read.categories}
        assert found == {(c.start, c.end, c.system, c.category) for c in truth.categories}
    findings = {name for report in reports for name in report.labels()}
    assert any("@" in name for name in findings)
    assert any(report.labels().get("pneumothorax") is Assertion.ABSENT for report in reports)  # overruled
    assert sum(len(report.truth().categories) for report in reports) == 2
