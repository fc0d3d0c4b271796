"""The review sheet of topics: what it shows of each, that it needs no network, and that nothing from outside runs in it."""

import json
import os
import re
import subprocess
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from radmine.corpus import Corpus
from radmine.curate import mark_topics
from radmine.show import topic_sheet as sheets
from radmine.show.topic_examples import LONGEST
from radmine.show.topic_sheet import MODEL, TopicCard, TopicSheet
from radmine.show.topics_html import topics_html
from radmine.topics import Drift, Period
from tests.show.test_html import browser
from tests.topics.made import KNEE, TOPICS, make_topics, topic

VOID = {"meta", "img", "input"}
ADDRESSES = ("src", "href", "action", "poster", "data", "srcset", "background")


class Page(HTMLParser):
    """The elements of a page with their attributes, and the text of each topic."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.topics: dict[str, str] = {}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "article":
            self.topics[str(dict(attrs)["id"])] = ""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "article" in self.open:
            self.topics[next(reversed(self.topics))] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    corpus = make_topics(tmp_path_factory.mktemp("home"), pixels=True)
    (corpus.folder / MODEL).mkdir(parents=True)
    return corpus


@pytest.fixture(scope="module")
def sheet(corpus: Corpus) -> TopicSheet:
    return sheets.topic_sheet(corpus)


def card(sheet: TopicSheet, level: str, number: int) -> TopicCard:
    (found,) = (c for c in sheet.cards if (c.topic.level, c.topic.topic) == (level, number))
    return found


def page(sheet: TopicSheet) -> Page:
    return Page(topics_html(sheet).decode())


def test_sentences_are_those_of_the_reports_that_hold_most_of_a_topic(sheet: TopicSheet) -> None:
    said = card(sheet, "document", 0).sentences
    assert [(e.report_id, e.text) for e in said] == [("R10", "Small left effusion in the pleural space.")]
    assert said[0].weight == pytest.approx(0.9)
    of_part = card(sheet, "second", 3).sentences  # a quarter of the report's strongest
    assert [(e.report_id, round(e.weight, 3)) for e in of_part] == [("R11", 0.228)]
    tears = card(sheet, "sentence", 1).sentences
    own, others = ["R11", "R9", "R7", "R5", "R3", "R1"], ["R0", "R2", "R4", "R6"]
    assert [e.report_id for e in tears] == own + others
    assert tears[0].text == "Image 3 shows the tear, case 11."


def test_a_denied_finding_is_another_word_than_the_finding(tmp_path: Path) -> None:
    topics = [
        topic("document", 0, "no_pleural_effusion"),
        topic("document", 1, "pleural_space"),
        *TOPICS[2:],
    ]
    text = "FINDINGS: Pleural effusion at the left. No pleural effusion at the right. The pleural space is wide, {}."
    made = sheets.topic_sheet(make_topics(tmp_path, topics=topics, texts=(text, text)))
    assert {e.text for e in card(made, "document", 0).sentences} == {"No pleural effusion at the right."}
    assert all("space" in e.text for e in card(made, "document", 1).sentences)


def test_what_topics_are_not_fitted_on_shows_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "INDICATION: Effusion, pleural, left, {}.\nFINDINGS: Small effusion. No pleural effusion."
    corpus = make_topics(tmp_path, texts=(text, text))

    def shown() -> set[str]:
        return {e.text for e in card(sheets.topic_sheet(corpus), "document", 0).sentences}

    assert shown() == {"Small effusion."}
    reading = {"skip_sections": ["findings"], "join_negated": True}
    monkeypatch.setattr(sheets, "model_facts", lambda folder: {"reading": reading})
    assert all(said.startswith("Effusion, pleural, left") for said in shown())


def test_a_topic_knows_its_parts_and_those_that_are_like_it(sheet: TopicSheet) -> None:
    assert card(sheet, "document", 0).parts == (0, 1)
    assert card(sheet, "document", 0).near == ()
    assert card(sheet, "second", 2).near == ((3, pytest.approx(0.2)),)


def test_images_come_from_the_reports_that_hold_most_with_their_pictures(sheet: TopicSheet) -> None:
    chest = card(sheet, "document", 0)
    assert ([i.image_id for i in chest.images], chest.linked) == (["I10", "I8", "I6", "I4"], 6)
    pictures = [Image.open(BytesIO(i.jpeg)) for i in chest.images if i.jpeg is not None]
    assert [(p.size, p.getpixel((48, 48))) for p in pictures] == [((96, 96), 20 * n) for n in (10, 8, 6, 4)]
    assert card(sheet, "second", 1).images == ()


def test_pictures_are_bounded_in_all_and_each_topic_has_its_first_before_a_second(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first, *_) = card(sheets.topic_sheet(corpus), "document", 0).images
    monkeypatch.setattr(sheets, "PICTURES", 4 * len(first.jpeg or b""))  # each is as large
    made = sheets.topic_sheet(corpus)
    shown = {i.image_id for c in made.cards for i in c.images if i.jpeg is not None}
    assert shown == {"I10", "I11", "I8", "I9"}


def test_the_page_shows_each_topic_with_words_findings_and_links(sheet: TopicSheet) -> None:
    shown = page(sheet)
    assert list(shown.topics) == [f"{t.level}-{t.topic}" for t in TOPICS]
    text = " ".join(shown.topics["document-0"].split())
    for said in ("pleural effusion +4.0", "no pneumothorax +2.5", "coherence 0.250", "6 linked images"):
        assert said in text
    links = {a["href"] for a in shown.all("a")}
    assert {"#second-0", "#document-0"} <= links
    assert all(link[1:] in shown.topics for link in links if link)


def test_the_page_needs_no_network(sheet: TopicSheet) -> None:
    shown = page(sheet)
    for _, attributes in shown.elements:
        for name in ADDRESSES:
            assert (attributes.get(name) or "#").startswith(("#", "data:image/jpeg;base64,"))
    html = topics_html(sheet).decode()
    assert not re.search(r"url\(|@import|https?:", html.replace("http://www.w3.org/2000/svg", ""))
    (policy,) = (m["content"] for m in shown.all("meta") if "http-equiv" in m)
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:; ")


EVIL = "<script>document.title='taken'</script>\" onload=\"x\" ' & =1+1 \x1b[31m"


def hostile(sheet: TopicSheet) -> TopicSheet:
    """Return the sheet with marks of HTML in all that comes from outside."""
    cards = []
    for one in sheet.cards:
        of = replace(
            one.topic,
            name=EVIL,
            words=(EVIL, *one.topic.words[1:]),
            findings=(EVIL,),
            odds=(1.0,),
            mark="high",
        )
        said = tuple(e._replace(text=EVIL, report_id=EVIL) for e in one.sentences)
        images = tuple(replace(i, image_id=EVIL, report_id=EVIL) for i in one.images)
        cards.append(replace(one, topic=of, named=True, sentences=said, images=images))
    return replace(sheet, corpus=EVIL, cards=tuple(cards))


def test_nothing_from_outside_is_markup(sheet: TopicSheet) -> None:
    plain, evil = page(sheet), page(hostile(sheet))
    assert len(evil.all("script")) == 1
    assert {a for _, attributes in evil.elements for a in attributes} <= {
        *(a for _, attributes in plain.elements for a in attributes)
    }
    assert EVIL.replace("\x1b", "\\x1b") in evil.topics["document-0"]
    assert "\x1b" not in topics_html(hostile(sheet)).decode()


def test_long_sentences_are_cut_and_one_line(tmp_path: Path) -> None:
    long = "FINDINGS: The effusion is " + "very\n" * 200 + "large, {}."
    made = sheets.topic_sheet(make_topics(tmp_path, texts=(long, KNEE)))
    (said, *_) = card(made, "document", 0).sentences
    assert LONGEST - 20 < len(said.text) <= LONGEST
    assert "\n" not in said.text


def test_marks_and_names_that_stand_are_shown(sheet: TopicSheet) -> None:
    cards = tuple(
        replace(c, topic=replace(c.topic, name="Ergüsse", mark="low"), named=True) if n == 0 else c
        for n, c in enumerate(sheet.cards)
    )
    shown = page(replace(sheet, cards=cards))
    checked = {a["name"]: a["value"] for a in shown.all("input") if "checked" in a}
    assert checked["document-0-mark"] == "low"
    assert checked["document-1-mark"] == ""
    names = [a["value"] for a in shown.all("input") if a.get("type") == "text"]
    assert names[:2] == ["Ergüsse", ""]


def test_drift_and_curves_are_drawn_where_they_are_known(corpus: Corpus, sheet: TopicSheet) -> None:
    assert "Surest trends" not in topics_html(sheet).decode()  # eleven reports of a month each
    periods = Period("2020-01", 24240, 20), Period("2020-02", 24241, 30)
    shares = np.array([[0.25, 0.75], [0.5, 0.5]])
    dated = replace(
        sheet, drift=Drift("month", periods, shares, np.array([3.1, -3.1]), np.array([0.25, -0.25]), 1)
    )
    html = topics_html(dated).decode()
    for said in ("Surest trends", "<title>Reports</title>", "trend +3.1 (+0.250)", "trend -3.1 (-0.250)"):
        assert said in html
    assert "held-out perplexity" not in html
    sparks = [t for t, a in page(dated).elements if t == "svg" and a.get("height") == "28"]
    assert len(sparks) == 2
    assert [a.get("data-moved") for a in page(dated).all("article")][:3] == ["3.100000", "3.100000", ""]
    with_curve = replace(
        sheet, curves=(sheets.Curve("document", ((2.0, 40.0), (4.0, 45.0)), 2, (2.0, 40.0)),)
    )
    html = topics_html(with_curve).decode()
    assert "held-out perplexity" in html
    assert html.count("<circle") == 1


def test_curves_come_from_the_facts_of_the_model(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = {"curve": {"document": [[4, 45.5], [3, 40]], "second": [[2, 9], [6, 8]], "sentence": None}}
    monkeypatch.setattr(
        sheets, "model_facts", lambda folder: facts if folder == corpus.folder / MODEL else None
    )
    document, second = sheets.topic_curves(corpus, TOPICS)
    assert (document.level, document.points, document.topics) == ("document", ((3.0, 40.0), (4.0, 45.5)), 2)
    assert document.chosen == (3.0, 40.0)
    assert (second.topics, second.chosen) == (4, (2.0, 9.0))  # two parts of each


def test_the_same_corpus_gives_the_same_page(corpus: Corpus, sheet: TopicSheet) -> None:
    assert topics_html(sheets.topic_sheet(corpus)) == topics_html(sheet)


DRIVE = """
<script>
const choose = (id, mark, name) => {
  const card = document.getElementById(id);
  card.querySelector(`input[value="${mark}"]`).click();
  card.querySelector("input[type=text]").value = name;
  card.querySelector("input[type=text]").dispatchEvent(new Event("input", { bubbles: true }));
};
choose("document-0", "high", '=Fluid; "left"');
choose("sentence-1", "", "Tears");
choose("document-1", "low", "");
let made = null;
URL.createObjectURL = (blob) => { made = blob; return "data:,"; };
document.getElementById("save").click();
document.getElementById("search").value = "MENISCUS";
document.getElementById("search").dispatchEvent(new Event("input"));
document.getElementById("order").value = "unmarked";
document.getElementById("order").dispatchEvent(new Event("change"));
made.text().then((text) => {
  const shown = [...document.querySelectorAll("section[data-level=document] .topic:not([hidden])")];
  const result = { csv: text, shown: shown.map((card) => card.id), count: document.getElementById("count").textContent };
  document.title = JSON.stringify(result);
});
</script>
"""


@pytest.mark.slow
def test_a_browser_marks_seeks_and_saves_what_the_command_reads(
    corpus: Corpus, sheet: TopicSheet, tmp_path: Path
) -> None:
    program = browser()
    html = topics_html(replace(sheet, corpus="<b>made</b>")).decode()
    html = re.sub(r"<meta http-equiv[^>]*>", "", html).replace("</body>", f"{DRIVE}</body>")
    file = tmp_path / "sheet.html"
    file.write_text(html, encoding="utf-8")
    result = subprocess.run(
        [
            program,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--virtual-time-budget=5000",
            "--dump-dom",
            file.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    title = re.search(r"<title>(.*?)</title>", result.stdout, re.DOTALL)
    assert title is not None, result.stderr[-500:]
    made = json.loads(unescape(title[1]))
    assert made["shown"] == ["document-1"]
    assert made["count"] == "3 of 8 topics marked"
    saved = tmp_path / "made-topic-marks.csv"
    saved.write_text(made["csv"], encoding="utf-8")
    taken = mark_topics(corpus, saved, by="ann")
    assert not taken.refused
    assert [(m.level, m.mark, m.name) for m in taken.taken] == [
        ("document", "high", '=Fluid; "left"'),
        ("document", "low", ""),
        ("sentence", None, "Tears"),
    ]


@pytest.mark.slow
def test_a_browser_runs_the_page_s_own_script_alone(sheet: TopicSheet, tmp_path: Path) -> None:
    program = browser()
    file = tmp_path / "sheet.html"
    html = (
        topics_html(hostile(sheet))
        .decode()
        .replace("</body>", "<script>document.title = 'taken'</script></body>")
    )
    file.write_text(html, encoding="utf-8")
    result = subprocess.run(
        [program, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", file.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    assert "<title>taken" not in result.stdout
    assert "8 of 8 topics marked" in result.stdout
