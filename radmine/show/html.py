"""An explanation as a page of HTML, its text drawn by displaCy: `explanation_html` of a report, `image_html` of an image."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import pairwise

from radmine.label import Decision, Explanation
from radmine.records import Assertion, Span
from radmine.show.case import ExplainedImage
from radmine.show.case_topics import NO_TOPICS, CaseTopics, topic_rows
from radmine.show.decisions import CASE_COLUMNS, case_rows, voters_of
from radmine.show.explanation import MENTION_COLUMNS, VOTE_COLUMNS, in_words, mention_row, vote_rows
from radmine.show.notes import NO_NOTES, NOTE_COLUMNS, Notes, note_rows
from radmine.show.visible import visible

COLOURS = {Assertion.PRESENT: "#ff9b93", Assertion.ABSENT: "#a5dba5", Assertion.UNCERTAIN: "#ffd966"}
_LEFT_OUT, _TRIGGER, _SCOPE = "#d0d0d0", "#9cc7f0", "#e4ecf5"

_PIECE = re.compile(r"\n|[^\S\n]+|\S+[^\S\n]*")  # what displaCy may break a line between

# displaCy's options: tighter rows, and its own templates without their white space, since the text's own is kept.
_LOOK = {
    "top_offset": 25,
    "template": {
        "span": '<span class="token" style="height: {total_height}px">{text}{span_slices}{span_starts}</span>',
        "slice": '<span class="line" style="background: {bg}; top: {top_offset}px"></span>',
        "start": '<span class="line" style="background: {bg}; top: {top_offset}px">'
        '<span class="name" style="background: {bg}">{label}{kb_link}</span></span>',
    },
}
_STYLE = """
body { font: 16px/1.4 system-ui, sans-serif; margin: 2rem; color: #111; background: #fff }
.spans { line-height: 1.5 !important; white-space: pre-wrap; overflow-wrap: anywhere; margin-bottom: 2rem }
.token { display: inline-block; position: relative; font-weight: bold }
.line { position: absolute; left: -1px; width: calc(100% + 2px); height: 4px }
.name { position: absolute; top: -0.5em; padding: 2px 3px; z-index: 1; white-space: nowrap;
  font-size: 0.6em; line-height: 1; border-radius: 3px }
table { border-collapse: collapse; margin-bottom: 2rem }
th, td { text-align: left; vertical-align: top; padding: 0.2rem 0.8rem 0.2rem 0; border-bottom: 1px solid #ddd }
"""


def explanation_html(
    explanation: Explanation,
    text: str,
    *,
    title: str = "Report",
    decisions: Sequence[Decision] = (),
    notes: Notes = NO_NOTES,
    topics: CaseTopics = NO_TOPICS,
) -> str:
    """Return a page that shows a report with its mentions, triggers and scopes, and how votes on them became labels.

    Below each mention, coloured by what is said of it, stand its trigger and scope; a mention that makes no label is grey. The
    page needs no other file. All text from outside is escaped, and marks that turn the direction of writing are shown as codes.

    Parameters
    ----------
    text
        The report that was explained.
    title
        The page's heading: the report's id.
    decisions
        Of people, on the report.
    notes
        What the report says beside its findings.
    topics
        Of the report.
    """
    beside = note_rows(notes, [read.mention for read in explanation.mentions], text)
    return _page(
        title,
        _drawn(explanation, text)
        + _table("Mentions", MENTION_COLUMNS, (mention_row(m, text) for m in explanation.mentions))
        + (_table("Recommendations and scores", NOTE_COLUMNS, beside) if notes != NO_NOTES else "")
        + (_table("Topics", ("of", "topics"), topic_rows(topics)) if topics != NO_TOPICS else "")
        + _decided(decisions, explanation)
        + _table("Votes and labels", VOTE_COLUMNS, vote_rows(explanation)),
    )


def image_html(explained: ExplainedImage) -> str:
    """Return a page that shows how an image got its labels: each report that speaks of it, with the mentions that votes rest on."""
    body = _decided(explained.decisions, *(spoken.explanation for spoken in explained.reports))
    for spoken in explained.reports:
        explanation, text = spoken.explanation, spoken.text
        if spoken.report_id is not None:
            body += f"<h2>Report {escape(spoken.report_id)}</h2>\n" + _drawn(explanation, text)
            rows = (mention_row(m, text) for m in explanation.mentions)
            body += _table("Mentions", MENTION_COLUMNS, rows)
        body += _table("Votes and labels", VOTE_COLUMNS, vote_rows(explanation))
    return _page(f"Image {explained.image_id}", body or "<p>No labels.</p>\n")


def _page(title: str, body: str) -> str:
    return visible(
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n<h1>{escape(title)}</h1>\n{body}</body>\n</html>\n"
    )


def _decided(decisions: Sequence[Decision], *explanations: Explanation) -> str:
    rows = case_rows(decisions, voters_of(*explanations))
    return _table("Decisions", CASE_COLUMNS, rows) if decisions else ""


def _drawn(explanation: Explanation, text: str) -> str:
    """Return a text with its spans, as displaCy draws them."""
    from spacy import displacy

    spans = dict.fromkeys(_spans(explanation, text))  # mentions of a list share their trigger and scope
    tokens, begins = _tokens(text, spans)
    drawn = [
        {"start_token": begins[start], "end_token": begins[end], "label": escape(label)}
        for (start, end), label, _ in spans
    ]
    body = displacy.render(
        {"text": text, "tokens": tokens, "spans": drawn},
        style="span",
        manual=True,
        jupyter=False,
        options={"colors": {escape(label): colour for _, label, colour in spans}, **_LOOK},
    )
    return f"{body}\n"


def _spans(explanation: Explanation, text: str) -> Iterator[tuple[Span, str, str]]:
    """Yield what to draw: where, its name, its colour. displaCy draws nothing that begins with white space."""
    for mention, left_out in ((m.mention, m.left_out) for m in explanation.mentions):
        said = f"{mention.finding}: {in_words(mention)}"
        if left_out is None:
            yield (mention.start, mention.end), said, COLOURS[mention.assertion]
        else:
            yield (mention.start, mention.end), f"{said}, left out: {left_out}", _LEFT_OUT
        for span, part, colour in ((mention.trigger, "", _TRIGGER), (mention.scope, " reaches", _SCOPE)):
            words = "" if span is None else text[slice(*span)]
            if span is not None and words.strip():
                start = span[1] - len(words.lstrip())
                yield (start, start + len(words.strip())), mention.rule + part, colour


def _tokens(text: str, spans: Iterable[tuple[Span, str, str]]) -> tuple[list[str], dict[int, int]]:
    """Return the pieces of a text, cut where a span begins or ends, and the index of the piece at each such place.

    displaCy adds a space after each piece that it draws no line under; where the text has one there, the piece leaves it out.
    """
    edges = sorted({0, len(text), *(edge for span, _, _ in spans for edge in span)})
    covered = [False] * (len(text) + 1)
    for (start, end), _, _ in spans:
        covered[start:end] = [True] * (end - start)
    tokens: list[str] = []
    begins: dict[int, int] = {}
    for start, end in pairwise(edges):
        begins[start] = len(tokens)
        if covered[start]:
            pieces = _PIECE.findall(text, start, end)
            tokens += [piece if piece.strip() else piece.removesuffix(" ") for piece in pieces]
        else:
            tokens.append(text[start:end].removesuffix(" "))
    begins[len(text)] = len(tokens)
    return tokens, begins


def _table(title: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    def line(cells: Iterable[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>\n"

    body = "".join(line(row, "td") for row in rows)
    if not body:
        return f"<h2>{title}</h2>\n<p>none</p>\n"
    return f"<h2>{title}</h2>\n<table>\n{line(columns, 'th')}{body}</table>\n"
