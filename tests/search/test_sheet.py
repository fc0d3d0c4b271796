"""The contact sheet: what stands on it, and that what comes from outside stays words."""

import io
import os
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from radmine.records import Condition, Hit, Reason
from radmine.search.asked import Asked
from radmine.search.pictures import SIDE, Picture
from radmine.search.sheet import (
    Sheet,
    Tile,
    count_words,
    reason_words,
    sentence_pieces,
    window,
)
from radmine.search.sheet_html import sheet_fragment, sheet_page
from radmine.search.sheet_png import sheet_png
from tests.show.test_html import browser

EVIL = '<script>alert(1)</script>"\N{RIGHT-TO-LEFT OVERRIDE}&amp;'
SENTENCE = "A small pleural\neffusion, <b>no</b> pneumothorax."


def hit(rank: int = 1, **facts: object) -> Hit:
    given: dict[str, object] = {
        "rank": rank,
        "score": 1.25,
        "kind": "report",
        "image_id": "i1",
        "report_id": "r1",
        "study_id": None,
        "patient_id": "p1",
        "path": "/files/a b.dcm",
        "why": (Reason("finding", "pleural_effusion present", 8, 24), Reason("link", "key_object")),
        "study_date": "2019-05-31",
        "modality": "CT",
        "sentence": SENTENCE,
        "marks": ((8, 24), (36, 48)),
    }
    return Hit(**given | facts)  # type: ignore[arg-type]


def sheet(*tiles: Tile, **facts: object) -> Sheet:
    given: dict[str, object] = {"title": "effusion", "count": "2 hits", "query": None, "ranked": True}
    return Sheet(**given | facts, tiles=tiles)  # type: ignore[arg-type]


WHITE = Picture(np.full((SIDE, SIDE), 200, np.uint8))
NONE = Picture(None, "its file is not there")


