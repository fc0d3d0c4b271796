"""How a report got its labels, as a page."""

import os
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radmine.label import explain, explanation_of
from radmine.records import (
    Assertion,
    Experiencer,
    Mention,
    ReadReport,
    Section,
    Sentence,
    Temporality,
)
from radmine.show.html import explanation_html

PRESENT = Assertion.PRESENT


class Page(HTMLParser):
    """What a browser shows of a page: the report's text without the names under it, and the cells of its tables."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.names: list[str] = []
        self.cells: list[list[str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "meta":
            return
        self.open.append(str(dict(attrs).get("class") or tag))
        if self.open[-1] == "name":
            self.names.append("")
        if tag == "tr":
            self.cells.append([])
        if tag == "td":
            self.cells[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if "name" in self.open:
            self.names[-1] += data
        elif "spans" in self.open:
            self.text += data
        elif self.open and self.open[-1] == "td":
            self.cells[-1][-1] += data


def page(text: str) -> Page:
    return Page(explanation_html(explain(text), text))


def letters(text: str) -> str:
    return "".join(text.split())


def test_a_page_names_findings_rules_and_scopes_under_the_text() -> None:
    text = "FINDINGS: No ascites or splenomegaly.\nGallstone."
    shown = page(text)
    assert letters(shown.text) == letters(text)
    (rule,) = {m.mention.rule for m in explain(text).mentions} - {"default"}
    assert sorted(shown.names) == sorted(
        ["ascites: absent", "splenomegaly: absent", "gallstone: present", rule, f"{rule} reaches"]
    )
    assert ["gallstone", "present", "0.95", "rules:findings", "present", "0.95"] in shown.cells


def test_the_text_of_a_report_is_never_markup() -> None:
    text = 'No <script>alert("1")</script> pneumothorax & <b>ascites</b> {0} </div>.'
    shown = page(text)
    assert not {"script", "b"} & set(shown.tags)
    assert letters(shown.text) == letters(text)
    title = explanation_html(explain(text), text, title="<script>")
    assert "<script>" not in title


def test_a_page_without_a_mention_still_shows_the_text() -> None:
    for text in ("The quick brown fox.", "", "  \n\n "):
        shown = page(text)
        assert letters(shown.text) == letters(text)
        assert shown.names == []


def test_mentions_that_overlap_stand_in_rows_of_their_own() -> None:
    text = "Large hiatal hernia sac."
    spans = ((6, 19, "hiatal_hernia"), (13, 19, "hernia"), (0, 24, "lung_mass"))
    mentions = [
        Mention(a, b, f, PRESENT, Temporality.CURRENT, Experiencer.PATIENT, "default", None, None, 0)
        for a, b, f in spans
    ]
    read = ReadReport(text, [Section(0, 24, "body", None)], [Sentence(0, 24, 0)], mentions)
    html = explanation_html(explanation_of(read, {}), text)
    shown = Page(html)
    assert sorted(shown.names) == ["hernia: present", "hiatal_hernia: present", "lung_mass: present"]
    assert letters(shown.text) == letters(text)
    assert {f"top: {25 + 17 * row}px" in html for row in range(3)} == {True}


PIECES = [
    "No pleural effusion",
    "Possible İ pneumonia",
    "gallstone",
    "ﬁbrosis µ ",
    "___",
    "[**Name**]",
    "<PERSON>",
    "\N{WHITE SMILING FACE}",
    ". ",
    ", ",
    "\n",
    "\u00a0",
    "\t",
    "&amp;",
    "HISTORY: ",
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_a_page_shows_the_whole_text_and_every_mention(text: str) -> None:
    shown = page(text)
    assert letters(shown.text) == letters(text)
    for read in explain(text).mentions:
        assert any(name.startswith(f"{read.mention.finding}: ") for name in shown.names)


def browser() -> str:
    """The path of Chromium; without it the test skips, in CI it fails."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("RADMINE_NEEDS_PROGRAMS"):
            pytest.fail("Chromium is missing: install the Debian package chromium")
        pytest.skip("Chromium is not installed (Debian package chromium)")
    return found


@pytest.mark.slow
def test_a_browser_shows_the_page(tmp_path: Path) -> None:
    program = browser()
    text = (
        "FINDINGS: No ascites or <b>splenomegaly</b>.\nGallstone.\n<script>document.title = 'taken'</script>"
    )
    file = tmp_path / "page.html"
    file.write_text(explanation_html(explain(text), text, title="Report 7"), encoding="utf-8")
    result = subprocess.run(
        [program, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", file.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    shown = Page(result.stdout)
    assert "<title>Report 7</title>" in result.stdout
    assert letters(shown.text) == letters(text)
    assert "gallstone: present" in shown.names
