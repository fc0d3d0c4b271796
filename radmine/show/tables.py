"""What a terminal shows of cases and explanations, and its plain table, as rich renderables; nothing here prints."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from radmine.label import Decision, Explanation
from radmine.records import Assertion, Experiencer, LabelRow, Link, Mention, Span, TagRow, Temporality
from radmine.show.case import ExplainedImage, ExplainedReport, ImageCase, ReportCase
from radmine.show.case_topics import NO_TOPICS, topic_rows
from radmine.show.decisions import CASE_COLUMNS, WHOLE, case_rows, voters_of
from radmine.show.explanation import SHORT_COLUMNS, attributes, in_words, said_of, short_row, vote_rows
from radmine.show.notes import NOTE_COLUMNS, Notes, note_rows
from radmine.show.visible import visible_line, visible_spans

_COLOURS = {Assertion.PRESENT: "bold red", Assertion.ABSENT: "green", Assertion.UNCERTAIN: "yellow"}


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Sequence[str] = (),
    whole: Sequence[str] = (),
) -> Table:
    """Return a plain table; the columns in `right` are aligned to the right, cells of those in `whole` are not broken."""
    result = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        justify: Literal["left", "right"] = "right" if column in right else "left"
        result.add_column(column, justify=justify, overflow="fold", no_wrap=column in whole)
    for row in rows:
        result.add_row(*(Text(visible_line(cell)) for cell in row))
    return result


def marked_text(case: ReportCase) -> Text:
    """Return a report's text with its mentions coloured by what is said of them."""
    shown, at = visible_spans(case.report.text)
    text = Text(shown)
    for section in case.sections:
        if section.heading is not None:
            text.stylize("bold", *_shown(at, section.heading))
    for mention in case.mentions:
        text.stylize(_COLOURS[mention.assertion], *_shown(at, (mention.start, mention.end)))
    return text


def _shown(at: Sequence[int], span: Span) -> Span:
    """Return where a span of a text stands in the text that is shown (see `visible_spans`)."""
    return at[span[0]], at[span[1]]


def _decisions(decisions: Sequence[Decision], labels: Mapping[str, Sequence[str]]) -> list[RenderableType]:
    """Return what people decided of a case, with an empty line; nothing where they decided nothing."""
    return [table(CASE_COLUMNS, case_rows(decisions, labels), whole=WHOLE), Text()] if decisions else []


def _notes(notes: Notes, mentions: Sequence[Mention], text: str) -> list[RenderableType]:
    """Return what a report says beside its findings, with an empty line; nothing where it says nothing."""
    rows = list(note_rows(notes, mentions, text))
    return [table(NOTE_COLUMNS, rows, whole=("span", "of")), Text()] if rows else []


def _labels(labels: Sequence[LabelRow]) -> RenderableType:
    if not labels:
        return Text("No labels.")
    return table(
        ("finding", "assertion", "probability", "voters"),
        (
            (r.finding, said_of(r.assertion, implied=r.implied), f"{r.probability:.2f}", ", ".join(r.voters))
            for r in labels
        ),
        right=("probability",),
        whole=("finding", "assertion", "probability"),
    )


def _tags(tags: Sequence[TagRow]) -> RenderableType:
    """Return the tags of an image but those that only say what a place is a part of."""
    rows = [(t.tag, t.kind, str(t.assertion), t.laterality or "") for t in tags if t.kind != "whole"]
    return table(("tag", "kind", "assertion", "side"), dict.fromkeys(rows), whole=("tag", "kind"))


def _links(links: Sequence[Link], *, of: str, most: int = 20) -> RenderableType:
    if not links:
        return Text(f"No {'image' if of == 'image_id' else 'report'} is linked.")
    rows = [
        (
            getattr(link, of),
            link.method,
            f"{link.confidence:.2f}",
            "" if link.start is None else f"{link.start}-{link.end}",
        )
        for link in links[:most]
    ]
    shown = table(("image" if of == "image_id" else "report", "method", "confidence", "span"), rows)
    return Group(shown, Text(f"and {len(links) - most} more")) if len(links) > most else shown


def _facts(facts: Mapping[str, Any]) -> Table:
    return table(("field", "value"), ((k, str(v)) for k, v in facts.items() if v is not None))


def _said(mention: Mention) -> str:
    """Return what is said of a finding, and of when and whom, where that is not this patient now."""
    parts: list[str] = [in_words(mention)]
    parts += [] if mention.temporality is Temporality.CURRENT else [mention.temporality]
    parts += [] if mention.experiencer is Experiencer.PATIENT else ["of another"]
    return ", ".join(parts)


