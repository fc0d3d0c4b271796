"""What a terminal shows of runs, hits, scores and cases, as rich renderables; nothing here prints."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from radmine.label import Explanation, VoterTraining
from radmine.records import Assertion, Hit, LabelRow, Link, Score, Span
from radmine.run import Outcome, StageStatus
from radmine.show.case import ExplainedReport, ImageCase, ReportCase
from radmine.show.explanation import MENTION_COLUMNS, VOTE_COLUMNS, attributes, mention_row, vote_rows
from radmine.show.visible import visible_line, visible_spans

_COLOURS = {Assertion.PRESENT: "bold red", Assertion.ABSENT: "green", Assertion.UNCERTAIN: "yellow"}


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()) -> Table:
    """Return a plain table; the columns in `right` are aligned to the right."""
    result = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        result.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        result.add_row(*(Text(visible_line(cell)) for cell in row))
    return result


def counts(rows: Mapping[str, int]) -> str:
    """Return "400 reports, 12 studies": what a stage wrote."""
    return ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in rows.items() if n)


def outcome_line(outcome: Outcome) -> str:
    """Return the line that `run` shows for a stage."""
    what = counts(outcome.rows) if outcome.status == "done" else outcome.reason
    rejected = f"{outcome.rejected} rejected" if outcome.rejected else ""
    said = "; ".join(filter(None, (what, rejected)))
    return f"{outcome.stage:<7} {outcome.status:<14} {outcome.seconds:7.1f} s  {said}".rstrip()


def status_table(stages: Iterable[StageStatus]) -> Table:
    """Return the table of `radmine status`."""
    return table(
        ("stage", "status", "rows", "rejected", "seconds", "why"),
        (
            (
                s.stage,
                s.status,
                counts(s.rows),
                str(s.rejected),
                "" if s.seconds is None else f"{s.seconds:.1f}",
                s.reason,
            )
            for s in stages
        ),
        right=("rejected", "seconds"),
    )


def notes_lines(stages: Iterable[StageStatus]) -> list[str]:
    """Return what the stages noted about their last run, short values only."""
    return [
        f"{s.stage}: {key.replace('_', ' ')}: {value}"
        for s in stages
        for key, value in s.notes.items()
        if isinstance(value, (str, int, float)) and len(str(value)) < 160
    ]


def training_lines(training: VoterTraining) -> list[str]:
    """Return what came of a training of voters, and how to use them."""
    folder = training.folder
    lines = [f"{folder}: {', '.join(training.voters)}; learnt from {training.reports:,} reports"]
    if training.truth_reports:
        lines.append(
            f"truth: {training.truth_reports:,} reports; {training.truth_used:,} learnt from, "
            f"{training.truth_kept_back:,} kept back (not in the train part), {training.truth_unknown:,} not in the corpus"
        )
        lines.append(f"truth taught: {', '.join(training.taught) or 'nothing'}")
        if training.left_out:
            lines.append(f"the rules did better, or there is too little of: {', '.join(training.left_out)}")
        if training.ignored:
            lines.append(f"columns that name no finding: {', '.join(training.ignored)}")
        if training.unclear:
            lines.append(f"answers neither yes nor no: {training.unclear:,}")
    if not training.own_lexicon:
        lines.append(f"They vote in: radmine label - --voters {folder}")
    lines.append(f'They vote in the stage with the settings: [label] voters = "{folder}"')
    return lines


def plan_table(stages: Iterable[StageStatus]) -> Table:
    """Return the table of `--dry-run`."""
    return table(
        ("stage", "would", "why"),
        (
            (s.stage, "skip" if s.status in ("up to date", "not applicable") else "run", s.reason)
            for s in stages
        ),
    )


def hits_view(hits: Sequence[Hit], *, path: Callable[[str], str]) -> RenderableType:
    """Return what `radmine search` shows: of each hit a line, why it was found, and the path of its file.

    A path stands on a line of its own, which must not be cut: a console prints it with `crop=False`.

    Parameters
    ----------
    path
        Says how to write the path of a file.
    """
    if not hits:
        return Text("No hits.")
    return Group(*(part for hit in hits for part in _hit(hit, path)))


def _hit(hit: Hit, path: Callable[[str], str]) -> Iterable[RenderableType]:
    of = "" if hit.report_id is None else f" of report {visible_line(hit.report_id)}"
    what = f"report {visible_line(hit.report_id or '')}" if hit.kind == "report" else f"image{of}"
    yield Text.assemble((f"{hit.rank:>3}", "bold"), f"  {hit.score:.3f}  {what}")
    yield Padding(
        Text(visible_line("; ".join(f"{reason.by}: {reason.detail}" for reason in hit.why))),
        (0, 0, 0, 5),
        expand=False,
    )
    if hit.path or hit.image_id:
        image = path(hit.path) if hit.path else f"image {hit.image_id}"
        yield Text(f"     {visible_line(image)}", no_wrap=True, overflow="ignore")


def scores_table(scores: Iterable[Score]) -> Table:
    """Return the table of `radmine evaluate`."""

    def interval(score: Score) -> str:
        return "" if score.low is None or score.high is None else f"{score.low:.3f} to {score.high:.3f}"

    return table(
        ("stage", "subject", "metric", "value", "95 % interval", "n", "note"),
        (
            (
                s.stage,
                s.subject,
                s.metric,
                "" if s.value is None else f"{s.value:.3f}",
                interval(s),
                str(s.n),
                s.note or "",
            )
            for s in scores
        ),
        right=("value", "n"),
    )


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


def _labels(labels: Iterable[LabelRow]) -> Table:
    return table(
        ("finding", "assertion", "probability", "voters"),
        ((r.finding, r.assertion, f"{r.probability:.2f}", ", ".join(r.voters)) for r in labels),
        right=("probability",),
    )


def _links(links: Sequence[Link], *, of: str, most: int = 20) -> RenderableType:
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
        }
        mentions = table(
            ("mention", "finding", "assertion", "temporality", "experiencer", "attributes", "rule"),
            (
                (
                    f"{m.start}-{m.end}",
                    m.finding,
                    m.assertion,
                    m.temporality,
                    m.experiencer,
                    attributes(m),
                    m.rule,
                )
                for m in case.mentions
            ),
        )
        parts: list[RenderableType] = [_facts(facts), Text(), marked_text(case), Text(), mentions, Text()]
        return Group(*parts, _labels(case.labels), Text(), _links(case.links, of="image_id"))
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
        "size": f"{image.rows} x {image.columns}",
        "split": case.split,
    }
    return Group(_facts(facts), Text(), _labels(case.labels), Text(), _links(case.links, of="report_id"))


def explained_text(text: str, explanation: Explanation) -> Text:
    """Return a report's text with its headings bold, its triggers underlined, and its mentions coloured by what is said of
    them, grey where they make no label, and numbered.
    """
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
    ends = sorted(numbers)
    pieces = styled.divide(ends)
    for piece, end in zip(pieces, ends, strict=False):
        result.append_text(piece).append(f"[{','.join(map(str, numbers[end]))}]", "dim")
    return result.append_text(pieces[-1])


def explanation_view(explained: ExplainedReport) -> RenderableType:
    """Return what `radmine explain NAME REPORT` shows: the text, marked; its mentions; their votes and the outcome."""
    text, explanation = explained.text, explained.explanation
    mentions = (
        (str(number), *mention_row(read, text)) for number, read in enumerate(explanation.mentions, start=1)
    )
    return Group(
        Text(f"report {visible_line(explained.report_id)}", style="bold"),
        Text(),
        explained_text(text, explanation),
        Text(),
        table(("", *MENTION_COLUMNS), mentions, right=("",)),
        Text(),
        table(VOTE_COLUMNS, vote_rows(explanation), right=("probability", "its probability")),
    )
