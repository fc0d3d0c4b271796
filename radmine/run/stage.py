"""What a stage says of itself, and what a run tells."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from radmine.corpus import Corpus

if TYPE_CHECKING:
    from radmine.run.job import Job

Rows: TypeAlias = Any  # an iterable of records or row tuples, or a pyarrow.Table
Work: TypeAlias = Callable[..., Mapping[str, Rows]]


class Progress(Protocol):
    """Is told how far long work has come; `what` is a short noun phrase without any report text."""

    def __call__(self, done: int, total: int | None, what: str) -> None: ...  # noqa: D102


def no_progress(done: int, total: int | None, what: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the flow: what it reads and writes, and the function that does it."""

    name: str
    run: "Callable[[Job], None]"
    settings: type  # a frozen dataclass; every field has a default
    reads: tuple[str, ...]
    writes: tuple[str, ...]  # tables; `rejected` is understood
    missing: Callable[[Corpus, Any], str | None] = lambda _corpus, _settings: None  # why it is not applicable
    data: Callable[[Corpus, Any], str] = lambda _corpus, _settings: (
        ""
    )  # fingerprint of its own data files and models
    version: int = 1  # raised when the same inputs would give other rows


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a stage in a run."""

    stage: str
    status: str  # done | up to date | not applicable
    reason: str
    rows: dict[str, int]
    rejected: int
    seconds: float
