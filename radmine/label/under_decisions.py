"""Labels of reports and images of which people decided something: `rows_decided`, `rows_of_image_decided`.

A decision alone makes its label; the other votes stay as evidence. What it says of other findings (see `spread`) and images:

- What is absent or uncertain speaks for no more general finding, and its words name none: the rules vote on these by their other
  mentions. Where
  nothing else speaks of them, they are as uncertain as what was decided.
- The images of a report inherit its decisions with less certainty, as they do its labels. Where a sentence speaks of an
  image itself, it is overruled where the report says less.
- What is decided of an image holds for that image alone, before all that it inherits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from radmine.findings import Lexicon, in_order
from radmine.label.answers.decided import Decided, Words, spread
from radmine.label.images import REPORT, inherited, own_images, rule_votes_on_images
from radmine.label.panel import Panel, Votes, outcome
from radmine.label.rows import Rows, add_labels, mention_rows
from radmine.label.voters.rules import rule_votes, said_by
from radmine.records import Assertion, Label, Link, ReadReport, Reference, Vote

_NONE: Words = {}
_PRESENT, _UNCERTAIN = Assertion.PRESENT, Assertion.UNCERTAIN


def rows_decided(
    decided: Decided,
    report_id: str,
    read: ReadReport,
    votes: Votes,
    links: Sequence[Link],
    references: Sequence[Reference],
    *,
    lexicon: Lexicon,
    panel: Panel,
    image_panel: Panel,
    by_rules: bool = False,
    on_images: Mapping[str, Votes] | None = None,
) -> Rows | None:
    """Return the rows of `votes` and `labels` of a report and of its images; None where nothing was decided of any of them.

    Parameters
    ----------
    votes
        On the report, before what was decided.
    by_rules
        Whether the rules alone vote: the images then inherit their votes, else the labels that were made of all.
    on_images
        Votes on the images, of which those that are not the rules' count.
    """
    if not decided:
        return None
    images = own_images(links, references)
    words = decided.reports.get(report_id, _NONE)
    if not words and decided.images.keys().isdisjoint(images):
        return None

    def rule(more: Words) -> tuple[_Ruled, dict[str, Votes]]:
        ruled = _ruled({**words, **more}, votes, panel, lexicon, read)
        said = outcome(ruled.labels)
        if by_rules:
            said = {f: said[f] if f in ruled.by else ruled.votes[f] for f in said}
        return ruled, _rules_on_images(ruled, read, links, references, said, lexicon)

    rows: Rows = {}
    row_of = mention_rows(read)
    of_report, plain = rule(_NONE)
    add_labels(rows, report_id, None, of_report.labels, row_of)
    for image_id in images:
        others = {
            finding: [vote for vote in cast if vote.kind != "rules"]
            for finding, cast in (on_images or {}).get(image_id, {}).items()
        }
        image = _on_image(of_report, plain.get(image_id, {}), others, image_panel)
        own = decided.images.get(image_id)
        if own:
            ruled, alone = rule(own)
            image = _own(own, image, _on_image(ruled, alone.get(image_id, {}), others, image_panel), lexicon)
        add_labels(rows, report_id, image_id, image.labels, row_of)
    return rows


def rows_of_image_decided(
    decided: Decided, image_id: str, votes: Votes, lexicon: Lexicon, panel: Panel
) -> Rows | None:
    """Return the rows of `votes` and `labels` of an image that no report speaks of; None where nothing was decided of it."""
    own = decided.images.get(image_id)
    if not own:
        return None
    rows: Rows = {}
    add_labels(rows, None, image_id, _ruled(own, votes, panel, lexicon).labels, {})
    return rows


@dataclass(frozen=True)
class _Ruled:
    """Votes on an item, and the decisions that make labels of it."""

    votes: Votes
    by: Words
    panel: Panel
    denied: frozenset[str] = frozenset()  # what speaks for no more general finding
    generals: frozenset[str] = frozenset()  # which these are, but for those decided

    @cached_property
    def labels(self) -> dict[str, Label]:
        """The labels that votes and decisions make."""
        labels = self.panel.labels_of({f: cast for f, cast in self.votes.items() if f not in self.by})
        for finding, word in self.by.items():
            others = (vote for vote in self.votes.get(finding, ()) if vote.voter != word.voter)
            labels[finding] = Label(word.assertion, word.probability, (word, *others))
        return in_order(labels)


def _ruled(
    words: Words, votes: Votes, panel: Panel, lexicon: Lexicon, read: ReadReport | None = None
) -> _Ruled:
    """Return votes on an item as they are under decisions; `read` is the report that the rules voted on."""
    by = spread(words, votes, lexicon)
    denied = frozenset(finding for finding, word in by.items() if word.assertion is not _PRESENT)
    generals = {general for finding in denied for general in lexicon.ancestors(finding)} - by.keys()
    left = dict(votes)
    if read is not None and generals & left.keys():
        silent = said_by(read.mentions, denied, lexicon)
        mentions = tuple(mention for mention in read.mentions if mention not in silent)
        again: Votes = {}
        for finding, vote in rule_votes(
            ReadReport(read.text, read.sections, read.sentences, mentions), lexicon
        ):
            again.setdefault(finding, []).append(vote)
        for general in generals & left.keys():
            _put(left, general, [*again.get(general, ()), *(v for v in left[general] if v.kind != "rules")])
    for finding, word in words.items():
        if word.assertion is _UNCERTAIN:
            follows = replace(word, implied=True)
            by |= {g: follows for g in lexicon.ancestors(finding) if g not in by and g not in left}
    return _Ruled(left, by, panel, denied, frozenset(generals - by.keys()))


def _rules_on_images(
    ruled: _Ruled,
    read: ReadReport,
    links: Sequence[Link],
    references: Sequence[Reference],
    said: Votes,
    lexicon: Lexicon,
) -> dict[str, Votes]:
    """Return the rules' votes on the images of a report of which something was decided; `said` is what these inherit."""
    plain = dict(rule_votes_on_images(read, links, references, said, lexicon))
    if not ruled.generals:
        return plain
    left = dict(rule_votes_on_images(read, links, references, said, lexicon, denied=ruled.denied))
    for image_id, on in plain.items():
        for general in ruled.generals & on.keys() if not _inherits(on) else ():
            others = left.get(image_id, {}).get(general, ())
            _put(on, general, [vote for vote in others if vote.voter != REPORT])
    return plain


