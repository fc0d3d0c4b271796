"""What a hit shows: which image stands for it, which sentence, which words, and what it says where there is none."""

from pathlib import Path

import pytest

from radmine.errors import InputError
from radmine.records import Assertion, Hit, LabelRow, Link
from radmine.search import Index, reason_words, sentence_pieces
from radmine.search.order import places_to_show
from tests.search.corpora import make_corpus, opened

TEXTS = {
    "r1": "FINDINGS: Small pleural effusion.\nIMPRESSION: Small effusion. Follow up.",
    "r2": "FINDINGS: Large pneumothorax.",
    "r3": "FINDINGS: Heart size is normal.\nIMPRESSION: Normal chest. No more.",
    "r4": "FINDINGS: History of pneumothorax. Clear lungs on the right.",
    "r5": "FINDINGS: Lungs are clear.",
    "r6": "FINDINGS: Tiny pneumothorax.",
}
CT = {"study_id": "s1", "modality": "CT"}
CR = {"study_id": "s2", "modality": "CR", "path": "/x"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Index:
    corpus = make_corpus(
        tmp_path_factory.mktemp("home"),
        texts=TEXTS,
        reports={"r1": {"study_id": "s1"}, "r2": {"study_id": "s2"}, "r3": {"study_id": "s3"}},
        images={
            "a-scout": {**CT, "series_id": "0", "kind": "localizer", "path": "/0"},
            **{f"b{i}": {**CT, "series_id": "1", "instance_number": i, "path": f"/{i}"} for i in (1, 2, 3)},
            "c1": {**CT, "series_id": "2", "path": None},
            "lateral": {**CR, "view": "LATERAL", "instance_number": 1},
            "denied": {},
            "pa": {**CR, "view": "PA", "instance_number": 2},
        },
        links=[
            Link("r6", "denied", "study", 0.5),
            Link("r2", "lateral", "study", 0.5),
            Link("r2", "pa", "study", 0.5),
        ],
        labels=[
            LabelRow(None, "denied", "pneumothorax", Assertion.ABSENT, 0.1, ("network",)),
            LabelRow("r3", None, "pneumothorax", Assertion.ABSENT, 1.0, ("decision:ann", "rules")),
            LabelRow(None, "pa", "pneumothorax", Assertion.ABSENT, 1.0, ("decision:ann",)),
        ],
    )
    return opened(corpus)


def by_report(made: Index, **query: object) -> dict[str | None, Hit]:
    return {hit.report_id: hit for hit in made.search(**query)}  # type: ignore[arg-type]


def test_a_report_without_links_shows_an_image_of_its_study(made: Index) -> None:
    hit = by_report(made, text="effusion")["r1"]
    assert (hit.image_id, hit.path) == ("b2", "/2")
    assert "image of this study; no sentence names it" in reason_words(hit)
    assert by_report(made, text="normal heart")["r3"].image_id is None


def test_of_equal_links_the_view_from_the_front_is_shown(made: Index) -> None:
    assert by_report(made, text="large pneumothorax")["r2"].image_id == "pa"


def test_what_stands_for_a_study() -> None:
    facts = {
        "study_id": "s",
        "instance_number": None,
        "frame": None,
        "kind": "image",
        "view": None,
        "path": "/x",
    }
    lists = [
        {"series_id": "1", "view": "LL"},
        {"series_id": "2"},
        {"series_id": "2"},
        {"series_id": "3", "path": None},
    ]
    order = places_to_show([{**facts, **image} for image in lists])
    assert order == [2, 0, 1, 3]


def test_a_filter_without_a_finding_shows_the_impression(made: Index) -> None:
    found = by_report(made, where="report_id=r1|r3|r5")
    assert [found[r].sentence for r in ("r1", "r3", "r5")] == [
        "Small effusion.",
        "Normal chest.",
        "Lungs are clear.",
    ]
    assert all(not hit.marks for hit in found.values())


def test_a_label_that_a_person_decided_says_so_and_not_who(made: Index) -> None:
    said = reason_words(by_report(made, text="pneumothorax")["r3"])
    assert said.startswith("pneumothorax absent (decided)")
    assert "ann" not in said


def test_an_image_that_is_labelled_otherwise_than_its_report_says_so(made: Index) -> None:
    hit = by_report(made, text="pneumothorax")["r2"]
    assert "pneumothorax present; the image itself: pneumothorax absent (decided)" in reason_words(hit)
    listed = by_report(made, where="finding=pneumothorax")
    assert listed["r2"].image_id == "lateral"  # one that does not deny it
    assert listed["r6"].image_id == "denied"
    assert "the image itself: pneumothorax absent" in reason_words(listed["r6"])


def test_what_is_of_the_past_is_said_and_what_is_not_mentioned_too(made: Index) -> None:
    found = by_report(made, text="pneumothorax on the right")
    assert reason_words(found["r4"]).startswith("pneumothorax present, historical")
    assert by_report(made, text="effusion on the right")["r4"].why[0].by != "finding"
    silent = by_report(made, text="effusion on the right")["r4"]
    assert "does not mention it" in reason_words(silent)


def test_a_long_sentence_shows_each_of_its_marks() -> None:
    text = "A visceral pleural line is seen at the left apex, consistent with a small apical pneumothorax."
    start = text.index("pneumothorax")
    marks = ((2, 23), (start, start + 12))
    hit = Hit(1, 0.0, "report", None, "r", None, "p", None, (), sentence=text, marks=marks)
    for most in (60, 76, 90, 200):
        pieces = list(sentence_pieces(hit, most=most))
        assert [piece for piece, found in pieces if found] == ["visceral pleural line", "pneumothorax"]
        assert sum(len(piece) for piece, _ in pieces) <= most
    (one,) = [piece for piece, found in sentence_pieces(hit, most=30) if found]
    assert one == "visceral pleural line"


def test_no_hits_say_what_there_is(made: Index) -> None:
    assert made.search(where="modality=XA").note == "modality: no xa; there are ct, cr."
    assert made.search(where="report_id=r11").note.startswith("Near: r")
    assert made.search(text="gallbladder").note == "None of 6 reports has these words."
    assert made.search(text="pneumothorax").note == "Of 6 reports: pneumothorax present in 2, absent in 1."
    of_one = made.search(text="pneumothorax", where="report_id=r6")
    assert of_one.note == "Of 1 report that fits: pneumothorax present in 1."


def test_either_of_two_values_is_said_to_be_so(made: Index) -> None:
    hits = made.search(where=["modality=CT", "modality=CR"])
    assert hits.asked.alternatives == "modality: either of ct, cr"


@pytest.mark.parametrize(
    "query", [{"text": "x", "k": "3"}, {"text": "x", "k": True}, {"text": 3}, {"image": 7}]
)
def test_what_is_of_another_kind_is_an_error_in_one_line(made: Index, query: dict[str, object]) -> None:
    with pytest.raises(InputError) as caught:
        made.search(**query)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_an_index_says_what_it_is(made: Index) -> None:
    assert repr(made) == "Index('case': 6 reports, 8 images)"


def test_a_sheet_of_nothing_is_not_written_nor_a_folder_made(made: Index, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no hits"):
        made.search(text="gallbladder").sheet(tmp_path / "a.html")
    with pytest.raises(InputError, match="no folder"):
        made.search(text="effusion").sheet(tmp_path / "none" / "a.html")
    assert not list(tmp_path.iterdir())
