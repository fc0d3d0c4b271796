"""What a terminal shows of stages: what became of a run, how they stand, what would run, what training made."""

from collections.abc import Iterable, Mapping

from rich.table import Table

from radmine.label import VoterTraining
from radmine.run import Outcome, StageStatus
from radmine.show.tables import table


def counts(rows: Mapping[str, int]) -> str:
    """Return "400 reports, 12 studies": what a stage wrote."""
    return ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in rows.items() if n)


def outcome_line(outcome: Outcome) -> str:
    """Return the line that `run` shows for a stage."""
    what = counts(outcome.rows) if outcome.status == "done" else outcome.reason
    rejected = f"{outcome.rejected} rejected" if outcome.rejected else ""
    said = "; ".join(filter(None, (what, outcome.result, rejected)))
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


def plan_table(stages: Iterable[StageStatus]) -> Table:
    """Return the table of `--dry-run`."""
    return table(
        ("stage", "would", "why"),
        (
            (s.stage, "skip" if s.status in ("up to date", "not applicable") else "run", s.reason)
            for s in stages
        ),
    )


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
