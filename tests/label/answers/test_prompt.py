"""What a model is asked: examples that are right, long reports in parts, a schema."""

import itertools
import json

import pytest

from radmine.findings import NameReader, load_findings
from radmine.label.answers.prompt import load_prompt, schema_of, tokens_of, windows_of
from radmine.label.answers.quoted import Quoted, read_reply

PROMPT = load_prompt()


@pytest.mark.parametrize("example", PROMPT.examples, ids=lambda example: next(iter(example["findings"])))
def test_an_example_is_what_we_would_take(example: dict[str, object]) -> None:
    findings: dict[str, str] = example["findings"]  # type: ignore[assignment]
    assert {name: load_findings()[name].title.lower() for name in findings} == {
        name: title.lower() for name, title in findings.items()
    }
    content = json.dumps({"answers": example["answers"]})
    found = list(read_reply(content, str(example["text"]), findings, NameReader()))
    assert found
    assert all(isinstance(one, Quoted) for one in found)


def test_messages_hold_the_text_as_it_is_and_what_is_asked() -> None:
    text = 'A {brace} and a "quote", 100 % {findings}.'
    messages = PROMPT.messages(text, {"mass": "Mass"}, section="impression")
    assert [m["role"] for m in messages] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert f"<report>\n{text}\n</report>" in messages[-1]["content"]
    assert "- mass: Mass" in messages[-1]["content"]
    assert "impression" in messages[-1]["content"]
    assert "{" not in messages[-1]["content"].replace(text, "")


def test_a_schema_allows_what_is_asked_and_nothing_else() -> None:
    schema = schema_of(["mass", "cyst"])
    item = schema["properties"]["answers"]["items"]
    assert item["properties"]["finding"]["enum"] == ["mass", "cyst"]
    assert item["properties"]["answer"]["enum"] == ["present", "absent", "uncertain"]
    assert item["required"] == ["finding", "answer", "quote"]
    assert schema["additionalProperties"] is item["additionalProperties"] is False
    assert tokens_of(["a"] * 14) > tokens_of(["a"])
    assert tokens_of(["a"] * 10_000) == 8192


SENTENCE = "The liver is of even density. "
LONG = "FINDINGS: " + SENTENCE * 40 + "\nIMPRESSION: " + SENTENCE * 20


def test_a_short_report_is_one_part() -> None:
    assert windows_of("Short.", 100) == [(0, 6, "")]


@pytest.mark.parametrize("size", [60, 100, 333, 1000, 1300])
def test_parts_cover_a_long_report_and_begin_with_sentences(size: int) -> None:
    windows = windows_of(LONG, size)
    assert all(0 < w.end - w.start <= size for w in windows)
    assert "".join(LONG[w.start : w.end] for w in windows) == LONG
    assert all(
        LONG[w.start : w.end].strip().startswith(("FINDINGS", "The liver", "IMPRESSION")) for w in windows
    )
    assert {w.section for w in windows} <= {"findings", "impression"}


def test_a_part_begins_with_a_section_where_one_begins_in_its_second_half() -> None:
    first, second = windows_of(LONG, 1300)
    assert first.section == "findings"
    assert second.section == "impression"
    assert LONG[second.start :].startswith("IMPRESSION")


@pytest.mark.parametrize("text", ["x" * 1000, "word " * 200, "a\n" * 500, " " * 1000, "ß İ " * 200])
def test_parts_of_odd_texts_cover_what_is_not_white_space(text: str) -> None:
    windows = windows_of(text, 64)
    assert "".join("".join(text[w.start : w.end] for w in windows).split()) == "".join(text.split())
    assert all(a.end <= b.start for a, b in itertools.pairwise(windows))