def case_view(case: ReportCase | ImageCase) -> RenderableType:
    """Return what `radmine show` shows."""
    if isinstance(case, ReportCase):
        report = case.report
        facts = {
            "report": report.report_id,
            "patient": report.patient_id,
            "study": report.study_id,
            "accession number": report.accession_number,
            "split": case.split,
            "source": report.source,
            **dict(topic_rows(case.topics)),
        }
        mentions = table(
            ("mention", "finding", "assertion", "attributes", "rule"),
            ((f"{m.start}-{m.end}", m.finding, _said(m), attributes(m), m.rule) for m in case.mentions),
            whole=("mention", "finding", "rule"),
        )
        parts: list[RenderableType] = [_facts(facts), Text(), marked_text(case), Text()]
        parts += [mentions if case.mentions else Text("No finding is mentioned."), Text()]
        parts += _notes(case.notes, case.mentions, report.text)
        parts += _decisions(case.decisions, {row.finding: row.voters for row in case.labels})
        links = _links(case.links, of="image_id")
        if case.of_study:
            first, *more = case.of_study
            others = f" and {len(more):,} more" if more else ""
            links = Text(f"No sentence names an image; its study has {first}{others}.")
        return Group(*parts, _labels(case.labels), Text(), links)
    image = case.image
    facts = {
        "image": image.image_id,
        "path": image.path,
        "patient": image.patient_id,
        "study": image.study_id,
        "series": str(image.series_number or ""),
        "instance": str(image.instance_number or ""),
        "modality": image.modality,
        "body part": image.body_part,
        "plane": image.plane,
        "view": image.view,
        "kind": None if image.kind == "image" else image.kind,
        "size": None if image.rows is None else f"{image.rows} x {image.columns}",
        "split": case.split,
        **dict(topic_rows(case.topics)),
    }
    decided = _decisions(case.decisions, {row.finding: row.voters for row in case.labels})
    labels = _labels(case.labels)
    tags = [_tags(case.tags), Text()] if case.tags else []
    return Group(_facts(facts), Text(), *decided, labels, Text(), *tags, _links(case.links, of="report_id"))


def explained_text(text: str, explanation: Explanation) -> Text:
    """Return a report's text with its headings bold, its triggers underlined, and its mentions coloured by what is said of
    them, grey where they make no label, and numbered.
    """
    return _numbered(text, explanation, [(0, len(text))])


def _numbered(text: str, explanation: Explanation, spans: Iterable[Span]) -> Text:
    """Return spans of an explained text, an end of line between them."""
    shown, at = visible_spans(text)
    styled = Text(shown)
    for heading in explanation.headings:
        styled.stylize("bold", *_shown(at, heading))
    for read in explanation.mentions:
        mention = read.mention
        colour = "strike dim" if read.left_out else _COLOURS[mention.assertion]
        styled.stylize(colour, *_shown(at, (mention.start, mention.end)))
        if mention.trigger is not None:
            styled.stylize("underline", *_shown(at, mention.trigger))
    numbers: dict[int, list[int]] = {}
    for number, read in enumerate(explanation.mentions, start=1):
        numbers.setdefault(at[read.mention.end], []).append(number)
    result = Text()
    for start, end in (_shown(at, span) for span in spans):
        if result:
            result.append("\n")
        ends = sorted(n for n in numbers if start < n <= end)
        pieces = styled[start:end].divide([n - start for n in ends])
        for piece, n in zip(pieces, ends, strict=False):
            result.append_text(piece).append(f"[{','.join(map(str, numbers[n]))}]", "dim")
        result.append_text(pieces[-1])
    return result


def explanation_view(explained: ExplainedReport | ExplainedImage) -> RenderableType:
    """Return what `radmine explain NAME REPORT|IMAGE` shows: the text, marked, of an image the sentences that its votes rest
    on; the mentions; their votes and the outcome.
    """
    if isinstance(explained, ExplainedImage):
        return _image_view(explained)
    text, explanation = explained.text, explained.explanation
    return Group(
        Text(f"report {visible_line(explained.report_id)}", style="bold"),
        Text(),
        explained_text(text, explanation),
        Text(),
        *(Text(visible_line(f"{what}: {words}")) for what, words in topic_rows(explained.topics)),
        *([Text()] if explained.topics != NO_TOPICS else []),
        _mentions(text, explanation),
        Text(),
        *_notes(explained.notes, [read.mention for read in explanation.mentions], text),
        *_decisions(explained.decisions, voters_of(explanation)),
        _votes(explanation),
    )


def _image_view(explained: ExplainedImage) -> RenderableType:
    parts: list[RenderableType] = [Text(f"image {visible_line(explained.image_id)}", style="bold")]
    parts += [Text(visible_line(explained.path))] if explained.path else []
    voters = voters_of(*(spoken.explanation for spoken in explained.reports))
    parts += [Text(), *_decisions(explained.decisions, voters)]
    for spoken in explained.reports:
        explanation = spoken.explanation
        if spoken.report_id is not None:
            parts += [Text(f"report {visible_line(spoken.report_id)}", style="bold"), Text()]
        if explanation.sentences:
            spans = [(sentence.start, sentence.end) for sentence in explanation.sentences]
            parts += [_numbered(spoken.text, explanation, spans), Text()]
            parts += [_mentions(spoken.text, explanation), Text()]
        parts += [_votes(explanation), Text()]
    return Group(*(parts[:-1] if explained.reports else [*parts, Text("No labels.")]))


def _mentions(text: str, explanation: Explanation) -> Table:
    rows = ((str(n), *short_row(read, text)) for n, read in enumerate(explanation.mentions, start=1))
    return table(("", *SHORT_COLUMNS), rows, right=("",), whole=("", "span", "finding"))


def _votes(explanation: Explanation) -> Table:
    """Return each finding with its label, and its votes in the lines below it."""
    rows: list[tuple[str, str, str]] = []
    for finding, label, sure, voter, vote, vote_sure in vote_rows(explanation):
        rows += [(finding, label, sure)] if finding else []
        rows.append((f"  {voter}", vote, vote_sure))
    columns = ("finding and votes", "label", "prob.")
    return table(columns, rows, right=("prob.",), whole=("label", "prob."))
