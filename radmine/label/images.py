"""What the sentences that speak of an image, else its whole report, say of it: `rule_votes_on_images`."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace

from radmine.findings import Lexicon, in_order
from radmine.label.relevance import Relevance, relevance_of
from radmine.label.voters.rules import mention_votes, overruled_mentions, said_by
from radmine.label.weigh.combine import PROBABILITY, speaks_for
from radmine.records import Assertion, Link, Mention, ReadReport, Reference, Span, Vote

INHERITED = 0.6  # how far the report's certainty holds for one of its images

LINKED, PERHAPS, REPORT = "rules:linked_sentence", "rules:linked_sentence_uncertain", "rules:report"


def own_images(links: Iterable[Link], references: Sequence[Reference]) -> dict[str, tuple[Link, ...]]:
    """Return the images that a report speaks of as its own, in the order of the links, with the links that reach each.

    An image of an earlier study, which a prior reference reached, is none of them: the sentence says what is found now.
    """
    own: dict[str, list[Link]] = {}
    for link in links:
        if link.reference is None or not references[link.reference].prior:
            own.setdefault(link.image_id, []).append(link)
    return {image_id: tuple(reached_by) for image_id, reached_by in own.items()}


def rule_votes_on_images(
    read: ReadReport,
    links: Iterable[Link],
    references: Sequence[Reference],
    report_votes: Mapping[str, Sequence[Vote]],
    lexicon: Lexicon | None = None,
    *,
    denied: Set[str] = frozenset(),
) -> Iterator[tuple[str, dict[str, list[Vote]]]]:
    """Yield the rules' votes on each linked image of a report that they say something of, images in the order of the links.

    An image that sentences or a caption speak of gets what they say of the findings that it shows ("rules:linked_sentence"), and,
    as uncertain, what they say of those that it may show ("rules:linked_sentence_uncertain"; see `relevance_of`). An image
    that is tied to the report as a whole, and of which no sentence says anything, inherits the report's own labels with
    less certainty ("rules:report"), except for what a sentence pins to other images. An image of an earlier study gets none.
    What sentences say of findings that are `denied` casts no vote (see `said_by`), nor does what a later version of the report
    takes back.
    """
    silent = set(overruled_mentions(read, lexicon))
    if denied:
        silent |= said_by(read.mentions, denied, lexicon)
    shown = shown_on_images(read, links, references, lexicon)
    of_report = list(_inherited(report_votes, {mention for own in shown.values() for mention in own}))
    for image_id, shows in shown.items():
        own = {m: known for m, known in shows.items() if m not in silent} if silent else shows
        said = dict(mention_votes(_of(own, Relevance.RELEVANT), voter=LINKED, lexicon=lexicon))
        for finding, vote in mention_votes(_of(own, Relevance.UNCERTAIN), voter=PERHAPS, lexicon=lexicon):
            if finding not in said:
                probability = min(vote.probability, PROBABILITY[Assertion.UNCERTAIN])
                said[finding] = replace(vote, assertion=Assertion.UNCERTAIN, probability=probability)
        if said or of_report:
            yield image_id, in_order({finding: [vote] for finding, vote in said.items() or of_report})


def shown_on_images(
    read: ReadReport, links: Iterable[Link], references: Sequence[Reference], lexicon: Lexicon | None = None
) -> dict[str, dict[Mention, Relevance]]:
    """Return for each linked image of a report the mentions that it shows or may show, images in the order of the links."""
    sentences = _Sentences(read, references, lexicon)
    shown: dict[str, dict[Mention, Relevance]] = {}
    for image_id, reached_by in own_images(links, references).items():
        own = shown[image_id] = {}
        for mention, relevance in (said for link in reached_by for said in sentences.said_of(link)):
            if own.get(mention) is not Relevance.RELEVANT:
                own[mention] = relevance
    return shown


class _Sentences:
    """The sentences and captions of a report that speak of images."""

    def __init__(self, read: ReadReport, references: Sequence[Reference], lexicon: Lexicon | None) -> None:
        self._read, self._references, self._lexicon = read, references, lexicon
        self._starts = [mention.start for mention in read.mentions]
        self._numbers = sorted(range(len(references)), key=lambda i: references[i].start)
        self._begins = [references[i].start for i in self._numbers]
        self._rows: dict[Span, dict[int, list[tuple[Mention, Relevance]]]] = {}

    def said_of(self, link: Link) -> Iterator[tuple[Mention, Relevance]]:
        """Yield the mentions that a link's image shows or may show."""
        if link.start is None or link.end is None:
            return
        span = link.start, link.end
        if link.reference is None:
            yield from ((m, Relevance.RELEVANT) for m in self._within(span) if m.of_patient_now)
            return
        if span not in self._rows:
            self._rows[span] = self._relevances(span)
        yield from self._rows[span].get(link.reference, ())

    def _relevances(self, span: Span) -> dict[int, list[tuple[Mention, Relevance]]]:
        mentions = self._within(span)
        if not mentions:
            return {}
        low, high = (bisect_left(self._begins, at) for at in span)
        numbers = sorted(self._numbers[low:high])
        references = [self._references[i] for i in numbers]
        table = relevance_of(self._read.text, mentions, references, self._lexicon)
        return {
            number: [(m, r) for m, r in zip(mentions, row, strict=True) if r is not Relevance.IRRELEVANT]
            for number, row in zip(numbers, table, strict=True)
        }

    def _within(self, span: Span) -> list[Mention]:
        low, high = (bisect_left(self._starts, at) for at in span)
        return list(self._read.mentions[low:high])


def _of(shown: Mapping[Mention, Relevance], relevance: Relevance) -> list[Mention]:
    return [mention for mention, known in shown.items() if known is relevance]


def _inherited(
    report_votes: Mapping[str, Sequence[Vote]], pinned: Set[Mention]
) -> Iterator[tuple[str, Vote]]:
    """Yield the report's votes for its images, but not those on what a sentence pins to certain images."""
    for finding, votes in report_votes.items():
        strongest = speaks_for(votes)
        if strongest.assertion is not Assertion.ABSENT and any(m in pinned for m in strongest.mentions):
            continue
        yield finding, inherited(strongest, voter=REPORT)


def inherited(vote: Vote, *, voter: str) -> Vote:
    """Return a vote on a report as a voter's on its images, with less certainty."""
    return replace(vote, voter=voter, probability=0.5 + INHERITED * (vote.probability - 0.5))
