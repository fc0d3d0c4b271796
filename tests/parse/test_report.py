"""Mentions: what is found, where, and that any text can be read."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radmine.findings import finding_of, load_lexicon
from radmine.parse import assert_spans, parse_report
from radmine.parse.data_files import load_data
from radmine.parse.phrases import Phrases
from radmine.parse.text import fold
from radmine.records import Assertion
from tests.growth import PATTERNS, TIMES, assert_grows_with_length


def found(text: str) -> list[tuple[str, str]]:
    return [(text[m.start : m.end], m.finding) for m in parse_report(text).mentions]


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("Small PTX.", [("PTX", "pneumothorax")]),
        ("Left hydropneumothorax.", [("hydropneumothorax", "hydropneumothorax")]),
        ("Massive swelling, emphasis on nodes.", []),
        ("Subcutaneous emphysema.", [("Subcutaneous emphysema", "subcutaneous_emphysema")]),
        ("Pleural  \n effusion.", [("Pleural  \n effusion", "pleural_effusion")]),
        ("Ground-glass opacities.", [("Ground-glass opacities", "ground_glass_opacity")]),
        ("Ground‑glass opacities.", [("Ground‑glass opacities", "ground_glass_opacity")]),
        ("Pulmonary oedema.", [("Pulmonary oedema", "pulmonary_edema")]),
        ("Consolidation/atelectasis.", [("Consolidation", "consolidation"), ("atelectasis", "atelectasis")]),
        ("İİ pneumothorax İ effusion", [("pneumothorax", "pneumothorax"), ("effusion", "pleural_effusion")]),
        ("😀 Cardiomegaly 😀", [("Cardiomegaly", "cardiomegaly")]),
        ("pleural\u00a0effusion", [("pleural\u00a0effusion", "pleural_effusion")]),
        ("The heart is mildly enlarged.", [("heart is mildly enlarged", "cardiomegaly")]),
        (
            "Blunting of the left costophrenic angle.",
            [("Blunting of the left costophrenic angle", "costophrenic_angle_blunting")],
        ),
        (
            "No pleural or pericardial effusion.",
            [
                ("pleural or pericardial effusion", "pericardial_effusion"),
                ("pleural or pericardial effusion", "pleural_effusion"),
            ],
        ),
        (
            "There is a mass in the left upper lobe.",
            [("mass", "lung_mass")],
        ),
        ("Calcified granulomas.", [("Calcified granulomas", "granuloma")]),
        (
            "Pulmonary \ufb01brosis  and \ufb01brosis",
            [("Pulmonary \ufb01brosis", "pulmonary_fibrosis"), ("\ufb01brosis", "pulmonary_fibrosis")],
        ),
        ("A pneumo\u00adthorax.", [("pneumo\u00adthorax", "pneumothorax")]),
        ("A \uff30\uff34\uff38.", [("\uff30\uff34\uff38", "pneumothorax")]),
    ],
)
def test_mentions(text, mentions):
    assert found(text) == mentions


def test_subjects_do_not_swap_their_states():
    said = {m.finding: m.assertion for m in parse_report("Heart is normal, aorta is tortuous.").mentions}
    assert said == {"cardiomegaly": "absent", "tortuous_aorta": "present"}
    said = {
        m.finding: m.assertion for m in parse_report("Heart is normal in size, spleen is enlarged.").mentions
    }
    assert said == {"cardiomegaly": "absent", "splenomegaly": "present"}


def test_not_normal_is_no_denial():
    assert found("The heart size is not normal.") == []


def test_equal_sentences_are_read_alike_wherever_they_stand():
    text = "FINDINGS: No effusion. Stable scoliosis.\nIMPRESSION: No effusion. Stable scoliosis."
    first, second, third, fourth = parse_report(text).mentions
    shift = third.start - first.start
    for a, b in ((first, third), (second, fourth)):
        assert (a.start + shift, a.end + shift, *a[2:7]) == (b.start, b.end, *b[2:7])


def phrases_in(phrases: Phrases, text: str) -> list[list[tuple[str, object]]]:
    folded = fold(text)
    return [[(folded.text[start:end], value) for start, end, value in hits] for hits in phrases.find(folded)]


def test_phrases_prefer_the_longest_at_word_boundaries():
    phrases = Phrases({"mass": 1, "lung mass": 2, "mass in the lung": 3, "a mass": 4})
    (found,) = phrases_in(phrases, "massive mass, lung mass and lung mass in the lungs")
    assert [value for _, value in found] == [1, 2, 2]
    (found,) = phrases_in(phrases, "Mass in the lung")
    assert found == [("mass in the lung", 3)]


def test_sets_of_phrases_are_found_side_by_side():
    phrases = Phrases({"lung mass": 1}, {"mass": 2, "w/o": 3}, {"and": 4, ", and": 5, "?": 6, ",": 7})
    assert phrases_in(phrases, "? Lung mass, and w/o mass, nodule and cyst?") == [
        [("lung mass", 1)],
        [("mass", 2), ("w/o", 3), ("mass", 2)],
        [("?", 6), (", and", 5), (",", 7), ("and", 4), ("?", 6)],
    ]


@given(st.text(alphabet="ab c,.-é😀İ\n\t", max_size=40))
def test_phrases_agree_with_a_plain_search(text):
    folded = fold(text)
    (found,) = Phrases({"a": 0, "b": 0, "c": 0, "é": 0}).find(folded)
    assert [(start, end) for start, end, _ in found] == [
        m.span() for m in re.finditer(r"(?<![^\W_])[abcé](?![^\W_])", folded.text)
    ]


WORDS = st.sampled_from(
    [
        *(
            "no",
            "not",
            "without",
            "possible",
            "pneumothorax",
            "effusion",
            "heart",
            "is",
            "enlarged",
            "history of",
        ),
        *(
            "cannot exclude",
            "resolved",
            "mother had",
            "FINDINGS:",
            "IMPRESSION:",
            "lung",
            "mass",
            "pleural",
            "and",
        ),
        *(",", ".", ";", "or", "but", "\n", "-", "(", ")", "3.5", "XXXX", "[**x**]", "___"),
        *("İ", "😀", "\u202e", "\x00", "\ud800"),
    ]
)
DOUBLE = load_data("characters")["double"]
TEXTS = st.lists(WORDS | st.text(max_size=3), max_size=60).map(" ".join) | st.text(max_size=80)


@given(TEXTS)
def test_any_text_can_be_read(text):
    parsed = parse_report(text)
    starts = [m.start for m in parsed.mentions]
    assert starts == sorted(starts)
    for mention in parsed.mentions:
        sentence = parsed.sentences[mention.sentence]
        assert sentence.start <= mention.start < mention.end <= sentence.end
        assert finding_of(mention.finding)
        assert not text[mention.start].isspace()
        assert not text[mention.end - 1].isspace()
        for span in (mention.trigger, mention.scope):
            assert span is None or sentence.start <= span[0] <= span[1] <= sentence.end
        assert (mention.trigger is None) == (mention.scope is None)
    assert parse_report(text) == parsed


@given(TEXTS, st.data())
def test_any_span_can_be_asserted(text, data):
    if text:
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start + 1, len(text)))
        spans = [(start, end), (0, len(text))]
        assert len(assert_spans(text, spans)) == 2


@given(TEXTS)
def test_mentions_and_spans_agree(text):
    """A phrase of the lexicon means the same to both faces (patterns have an inner anchor of their own)."""
    mentions = [m for m in parse_report(text).mentions if " is " not in text[m.start : m.end]]
    said = assert_spans(text, [(m.start, m.end) for m in mentions])
    for mention, words in zip(mentions, said, strict=True):
        if mention.rule == "default":
            assert mention[3:6] == words


@given(st.text() | TEXTS)
def test_folding_keeps_places(text):
    folded = fold(text)
    for at in range(len(folded.text)):
        start, end = folded.span(at, at + 1)
        assert 0 <= start < end <= len(text)
        assert (
            folded.span(folded.position(start), at + 1)[0] == start
        )  # a ligature is two letters at one place
        plain = DOUBLE.get(text[start]) or unicodedata.normalize("NFKD", text[start])  # "é" is read as "e"
        assert folded.text[at] in {*plain.lower(), *plain, text[start].lower(), " ", "'", "~"}


TRAPS = (
    "'FINDINGS: '",
    "'a\\n\\n'",
    "':'",
    "'pleural heart '",
    "words, between ' '",
    "triggers, between '\\n'",
    "capitals, between ' '",
    "heading and blanks",
    "stops",
    "brackets",
    "digits, then lines",
    "lines of digits that go on",
)


@pytest.mark.parametrize("trap", TRAPS)
def test_time_grows_with_length_only(trap):
    assert_grows_with_length(parse_report, PATTERNS[trap](5_000), PATTERNS[trap](TIMES * 5_000))


OBO = """format-version: 1.2

[Term]
id: X:1
name: abnormal lung
[Term]
id: X:2
name: gizmosis
synonym: "gizmo change" EXACT []
is_a: X:1
"""


def test_findings_of_an_ontology_are_read_beside_ours(tmp_path):
    path = tmp_path / "own.obo"
    path.write_text(OBO)
    text = "No gizmosis. Moderate gizmo changes of the left lung. Pleural effusion."
    lexicon = load_lexicon(path)
    said = [(m.finding, m.assertion, m.laterality) for m in parse_report(text, lexicon=lexicon).mentions]
    assert said == [
        ("gizmosis", Assertion.ABSENT, None),
        ("gizmosis", Assertion.PRESENT, "left"),
        ("pleural_effusion", Assertion.PRESENT, None),
    ]
    assert [m.finding for m in parse_report(text).mentions] == ["pleural_effusion"]


def test_a_general_word_means_another_finding_at_another_site():
    assert found("Nodule in the right lobe of the thyroid.") == [("Nodule", "thyroid_nodule")]
    assert found("Nodule in the right upper lobe.") == [("Nodule", "lung_nodule")]
