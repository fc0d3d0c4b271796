"""What the sentences that speak of an image, else its whole report, say of it: `image_votes`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace

from radmine.label.reading import ReadReport, counts
from radmine.label.voters import STRENGTH, mention_votes
from radmine.records import Assertion, Link, Mention, Reference, Vote

INHERITED = 0.6  # how far the report's certainty holds for one of its images


def image_votes(
    read: ReadReport,
    links: Iterable[Link],
    references: Sequence[Reference],
    report_votes: Mapping[str, Sequence[Vote]],
) -> Iterator[tuple[str, dict[str, list[Vote]]]]:
    """Yield the votes on each linked image of a report, images in the order of the links.

    An image that sentences or a caption speak of gets their mentions ("rules:linked_sentence"). An image that is tied to
    the report as a whole, and of which no sentence says anything, inherits the report's own labels with less certainty
    ("rules:report"), except for what a sentence pins to other images. An image of an earlier study, which a prior reference reached, gets none: the sentence says what is
    found now.
    """
    spans: dict[str, list[tuple[int, int]]] = {}
    for link in links:
        if link.reference is not None and references[link.reference].prior:
            continue
        own = spans.setdefault(link.image_id, [])
        if link.start is not None and link.end is not None:
            own.append((link.start, link.end))
    pinned = {m for m in read.mentions for own in spans.values() if _within(m, own)}
    inherited = list(_inherited(report_votes, pinned))
    for image_id, own in spans.items():
        mentions = [m for m in read.mentions if counts(m) and _within(m, own)]
        said = list(mention_votes(mentions, voter="rules:linked_sentence")) or inherited
        if said:
            yield image_id, {finding: [vote] for finding, vote in said}


def _inherited(
    report_votes: Mapping[str, Sequence[Vote]], pinned: Set[Mention]
) -> Iterator[tuple[str, Vote]]:
    """Yield the report's votes for its images, but not those on what a sentence pins to certain images."""
    for finding, votes in report_votes.items():
        strongest = max(votes, key=lambda vote: STRENGTH[vote.assertion])
        if strongest.assertion is not Assertion.ABSENT and any(m in pinned for m in strongest.mentions):
            continue
        probability = 0.5 + INHERITED * (strongest.probability - 0.5)
        yield finding, replace(strongest, voter="rules:report", probability=probability)


def _within(mention: Mention, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start <= mention.start < end for start, end in spans)
