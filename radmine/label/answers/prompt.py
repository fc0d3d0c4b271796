"""What a language model is asked about a report: `load_prompt`, `windows_of`."""

import json
import tomllib
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from radmine.files import bytes_digest
from radmine.parse import parse_report
from radmine.records import Assertion

_DATA = Path(__file__).parent / "data" / "ask.toml"
_ROOM, _EACH, _MOST = 200, 80, 8192  # tokens of a reply: besides the answers, for each finding, at most


class Window(NamedTuple):
    """A run of a report that goes into one question."""

    start: int
    end: int
    section: str  # that it begins in; "" of a whole report


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is told and asked."""

    version: str
    window: int  # characters
    system: str
    question: str
    whole: str
    part: str
    examples: tuple[Mapping[str, Any], ...]

    def messages(self, text: str, findings: Mapping[str, str], *, section: str = "") -> list[dict[str, str]]:
        """Return the messages that ask about a text.

        Parameters
        ----------
        findings
            Names and titles of what is asked about.
        section
            That the text begins in, where it is a part of a report.
        """
        told = [("system", self.system.strip())]
        for example in self.examples:
            told.append(("user", self._question(example["text"], example["findings"], "")))
            told.append(("assistant", json.dumps({"answers": example["answers"]})))
        told.append(("user", self._question(text, findings, section)))
        return [{"role": role, "content": content} for role, content in told]

    def _question(self, text: str, findings: Mapping[str, str], section: str) -> str:
        listed = "\n".join(f"- {name}: {title}" for name, title in findings.items())
        part = self.part.format(section=section) if section else self.whole
        return self.question.format(findings=listed, part=part, text=text.strip()).strip()


@cache
def load_prompt() -> Prompt:
    """Return what models are asked; its version is the digest of its data file."""
    data = _DATA.read_bytes()
    told = tomllib.loads(data.decode("utf-8"))
    return Prompt(bytes_digest(data), **{**told, "examples": tuple(told["examples"])})


def schema_of(findings: Sequence[str]) -> dict[str, Any]:
    """Return the JSON schema of a reply about findings."""
    properties = {
        "finding": {"type": "string", "enum": list(findings)},
        "answer": {"type": "string", "enum": [str(said) for said in Assertion]},
        "quote": {"type": "string"},
    }
    answers = {"type": "array", "items": _object(properties)}
    return _object({"answers": answers})


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def tokens_of(findings: Sequence[str]) -> int:
    """Return how many tokens a reply about findings may take."""
    return min(_ROOM + _EACH * len(findings), _MOST)


def windows_of(text: str, size: int) -> list[Window]:
    """Return the runs of a report that are asked about, of at most `size` characters: one, where it is no longer.

    They begin with a section where one begins in the second half of what fits, else with a sentence, a line or a word.
    """
    if len(text) <= size:
        return [Window(0, len(text), "")]
    return [window for window in _cut(text, size) if text[window.start : window.end].strip()]


def _cut(text: str, size: int) -> Iterator[Window]:
    read = parse_report(text)
    sections = sorted((s.heading[0] if s.heading else s.start, s.name) for s in read.sections)
    starts = [start for start, _ in sections]
    sentences = sorted(s.start for s in read.sentences)
    at = 0
    while at < len(text):
        end = min(at + size, len(text))
        if end < len(text):
            end = (
                _last(starts, at + size // 2, end)
                or _last(sentences, at, end)
                or _after(text, "\n", at, end)
                or _after(text, " ", at, end)
                or end
            )
        place = bisect_right(starts, at) - 1
        yield Window(at, end, sections[place][1] if place >= 0 else "unknown")
        at = end


def _last(places: Sequence[int], low: int, high: int) -> int | None:
    """Return the last place behind `low` up to `high`."""
    found = bisect_right(places, high) - 1
    return places[found] if found >= 0 and places[found] > low else None


def _after(text: str, character: str, low: int, high: int) -> int | None:
    found = text.rfind(character, low, high) + 1
    return found if found > low else None
