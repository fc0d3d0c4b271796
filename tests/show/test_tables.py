"""What the command line shows of a report."""

import io
import json

import pytest
from rich.console import Console
from rich.text import Text

from radmine.label import explain
from radmine.records import Assertion
from radmine.show.case import ExplainedReport
from radmine.show.plain import plain
from radmine.show.tables import explained_text, explanation_view


def shown(text: str) -> str:
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(explanation_view(ExplainedReport("R1", text, explain(text))))
    return console.export_text()


def styles(text: Text, words: str) -> set[str]:
    at = text.plain.index(words)
    return {str(span.style) for span in text.spans if span.start <= at < span.end}


def test_the_text_is_marked_by_what_is_said_and_which_words_said_it() -> None:
    report = "FINDINGS: Gallstone. No ascites. Possible hydronephrosis.\nHISTORY: Splenomegaly."
    text = explained_text(report, explain(report))
    assert text.plain == (
        "FINDINGS: Gallstone[1]. No ascites[2]. Possible hydronephrosis[3].\nHISTORY: Splenomegaly[4]."
    )
    assert styles(text, "FINDINGS") == {"bold"}
    assert styles(text, "Gallstone") == {"bold red"}
    assert "green" in styles(text, "ascites")
    assert "underline" in styles(text, "No ")
    assert "yellow" in styles(text, "hydronephrosis")
    assert "underline" in styles(text, "Possible")
    assert styles(text, "Splenomegaly") == {"strike dim"}


def test_the_view_tells_rule_trigger_reason_and_votes() -> None:
    view = shown("FINDINGS: No ascites.\nHISTORY: Splenomegaly.")
    assert '"No" at 10' in view
    assert "the section history makes no label" in view
    assert "rules:findings" in view


@pytest.mark.parametrize("text", ["", "No markup [bold]here[/bold], no ascites [/].", "İ: possible ascites"])
def test_any_text_is_shown_as_it_stands(text: str) -> None:
    explanation = explain(text)
    numbered = explained_text(text, explanation).plain
    for number in range(1, len(explanation.mentions) + 1):
        numbered = numbered.replace(f"[{number}]", "", 1)
    assert numbered == text
    assert text.split("\n")[0] in shown(text).replace("[1]", "")


def test_an_explanation_is_plain_json() -> None:
    explanation = explain("No ascites.")
    read = json.loads(json.dumps(plain(explanation)))
    assert read["labels"]["ascites"]["assertion"] == Assertion.ABSENT
    assert read["sentences"][0]["mentions"][0]["mention"]["finding"] == "ascites"
