"""The words of reports."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radmine.parse import parse_report
from radmine.topics import report_words
from radmine.topics.words import distinct_sentences, leave_out, normal_form, stop_words, words_of

TEXT = "INDICATION: Cough.\nFINDINGS: No pleural effusion. Nodules in the kidneys, XXXX opacities."


def read_words(text: str, *, join: bool = True) -> list[list[str]]:
    sentences = report_words(parse_report(text), skip_sections=("indication",), join_negated=join)
    return [words for words in sentences if words]


def test_a_denied_finding_is_one_word_and_skipped_sections_are_not_read() -> None:
    assert read_words(TEXT) == [["no_pleural_effusion"], ["nodule", "kidney", "opacity"]]


def test_without_joining_the_words_stand_alone() -> None:
    assert read_words(TEXT, join=False)[0] == ["pleural", "effusion"]


def test_an_uncertain_finding_stays_in_words() -> None:
    assert read_words("FINDINGS: Possible pneumonia in the lingula.") == [["pneumonia", "lingula"]]


def test_headings_are_no_words() -> None:
    text = "KIDNEYS:\nCyst.\n\nFINDINGS:\nGallstone.\nIMPRESSION: Gallstone."
    assert read_words(text) == [["cyst"], ["gallstone"], ["gallstone"]]


def test_plurals_and_stop_words() -> None:
    assert normal_form("pancreas") == "pancreas"
    assert normal_form("views") == normal_form("of") == ""


@pytest.mark.parametrize(
    ("words", "forms"),
    [
        ("masses abscesses biopsies gallstones branches", "mass abscess biopsy gallstone branch"),
        ("diagnosis stenoses metastases prostheses", "diagnosis stenosis metastasis prosthesis"),
        ("vertebrae hila foci apices granulomata foramina", "vertebra hilum focus apex granuloma foramen"),
        ("ascites caries diabetes psoas lens humerus", "ascites caries diabetes psoas lens humerus"),
        ("bases doses diseases increases", "base dose disease increase"),
    ],
)
def test_words_are_in_the_singular(words: str, forms: str) -> None:
    assert [normal_form(word) for word in words.split()] == forms.split()


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("oedema", "edema"),
        ("haematomas", "hematoma"),
        ("tumours", "tumor"),
        ("oesophagus", "esophagus"),
        ("gastroesophageal", "gastroesophageal"),
        ("tracheoesophageal", "tracheoesophageal"),
    ],
)
def test_words_are_spelled_as_americans_do(british: str, american: str) -> None:
    assert normal_form(british) == american


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A 3.2 x 4 cm cyst.", ["cyst"]),
        ("Nodule of 5mm, 12 millimeters from the fissure.", ["nodule", "fissure"]),
        ("Cyst on 3/14/2019 at 10:42 pm.", ["cyst"]),
        ("Cyst (series 3, image 45).", ["cyst"]),
        ("Cyst (Se/Im 3/45; im 12-14, S3 I45).", ["cyst"]),
        ("56-year-old with a left-sided cyst.", ["cyst"]),
        ("Cyst with Hounsfield units of 12 and 5 mGy-cm.", ["cyst"]),
        ("Cyst (white arrowheads), red dashed circle.", ["cyst"]),
    ],
)
def test_numbers_and_what_goes_with_them_are_no_words(text: str, words: list[str]) -> None:
    assert list(words_of(text)) == words


@pytest.mark.parametrize(
    "mark",
    [
        "XXXX",
        "xxx",
        "X-XXXX",
        "dual-XXXX",
        "[**Hospital1 18**]",
        "[**Known firstname 123**]",
        "**NAME[Aaa Bbb]",
        "**DATE",
        "<NAME>",
        "<<Patient name>>",
        "[DATE]",
        "[name redacted]",
        "{PHONE 3}",
        "___",
        "[REDACTED]",
        "[de-identified]",
    ],
)
def test_marks_of_what_was_removed_are_no_words(mark: str) -> None:
    found = read_words(f"FINDINGS: A cyst near {mark} of the kidney.")
    assert [word for sentence in found for word in sentence] == ["cyst", "kidney"]


def test_what_only_looks_like_such_a_mark_is_read() -> None:
    assert read_words("FINDINGS: **Cyst** of the kidney [lobulated] < 3 cm.") == [
        ["cyst", "kidney", "lobulated"]
    ]


def test_markup_is_no_word() -> None:
    text = "FINDINGS: A <strong>cyst</strong> of the kidney.<br/>Gallstone&nbsp;here."
    assert [word for sentence in read_words(text) for word in sentence] == ["cyst", "kidney", "gallstone"]


def test_hyphens_of_prefixes_make_no_other_word_and_white_matter_is_no_arrow() -> None:
    assert list(words_of("Post-operative, postoperative; white matter, white arrow; T-spine")) == [
        "postoperative",
        "postoperative",
        "white-matter",
        "t-spine",
    ]


@given(st.text(max_size=200))
def test_any_text_gives_words_in_normal_form(text: str) -> None:
    for sentence in read_words(text):
        assert sentence
        assert not set(sentence) & stop_words()


def test_names_are_left_out_in_their_normal_form() -> None:
    assert leave_out([[["cyst", "quillbrook", "kidney"]]], {"quillbrooks"}) == [[["cyst", "kidney"]]]


def test_a_sentence_counts_once_and_of_many_a_part_is_taken() -> None:
    reports = [[[f"word{i}", "cyst"], ["cyst"]] for i in range(1000)]
    every = distinct_sentences(reports, 10_000)
    assert every[:3] == [("word0", "cyst"), ("cyst",), ("word1", "cyst")]
    assert len(every) == 1001
    assert len(distinct_sentences(reports, 10_000, times=3)) == 1003
    some = distinct_sentences(reports, 500)
    assert 100 < sum(map(len, some)) <= 500
    assert [sentence for sentence in every if sentence in set(some)] == some
    assert max(int(s[0].removeprefix("word")) for s in some if len(s) == 2) > 800  # spread over all
    assert distinct_sentences(reversed(reports), 500) != some
    assert set(distinct_sentences(reversed(reports), 500)) == set(some)
