"""What people decided, in the file `decisions.jsonl` of a corpus: `read_decisions`, `holding`, `add_decisions`.

One JSON object a line, each sealed by a digest over itself and the line before. A file of lines and no SQLite, because it
can be read where nobody may write, and damage to it is seen. Lines are only added: another decision undoes one.
"""

import io
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

from radmine.errors import CorpusError
from radmine.files import digest, read_bytes, sync_folder
from radmine.records import DECISION, Assertion
from radmine.sealed_lines import Line, add_lines, held, lines_of

DECISIONS = "decisions.jsonl"
"""The file, in the folder of a corpus."""

WITHDRAWN = "withdrawn"
DECIDED = (*map(str, Assertion), WITHDRAWN)
"""What may be decided; withdrawn gives the finding back to those who vote."""

ADVICE = (
    "Bring the file back from a backup; where there is none, keep its lines before the damaged one alone, and correct"
    " the others again."
)
"""What to do about a damaged file."""

_SEED = b"radmine decisions 1"

Key: TypeAlias = tuple[str | None, str | None, str]  # report, image, finding


class Decision(NamedTuple):
    """What a person decided of one finding of a report or of an image."""

    report_id: str | None  # None of a decision on an image
    image_id: str | None  # None of a decision on a report
    finding: str
    answer: str  # one of `DECIDED`
    by: str
    why: str
    at: str  # UTC, "2026-01-31T12:00:00Z"
    source: str  # correct, or the name of the file that it came from

    @property
    def key(self) -> Key:
        """What it decides."""
        return self.report_id, self.image_id, self.finding

    @property
    def voter(self) -> str:
        """Under which name it votes."""
        return f"{DECISION}:{self.by}"


def holding(decisions: Iterable[Decision]) -> dict[Key, Decision]:
    """Return the decisions that hold: of each report or image and finding the last, whoever made it, if it is not withdrawn."""
    last = {decision.key: decision for decision in decisions}
    return {key: decision for key, decision in last.items() if decision.answer != WITHDRAWN}


def read_decisions(folder: Path) -> list[Decision]:
    """Return all decisions of the corpus in a folder, in their order, the withdrawn ones too; none where there is no file.

    The half of a line that a killed writer left at the end is none.

    Raises
    ------
    CorpusError
        The file is not what was written.
    """
    try:
        content = read_bytes(folder / DECISIONS)
    except FileNotFoundError:
        return []
    return _read(content, folder / DECISIONS)[0]


def decisions_digest(folder: Path) -> str:
    """Return the fingerprint of what decisions hold; "" where none does. When and why they were made changes no label."""
    held = holding(read_decisions(folder))
    return digest(sorted(map(repr, ((*key, d.answer, d.by) for key, d in held.items())))) if held else ""


def add_decisions(folder: Path, choose: Callable[[Sequence[Decision]], Iterable[Decision]]) -> list[Decision]:
    """Add decisions to those of the corpus in a folder, synced, and return them.

    Parameters
    ----------
    choose
        Gets the decisions that there are and returns those to add; nobody else adds meanwhile.

    Raises
    ------
    ReadOnlyError
        The corpus may not be written to.
    CorpusError
        The file is not what was written.
    """
    with held(folder / DECISIONS) as handle:
        before, last = _read(read_bytes(folder / DECISIONS), folder / DECISIONS)
        added = list(choose(before))
        add_lines(handle, (json.dumps(d._asdict()) for d in added), behind=last, seed=_SEED)
        if added:
            sync_folder(folder)
    return added


def _read(content: bytes, path: Path) -> tuple[list[Decision], Line | None]:
    """Return the decisions of a file, and its last whole line."""
    decisions: list[Decision] = []
    last = None
    for number, line in enumerate(lines_of(io.BytesIO(content), _SEED), start=1):
        try:
            decisions.append(Decision(**json.loads(line.payload or b"")))
        except (ValueError, TypeError):
            raise CorpusError(
                f"What people decided is damaged in line {number}.",
                where=str(path),
                do=ADVICE,
            ) from None
        last = line
    return decisions, last
