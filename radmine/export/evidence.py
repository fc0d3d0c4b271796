"""The evidence behind labels, as rows: who voted, and the words that a vote rests on."""

from collections.abc import Iterator

import pyarrow as pa

from radmine.export.layout import TEXT, Item, Row, Said
from radmine.records import Label, Mention, ReadReport, Vote

MENTION_COLUMNS = [
    ("phrase", TEXT),
    ("start", pa.int64()),
    ("end", pa.int64()),
    ("rule", TEXT),
    ("sentence", TEXT),
    ("site_phrase", TEXT),  # the words that name where, and where they stand
    ("site_start", pa.int64()),
    ("site_end", pa.int64()),
    ("certainty", pa.float64()),
]
SCHEMA = pa.schema(
    [
        ("report_id", TEXT),
        ("image_id", TEXT),
        ("label", TEXT),
        ("assertion", TEXT),
        ("voter", TEXT),
        ("says", TEXT),
        ("probability", pa.float64()),
        ("implied", pa.int8()),
        ("finding", TEXT),
        *MENTION_COLUMNS,
    ]
)


def evidence_rows(item: Item, labels: Said, *, images: bool) -> Iterator[Row]:
    """Yield the rows of the evidence file: one for each word that each vote on a label rests on, one for a vote that rests on none."""
    image_id = item.id if images else None
    for name, label in labels.items():
        for report_id, vote, finding, why in evidence_of(item, label):
            at = report_id or (None if images else item.id), image_id, name, str(label.assertion)
            yield (
                *at,
                vote.voter,
                str(vote.assertion),
                round(vote.probability, 6),
                int(vote.implied),
                finding,
                *why,
            )


def evidence_of(item: Item, label: Label) -> Iterator[tuple[str | None, Vote, str | None, Row]]:
    """Yield each piece of evidence for a label: report, vote, the finding that is named, and the cells of `MENTION_COLUMNS`."""
    for vote in label.evidence:
        for report_id in item.cast_in.get(vote, (None,)):
            read = item.reads.get(report_id) if report_id else None
            if not vote.mentions or read is None:
                yield report_id, vote, None, (None,) * len(MENTION_COLUMNS)
                continue
            for mention in vote.mentions:
                yield report_id, vote, mention.finding, _cells(read, mention)


def _cells(read: ReadReport, mention: Mention) -> Row:
    start, end, _ = read.sentences[mention.sentence]
    phrase, sentence = read.text[mention.start : mention.end], read.text[start:end]
    at = mention.site or (None, None)
    where = None if mention.site is None else read.text[slice(*mention.site)]
    one_line = (None if words is None else " ".join(words.split()) for words in (phrase, sentence, where))
    phrase_words, sentence_words, site_words = one_line
    said = phrase_words, mention.start, mention.end, mention.rule, sentence_words
    return *said, site_words, *at, round(mention.certainty, 6)
