"""What a terminal shows of stages: what became of a run, how they stand, what would run, what training made."""

import textwrap
from collections.abc import Iterable, Mapping

from rich.table import Table

from radmine.label import VoterTraining
from radmine.run import Outcome, StageStatus, Underway, counted, goes_on
from radmine.show.tables import table
from radmine.show.visible import visible_line

_INDENT = " " * 8
_WIDTH = 80  # columns that a sentence may take

# What the rows of a table are, where its name does not say what they count.
_COUNTED = {
    "splits": "patients in splits",
    "topic_mixtures": "reports with topics",
    "sentence_topics": "sentences with topics",
    "image_topics": "images with topics",
    "pixels": "images decoded",
    "near_duplicates": "near-duplicates",
    "embeddings": "vectors",
}


def counts(rows: Mapping[str, int]) -> str:
    """Return "400 reports, 12 patients in splits": what a stage wrote."""
    return ", ".join(f"{n:,} {_COUNTED.get(name, name.replace('_', ' '))}" for name, n in rows.items() if n)


def outcome_line(outcome: Outcome) -> str:
    """Return the line that `run` shows for a stage."""
    what = counts(outcome.rows) if outcome.status == "done" else outcome.reason
    rejected = f"{outcome.rejected} rejected" if outcome.rejected else ""
    said = "; ".join(filter(None, (what, outcome.result, rejected)))
    return f"{outcome.stage:<7} {outcome.status:<14} {outcome.seconds:7.1f} s  {said}".rstrip()


def said_lines(said: Iterable[str]) -> list[str]:
    """Return the sentences of a stage as lines below its own, 80 columns wide; what has no space in it stays whole."""
    return [
        line
        for sentence in said
        for line in textwrap.wrap(
            visible_line(sentence),
            _WIDTH,
            initial_indent=_INDENT,
            subsequent_indent=_INDENT + "  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]


def status_table(stages: Iterable[StageStatus]) -> Table:
    """Return the table of `radmine status`."""
    return table(
        ("stage", "status", "rows", "rejected", "seconds", "why"),
        (
            (
                s.stage,
                _standing(s),
                counts(s.rows),
                str(s.rejected),
                "" if s.seconds is None else f"{s.seconds:.1f}",
                _why(s),
            )
            for s in stages
        ),
        right=("rejected", "seconds"),
    )


def _standing(stage: StageStatus) -> str:
    """Return the status; of a stage whose run has begun and not finished, that and how much of the work at hand is done."""
    if stage.underway is None:
        return stage.status
    begun, percent = "running" if stage.underway.running else "interrupted", stage.underway.percent
    return begun if percent is None else f"{begun}, {percent} %"


def _why(stage: StageStatus) -> str:
    """Return the reason; of a stage whose run has begun and not finished, how far that has come."""
    if stage.underway is None:
        return stage.reason
    if stage.underway.running:
        return f"at {counted(stage.underway)}"
    return f"{stage.reason}; the next run goes on {_from(stage.underway)}"


def _from(underway: Underway) -> str:
    kept = goes_on(underway, otherwise="")
    return f"from {kept}" if kept else f"at {counted(underway)}"


def notes_lines(stages: Iterable[StageStatus]) -> list[str]:
    """Return what the stages said and noted about their last run; of notes, short values only, and no zeros."""
    lines = list[str]()
    for s in stages:
        if s.said:
            lines += [s.stage, *said_lines(s.said)]
        lines += [
            f"{s.stage}: {key.replace('_', ' ')}: {value}"
            for key, value in s.notes.items()
            if isinstance(value, (str, int, float)) and value != 0 and len(str(value)) < 160
        ]
    return lines


def plan_table(stages: Iterable[StageStatus]) -> Table:
    """Return the table of `--dry-run`."""
    return table(
        ("stage", "would", "why"),
        (
            (s.stage, "skip" if s.status in ("up to date", "not applicable") else "run", _why(s))
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
