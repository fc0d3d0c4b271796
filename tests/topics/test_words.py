"""The words of reports."""

from hypothesis import given
from hypothesis import strategies as st

from radmine.parse import parse_report
from radmine.topics import report_words
from radmine.topics.words import normal_form, stop_words

TEXT = "INDICATION: Cough.\nFINDINGS: No pleural effusion. Nodules in the kidneys, XXXX opacities."


def words_of(text: str, *, join: bool = True) -> list[list[str]]:
    return report_words(parse_report(text), skip_sections=("indication",), join_negated=join)


def test_a_denied_finding_is_one_word_and_skipped_sections_are_not_read() -> None:
    assert words_of(TEXT) == [["no_pleural_effusion"], ["nodule", "kidney", "opacity"]]


def test_without_joining_the_words_stand_alone() -> None:
    assert words_of(TEXT, join=False)[0] == ["pleural", "effusion"]


def test_plurals_and_stop_words() -> None:
    forms = {
        w: normal_form(w)
        for w in ("masses", "biopsies", "diagnosis", "pancreas", "views", "of", "gallstones")
    }
    assert forms["biopsies"] == "biopsy"
    assert forms["diagnosis"] == "diagnosis"
    assert forms["pancreas"] == "pancreas"
    assert forms["gallstones"] == "gallstone"
    assert forms["views"] == forms["of"] == ""


@given(st.text(max_size=200))
def test_any_text_gives_words_in_normal_form(text: str) -> None:
    for sentence in words_of(text):
        assert sentence
        assert not set(sentence) & stop_words()