class Page(HTMLParser):
    """The tags of a page with their attributes, its words, and those that are marked."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words, self.marked = "", list[str]()
        self.inside = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside != "style":
            self.words += data
        if self.inside == "mark":
            self.marked.append(data)


def test_a_page_shows_pictures_sentences_and_why() -> None:
    shown = Page(sheet_page(sheet(Tile(hit(), WHITE), Tile(hit(2, path=None), NONE), query=WHITE)).decode())
    assert shown.marked == ["pleural effusion", "pneumothorax"] * 2
    assert "A small pleural effusion, <b>no</b> pneumothorax." in shown.words
    for words in (
        "1.250",
        "CT 2019-05-31",
        "r1",
        "patient p1",
        "/files/a b.dcm",
        "No picture: its file is not there.",
    ):
        assert words in shown.words
    assert "pleural_effusion present; linked by key object" in shown.words
    images = [of for tag, of in shown.tags if tag == "img"]
    assert len(images) == 2  # the query's and that of the first hit
    assert all(of["alt"] and (of["src"] or "").startswith("data:image/jpeg;base64,") for of in images)
    assert [of["aria-label"] for tag, of in shown.tags if tag == "li"] == ["Hit 1: r1", "Hit 2: r1"]


def test_what_comes_from_outside_is_never_markup() -> None:
    evil = hit(
        report_id=EVIL,
        patient_id=EVIL,
        path=EVIL,
        modality=EVIL,
        study_date=EVIL,
        sentence=EVIL,
        marks=((0, 5),),
        why=(Reason("finding", EVIL),),
    )
    html = sheet_page(sheet(Tile(evil, WHITE), Tile(evil, NONE), title=EVIL, count=EVIL)).decode()
    shown = Page(html)
    known = {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "div",
        "header",
        "h1",
        "p",
        "ol",
        "li",
        "img",
        "b",
        "mark",
        "code",
    }
    assert {tag for tag, _ in shown.tags} <= known
    assert not {name for _, of in shown.tags for name in of} & {"onerror", "onload", "href", "onclick"}
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in html
    assert "http" not in html
    assert "&amp;amp;" in html


def test_a_fragment_changes_nothing_outside_itself() -> None:
    style = sheet_fragment(sheet(Tile(hit(), WHITE))).split("<style>")[1].split("</style>")[0]
    rules = [line for line in style.splitlines() if "{" in line]
    assert all(
        selector.strip().startswith(".radmine-")
        for rule in rules
        for selector in rule.split("{")[0].split(",")
    )


def picture_of(made: Sheet) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(sheet_png(made))).convert("RGB")).astype(int)


def test_a_picture_holds_the_pictures_and_marks_the_words() -> None:
    pixels = picture_of(sheet(Tile(hit(), WHITE), Tile(hit(2), NONE)))
    grey200 = (pixels == 200).all(axis=2)
    ys = np.flatnonzero(grey200.sum(axis=1) >= SIDE)
    xs = np.flatnonzero(grey200.sum(axis=0) >= SIDE)
    assert (len(ys), np.ptp(ys), len(xs), np.ptp(xs)) == (SIDE, SIDE - 1, SIDE, SIDE - 1)
    yellow = (pixels == (0xFD, 0xE0, 0x47)).all(axis=2)
    assert yellow[ys.max() + 1 :, : xs.max()].any()
    assert yellow[: ys.max()].sum() == 0
    plain = picture_of(sheet(Tile(hit(marks=()), WHITE)))
    assert not (plain == (0xFD, 0xE0, 0x47)).all(axis=2).any()


def test_no_word_leaves_its_tile() -> None:
    """However long it is, and in letters that the font does not have."""
    long = hit(
        report_id="9" * 300,
        modality="/".join(["CT"] * 40),
        sentence="Ergußbildung" * 60 + " 胸水 " + "é" * 200,
        marks=((0, 700),),
        why=(Reason("finding", "x" * 400),),
    )
    pixels = picture_of(sheet(*(Tile(long, WHITE) for _ in range(6)), title="w" * 500))
    gap = 20
    for column in range(5):
        left = column * (SIDE + gap)
        below_heading = pixels[200:, left : left + gap]
        assert (below_heading == 255).all(), column


@pytest.mark.parametrize("tiles", [0, 1, 5])
def test_a_picture_of_any_number(tiles: int) -> None:
    height, width, _ = picture_of(sheet(*(Tile(hit(n + 1), WHITE) for n in range(tiles)))).shape
    assert width == {0: 2, 1: 2, 5: 4}[tiles] * (SIDE + 20) + 20
    assert height > {0: 20, 1: SIDE, 5: 2 * SIDE}[tiles]


@given(st.text(max_size=80), st.integers(12, 60), st.data())
def test_a_window_holds_what_it_is_for(text: str, most: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + most - 8)))
    first, last = window(text, most, start, end)
    dots = 4 * (first > 0) + 4 * (last < len(text))
    assert 0 <= first <= start <= end <= last <= len(text)
    assert last - first + dots <= max(most, len(text) if len(text) <= most else 0)


def test_a_sentence_in_pieces() -> None:
    assert list(sentence_pieces(hit())) == [
        ("A small ", False),
        ("pleural effusion", True),
        (", <b>no</b> ", False),
        ("pneumothorax", True),
        (".", False),
    ]
    cut = list(sentence_pieces(hit(sentence="word " * 100 + "mass here", marks=((500, 504),)), most=40))
    assert cut[0] == ("... ", False)
    assert ("mass", True) in cut
    assert sum(len(piece) for piece, _ in cut) <= 40


def test_words_for_what_was_asked_and_found() -> None:
    asked = Asked("mass", Path("/a/b.dcm"), (Condition("modality", "=", ("ct", "mr")),))
    assert asked.words == "mass, like b.dcm, modality=ct|mr"
    either = "10 of 134 hits, newest study first (modality: either of ct, mr)"
    assert count_words(10, 134, Asked(conditions=asked.conditions)) == either
    assert count_words(1, 1, Asked("x")) == "1 hit"
    reasons = (
        Reason("terms", "clear", 0, 5),
        Reason("terms", "lungs", 6, 11),
        Reason("image", "similarity 0.900"),
    )
    assert reason_words(hit(why=reasons)) == "words: clear, lungs; image similarity 0.900"


@pytest.mark.slow
def test_a_browser_shows_the_page(tmp_path: Path) -> None:
    program = browser()
    file = tmp_path / "sheet.html"
    file.write_bytes(sheet_page(sheet(Tile(hit(), WHITE), Tile(hit(2, sentence=EVIL, marks=()), NONE))))
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=700,700"]
    result = subprocess.run(
        [program, *arguments, f"--screenshot={tmp_path / 'shot.png'}", file.as_uri()],
        capture_output=True,
        timeout=120,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    assert result.returncode == 0
    pixels = np.asarray(Image.open(tmp_path / "shot.png").convert("RGB")).astype(int)
    assert (np.abs(pixels - 200).max(axis=2) <= 3).sum() > 150 * 150  # the picture
    assert (np.abs(pixels - (0xFD, 0xE0, 0x47)).max(axis=2) <= 3).sum() > 200  # the marks
