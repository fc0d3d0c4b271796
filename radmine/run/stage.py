"""What a stage says of itself, and what a run tells."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from radmine.corpus import Corpus
from radmine.records import Score, Truth

Rows: TypeAlias = Any  # an iterable of records or row tuples, or a pyarrow.Table
Work: TypeAlias = Callable[..., Mapping[str, Rows]]


class Progress(Protocol):
    """Is told how far long work has come.

    `what` is a short phrase without any report text; where items are counted, they are its first word ("images voted on"),
    and what comes after ": " says how the work stands and may change. Work that ends before its total says so with another total.
    """

    def __call__(self, done: int, total: int | None, what: str) -> None: ...  # noqa: D102


def no_progress(done: int, total: int | None, what: str) -> None:
    """Tell nobody."""


class NotApplicable(Exception):  # noqa: N818 - the word of the house
    """Raised by a stage that has nothing to read; its only argument is the reason, which is no error."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the flow: all that it reads and writes, the function that does it, and how we know that it works.

    The plan of a run is made of `reads` and `writes` alone: a stage that reads anything else would run on stale inputs.
    """

    name: str
    # Of a `Job`; raises NotApplicable where there is nothing to read.
    run: Callable[[Any], None]
    # A frozen dataclass; every field has a default, and another value may give other rows.
    settings: type
    # Tables, and folders of the corpus such as "models/image", that earlier stages write.
    reads: tuple[str, ...]
    # Tables, and folders that the stage notes in `job.folders` with their fingerprints; `rejected` is understood.
    writes: tuple[str, ...]
    # Those of the tables that it reads without which it is not applicable: all of them empty.
    needs: tuple[str, ...] = ()
    # The fingerprint of its own data files, and of the files that its settings name.
    data: Callable[[Corpus, Any], str] = lambda _corpus, _settings: ""
    # Of its settings; raises where something that they name is not there or not what it should be (a file, code, what a
    # library knows by name): before settings are kept, and before a run in which it takes part begins.
    check: Callable[[Any], None] = lambda _settings: None
    # What people gave it, in words, with its fingerprint. A change concerns the pieces of work that the stage marks by it, not all.
    given: Callable[[Corpus], Mapping[str, str]] = lambda _corpus: {}
    score: Callable[[Corpus, Truth], list[Score]] = lambda _corpus, _truth: []
    # Raised when the same inputs would give other rows.
    version: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a stage in a run."""

    stage: str
    status: str  # done | up to date | not applicable
    reason: str
    rows: dict[str, int]
    rejected: int
    seconds: float
    said: tuple[str, ...] = ()  # sentences on what became of what it read
    result: str = ""  # what came of it in a few words: the note `outcome` of its manifest
