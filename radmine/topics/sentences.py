"""The sentences of a report that have topics of their own, read with their neighbours: `told_sentences`, `windows`.

Shin et al., JMLR 17 (2016): the sentence that refers to a key image, the one before and the one behind it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from radmine.parse import makes_label
from radmine.records import STRUCTURE, Link, ReadReport, Reference

REFERRING = "that refer to images"
FINDING = "that say a finding is or may be there"  # where no sentence of the corpus refers to an image
AROUND = 1  # sentence on each side


def referring_sentences(
    read: ReadReport, references: Iterable[Reference], links: Iterable[Link]
) -> list[int]:
    """Return the sentences of a report that refer to an image of its study, by number, ascending.

    They hold a reference, or are the caption that came with an image.
    """
    spans = [(r.start, r.end) for r in references if not r.prior]
    spans += [
        (k.start, k.end) for k in links if k.reference is None and k.start is not None and k.end is not None
    ]
    if not spans:
        return []
    starts = [sentence.start for sentence in read.sentences]
    found = set[int]()
    for start, end in spans:
        at = max(0, bisect_right(starts, start) - 1)
        while at < len(starts) and starts[at] < end:
            if read.sentences[at].end > start:
                found.add(at)
            at += 1
    return sorted(found)


def finding_sentences(read: ReadReport) -> list[int]:
    """Return the sentences of a report that say that a finding is there or may be, by number, ascending.

    What stands in a section that makes no label was asked, or known before.
    """
    return sorted(
        {
            m.sentence
            for m in read.mentions
            if m.finding != STRUCTURE
            and m.of_patient_now
            and not m.is_denied
            and makes_label(read.section_of(m))
        }
    )


def told_sentences(
    kind: str, read: ReadReport, references: Iterable[Reference] = (), links: Iterable[Link] = ()
) -> list[int]:
    """Return the sentences of a report that have topics: those `REFERRING` to images, or those with a `FINDING`."""
    return finding_sentences(read) if kind == FINDING else referring_sentences(read, references, links)


def around(sentence: int) -> range:
    """Return the sentence and its neighbours."""
    return range(max(0, sentence - AROUND), sentence + AROUND + 1)


def windows(words: Sequence[Sequence[str]], sentences: Iterable[int]) -> list[list[str]]:
    """Return the words of these sentences of a report, each with its neighbours'."""
    return [[word for near in words[around(at).start : around(at).stop] for word in near] for at in sentences]
