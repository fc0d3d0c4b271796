"""What a terminal shows of labels beside the truth: `comparison_view`, `estimate_view`, `kept_back_view`."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from radmine.curate import Agreement, Comparison, Disagreement, Estimate, KeptBack
from radmine.show.scores import WORST, measure
from radmine.show.tables import table
from radmine.show.visible import visible_line

_SUMMARIES = 3  # rows before those of the findings


def _counted(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def agreement_view(agreements: Sequence[Agreement], *, every: bool = False) -> RenderableType:
    """Return a table of agreements: over all, then by finding the worst F1 first, ten of them or all."""
    had = [a for a in agreements[_SUMMARIES:] if a.hits or a.false_alarms or a.missed]
    had.sort(key=lambda a: (a.f1.value is None, a.f1.value, a.finding))
    shown = [*agreements[:_SUMMARIES], *(had if every else had[:WORST])]
    rows = (
        (a.finding, f"{a.there:,}", f"{a.known:,}", *(measure(*m) for m in (a.precision, a.recall, a.f1)))
        for a in shown
    )
    columns = ("finding", "there", "known", "precision", "recall", "F1 95 %")
    lines = []
    if len(had) > len(shown) - _SUMMARIES:
        lines.append(f"and {_counted(len(had) - WORST, 'finding')} with the same F1 or a better one: --all")
    nobody = len(agreements) - _SUMMARIES - len(had)
    if nobody > 0:
        lines.append(f"{_counted(nobody, 'finding')} that nobody has, and that we say of nobody")
    return Group(table(columns, rows, right=("there", "known")), *map(Text, lines))


def comparison_view(
    comparison: Comparison,
    differing: Sequence[Disagreement],
    *,
    corpus: str,
    every: bool = False,
    numbers: bool = True,
) -> RenderableType:
    """Return what `radmine evaluate NAME --truth FILE` shows; without `numbers` where those of an estimate stand above it."""
    parts: list[RenderableType] = [Text(line) for line in _facts(comparison)]
    judged = [part for part in comparison.parts if part.judged]
    for part in judged if numbers else ():
        parts += [Text(), Text(f"{part.kind}s", style="bold"), agreement_view(part.agreements(), every=every)]
    if not judged:
        return Group(*parts, Text("Nothing is left to judge."))
    return Group(*parts, Text(), *map(Text, _differing(differing, corpus)))


def _facts(comparison: Comparison) -> Iterator[str]:
    known = comparison.known
    if comparison.own:
        voters = ", ".join(map(visible_line, sorted(comparison.own)))
        yield f"The truth is a table that labels were taken from: the votes of {voters} are left out, counted is what the others say"
    for part in comparison.parts:
        items = len({one.item for one in part.judged})
        more = f"; {part.unknown:,} of the truth are not in the corpus" if part.unknown else ""
        more += f"; {part.silent:,} have no label, as no report speaks of them" if part.silent else ""
        yield f"{_counted(items, part.kind)} with {_counted(len(part.judged), 'known answer')}{more}"
        if part.labelled.decided:
            yield f"{part.labelled.decided:,} of their labels were decided by people: counted is what the others say"
    if known.scheme:
        yield f"labels of the scheme {known.scheme}"
    if known.uncertain:
        yield f"left out: {known.uncertain:,} answers of the truth that are neither yes nor no"
    if known.nameless:
        yield f"left out: {_counted(known.nameless, 'answer')} beside which no report or image is named"
    if known.ignored:
        names = ", ".join(map(visible_line, known.ignored[:WORST]))
        yield f"columns that name no finding: {names}{' ...' if len(known.ignored) > WORST else ''}"
    if not comparison.has_denials and any(part.judged for part in comparison.parts):
        yield "The truth says of nothing that it is not there, so precision means nothing: where an empty cell says so, add --blank-absent."


def _differing(differing: Sequence[Disagreement], corpus: str) -> Iterator[str]:
    if not differing:
        yield "No disagreement."
        return
    errors = Counter(one.error for one in differing)
    yield f"{_counted(len(differing), 'disagreement')}: " + ", ".join(
        f"{n:,} {e}" for e, n in errors.most_common()
    )
    yield "With sentence and rule: --disagreements FILE.csv"
    reports = Counter(one.report_id for one in differing if one.report_id)
    if reports:
        worst, n = reports.most_common(1)[0]
        yield f"How labels came about, of the report with most of them ({n}): radmine explain {corpus} {visible_line(worst)}"


def estimate_view(estimate: Estimate, *, corpus: str, every: bool = False) -> RenderableType:
    """Return what a filled sheet says: of the whole corpus by its random part, and of its doubtful part."""
    random, doubtful = estimate.random, estimate.doubtful
    parts: list[RenderableType] = [
        Text(f"The whole corpus ({estimate.population:,} reports), estimated", style="bold"),
        Text(f"by {random.checked:,} of the {_counted(random.drawn, 'report')} that were drawn at random"),
    ]
    if random.agreements:
        parts.append(agreement_view(random.agreements, every=every))
    if estimate.more:
        n = 2 * estimate.more.reports
        takes = f"{estimate.more.reports:,} reports at random" if n < estimate.population else "all reports"
        parts.append(
            Text(
                f"F1 is known to about +-{estimate.more.half_width:.2f}; half of that takes {takes}: "
                f"radmine sample-check {corpus} --n {min(n, estimate.population)}, with --to this sheet, keeps your answers."
            )
        )
    if doubtful.checked:
        parts += [
            Text(),
            Text("The most doubtful reports", style="bold"),
            Text(f"{doubtful.checked:,} of {doubtful.drawn:,} checked; harder than the corpus is"),
            agreement_view(doubtful.agreements, every=every),
        ]
    if estimate.unanswered:
        parts += [
            Text(),
            Text(
                f"rows without an answer, which count for nothing: {estimate.unanswered:,}; reports checked in part: {estimate.partly:,}"
            ),
        ]
    return Group(*parts)


def kept_back_view(kept: KeptBack) -> RenderableType:
    """Return how the rules and the trained voters do on truth that was kept back."""
    if not kept.rules:
        return Text("No report of the truth was kept back, so nothing says how good the voters are.")
    rows = (
        (who, f"{a.there:,}", f"{a.known:,}", *(measure(*m) for m in (a.precision, a.recall, a.f1)))
        for who, of in (("rules", kept.rules), ("trained voters", kept.voters))
        for a in of[:1]
    )
    return Group(
        Text(f"{kept.reports:,} reports of the truth that were kept back:"),
        table(
            ("all findings", "there", "known", "precision", "recall", "F1 95 %"),
            rows,
            right=("there", "known"),
        ),
    )
