"""What votes, and on what: `Voter`, `Item`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from radmine.records import Image, Link, ReadReport, Vote


class ImageItem(NamedTuple):
    """An image, and the report that speaks of it: what a voter on images gets."""

    image: Image
    report_id: str | None  # None: no report of the corpus speaks of it
    report: ReadReport | None
    links: tuple[Link, ...]  # the ways in which the report reaches it


Item: TypeAlias = ReadReport | ImageItem
# Findings and votes on them; none on a finding of which it knows nothing.
Cast: TypeAlias = Iterable[tuple[str, Vote]]
# Any function of a report that has been read.
ReportVoter: TypeAlias = Callable[[ReadReport], Cast]


@dataclass(frozen=True, slots=True)
class ImageVoter:
    """A voter on images, made of a function of an `ImageItem`: write `@ImageVoter` above it.

    Examples
    --------
    >>> from radmine.records import Assertion
    >>> @ImageVoter
    ... def doubts(item):
    ...     "Doubts what an ultrasound shows."
    ...     if item.image.modality == "US":
    ...         yield "gallstone", Vote("tool:doubts", Assertion.UNCERTAIN, 0.5)
    >>> list(doubts(ImageItem(Image("i", "p", None, modality="CT"), None, None, ())))
    []
    """

    votes: Callable[[ImageItem], Cast]

    def __call__(self, item: ImageItem) -> Cast:
        """Return its votes on an image."""
        return self.votes(item)


Voter: TypeAlias = ReportVoter | ImageVoter
