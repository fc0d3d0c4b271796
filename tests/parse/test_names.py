"""Names of people and places are told from the words of the trade; every name here is made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radmine.findings import load_phrases
from radmine.parse import NameFinder, blank_names, holds_name, parse_report, without_names
from radmine.parse.names import known_words
from tests.growth import TIMES, assert_grows_with_length, repeated

PLAIN = "The lungs are clear without effusion, and the tube is in place."
ODD = f"{PLAIN} Grunting noise was heard. The noise is louder, with grunting."


def left(text: str) -> str:
    """Return what is left of one text, without the spaces."""
    return " ".join(NameFinder().look(text).split())


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Electronically signed by: Jane Q. Rowling, MD", "Electronically signed by: . , MD"),
        ("electronically signed by jane q rowling md", "electronically signed by md"),
        ("ELECTRONICALLY SIGNED BY JANE Q. ROWLING MD ON 3/4", "ELECTRONICALLY SIGNED BY . MD ON 3/4"),
        ("Dictated by: ROWLING", "Dictated by:"),
        ("Dictated by:\nROWLING, JANE", "Dictated by: ,"),
        ("Discussed with Dr. Rowling at 14:35.", "Discussed with Dr. at 14:35."),
        ("Discussed with dr rowling by phone.", "Discussed with dr by phone."),
        ("Dear Mr. van der Rowling,", "Dear Mr. ,"),
        ("Attending radiologist: Jane Rowling-Smythe", "Attending radiologist: -"),
        ("Ms. O'Rowling was informed.", "Ms. was informed."),
        ("Read by Thomas Baker, M.D.", "Read by , . ."),
        ("Dr. White saw white matter.", "Dr. saw white matter."),
        ("Seen at Ramsgate General Hospital today.", "Seen at Hospital today."),
        ("From the University of Ramsgate.", "From the University of ."),
        ("12 HARBOUR STREET, RAMSGATE, KY 40312", "12 , , KY 40312"),
        ("PATIENT: ROWLING^JANE", "PATIENT: ^"),
        ("Mail jrowling@ramsgate.org or www.ramsgate.org/rowling now.", "Mail or now."),
        ("Lungs clear.\nHeart normal.\nROWLING JANE", "Lungs clear. Heart normal."),
    ],
)
def test_what_stands_beside_a_cue_is_left_out(text: str, rest: str) -> None:
    assert left(text) == rest


@pytest.mark.parametrize(
    "text",
    [
        "MR BRAIN. MR of the head. Compared to the prior MR. Lungs clear. MS lesions.",
        "Results were notified. Lungs clear.",
        "Reviewed by the radiologist\nHeart size normal.",
        "DISCUSSED WITH THE PATIENT. SIGNED BY",
        "Kerley B lines, Schmorl nodes, a Swan-Ganz catheter and a Baker cyst.",
        "Portable AP radiograph. COPD. CT of the chest, then MRI.",
        "Chest pain\nCough",
        "Outside of the hospital the patient was well.",
    ],
)
def test_words_of_the_trade_stay(text: str) -> None:
    assert left(text) == " ".join(text.split())


def names_in(texts: list[str]) -> frozenset[str]:
    finder = NameFinder()
    for text in texts:
        finder.look(text)
    return finder.names()


def test_what_is_never_in_lower_case_is_a_name_where_most_words_are() -> None:
    texts = [f"{PLAIN} Films of Ramsgate were seen, as Rowling asked." for _ in range(5)]
    assert {"ramsgate", "rowling"} <= names_in([*texts, *[PLAIN] * 20])
    assert not names_in([*[ODD] * 5, *[PLAIN] * 20]) & {"grunting", "noise", "louder", "lungs", "the"}
    # Once in capitals in a corpus in lower case: no word that reports use.
    assert "rowling" in names_in([*[PLAIN] * 20, "LUNGS CLEAR, ROWLING AGREED."])


def test_a_word_that_a_cue_told_once_is_a_name_everywhere() -> None:
    texts = ["DISCUSSED WITH DR. ROWLING.", *["ROWLING AGREED THAT THE TUBE RATTLES."] * 3]
    texts = [*texts, *["THE TUBE RATTLES."] * 9, *["LUNGS CLEAR."] * 9]
    assert "rowling" in names_in(texts)
    assert "rattles" not in names_in(texts)


def test_a_word_that_is_also_written_in_lower_case_stays_a_word() -> None:
    texts = ["The bright spot is near. Seen with Dr. Bright."] * 3 + ["A bright spot is seen here."] * 9
    assert "bright" not in names_in(texts)


def test_a_word_that_stands_in_nearly_all_reports_is_of_their_letterhead() -> None:
    texts = [f"RAMSGATE REPORT. {said}" for said in ("THE TUBE RATTLES.", "LUNGS CLEAR.") * 5]
    assert "ramsgate" in names_in(texts)
    assert not names_in(texts) & {"rattles", "lungs", "clear", "report"}


def test_dates_and_what_stands_beside_digits_alone_are_none_of_the_words() -> None:
    found = names_in([f"{PLAIN} On 3 October, KQX2213ZR: 5mm and T12."] * 9)
    assert {"october", "kqx", "zr"} <= found
    assert not found & {"mm", "t"}


def test_what_findings_are_called_is_no_name() -> None:
    words = {word for phrase in load_phrases() for word in phrase.split() if word.isalpha()}
    assert words <= known_words()
    assert {"ct", "mri", "copd", "kerley", "hodgkin", "lungs", "heart", "impression"} <= known_words()


def test_names_are_left_out_and_all_offsets_stay() -> None:
    texts = [f"{PLAIN} Rowling saw it.", "Signed by Jane Rowling, MD. No effusion.", *[PLAIN] * 8]
    reads = [parse_report(text) for text in texts]
    for before, after in zip(reads, without_names(reads), strict=True):
        assert len(after.text) == len(before.text)
        assert after[1:] == before[1:]
        assert "owling" not in after.text
    assert holds_name("rowling md", frozenset({"rowling"}))
    assert holds_name("smythe-rowling", frozenset({"rowling"}))
    assert not holds_name("no_rowling", frozenset({"rowling"}))


@given(st.lists(st.text(max_size=80), max_size=5))
def test_any_text_can_be_looked_at(texts: list[str]) -> None:
    finder = NameFinder()
    seen = [finder.look(text) for text in texts]
    assert [len(text) for text in seen] == [len(text) for text in texts]
    names = finder.names()
    assert [len(blank_names(text, names)) for text in seen] == [len(text) for text in texts]
    assert names == finder.names()


@pytest.mark.parametrize(
    "piece",
    ["Dr. ", "signed by Jane ", "MD ", "Jane Rowling MD ", "a@", "a", "AB ", "Hospital of ", "x\n", "name:"],
)
def test_the_time_grows_with_the_length_alone(piece: str) -> None:
    assert_grows_with_length(
        lambda text: NameFinder().look(text), repeated(piece, 4000), repeated(piece, 4000 * TIMES)
    )