def _inherits(on: Votes) -> bool:
    """Return whether the rules' votes on an image are those on its report."""
    return all(vote.voter == REPORT for cast in on.values() for vote in cast)


def _on_image(ruled: _Ruled, on: Votes, others: Votes, panel: Panel) -> _Ruled:
    """Return the votes on an image under the decisions on its report: `on` of the rules, `others` of others."""
    votes: Votes = {finding: list(cast) for finding, cast in on.items()}
    by: dict[str, Vote] = {}
    for finding, word in ruled.by.items():
        if finding not in on:
            continue
        here = inherited(word, voter=word.voter)
        if _inherits(on):
            by[finding], votes[finding] = here, [here]
        elif max(vote.assertion.strength for vote in on[finding]) > word.assertion.strength:
            by[finding] = here
    for finding, cast in others.items():
        _put(votes, finding, [*votes.get(finding, ()), *cast])
    return _Ruled(in_order(votes), by, panel)


def _own(own: Words, plain: _Ruled, ruled: _Ruled, lexicon: Lexicon) -> _Ruled:
    """Return an image under its own decisions: `plain` is without them, `ruled` as if its report were under them too."""
    by = {**ruled.by, **spread(own, {**ruled.votes, **plain.votes}, lexicon)}
    votes = {f: (plain if f in by else ruled).votes.get(f, []) for f in {**plain.votes, **ruled.votes}}
    return _Ruled(in_order({f: cast for f, cast in votes.items() if cast}), by, plain.panel)


def _put(votes: Votes, finding: str, cast: Iterable[Vote]) -> None:
    """Put votes in the place of those on a finding; none take the finding away."""
    left = list(cast)
    if left:
        votes[finding] = left
    else:
        votes.pop(finding, None)
