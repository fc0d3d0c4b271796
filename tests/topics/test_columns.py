"""Reports made of columns say the same as reports made of records."""

import pyarrow.compute as pc
import pytest

from radmine import link, parse
from radmine.corpus import Corpus
from radmine.findings import Lexicon
from radmine.parse import parse_report
from radmine.records import READ_TABLES, ReadReport, Report
from radmine.run import run_stage
from radmine.topics.columns import COLUMNS, Row, corpus_columns, read_columns
from radmine.topics.odds import finding_words
from radmine.topics.sentences import FINDING, REFERRING, told_sentences
from radmine.topics.words import report_words
from tests.link.made import image, make_corpus

TEXTS = (
    "INDICATION: Cough.\nFINDINGS: No pleural effusion. Nodule in the left lung (series 3, image 4). IMPRESSION: Nodule.",
    "HISTORY: Pneumonia last year.\nFINDINGS: Possible atelectasis. Mother had a breast mass. No mass, no effusion or edema.",
    "Cyst 8 mm (series 3, image 5), previously 6 mm (series 2, image 1). Bag of pebbles.",
    "Unreadable.",
    "",
    "IMPRESSION:\n1. Cardiomegaly on images 4-6 of series 3.\n2. Without pneumothorax.",
)
REPORTS = 17


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Return a corpus of four shards, parsed and linked; parse set aside what is unreadable."""

    def parsed(text: str, *, lexicon: Lexicon, body_part: str) -> ReadReport:
        if text == "Unreadable.":
            raise RecursionError
        return parse_report(text, lexicon=lexicon, body_part=body_part)

    rows = [
        Report(f"R{n}", f"P{n}", TEXTS[n % len(TEXTS)], "test", study_id=f"S{n}", study_date="2020-01-01")
        for n in range(REPORTS)
    ]
    images = [
        image(f"{n}.{i}", f"S{n}", 3, i, patient_id=f"P{n}", caption_start=0, caption_end=8)
        if i == 6
        else image(f"{n}.{i}", f"S{n}", 3, i, patient_id=f"P{n}")
        for n in range(REPORTS)
        for i in (4, 5, 6)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parse.stage, "parse_report", parsed)
        made = make_corpus(tmp_path_factory.mktemp("home"), rows, images, shard=5)
    run_stage(made, link.STAGE, link.LinkSettings())
    return made


def spans(rows: object) -> list[tuple[object, ...]]:
    return [(row.start, row.end) for row in rows]  # type: ignore[attr-defined]


def test_columns_say_what_records_say(corpus: Corpus) -> None:
    made = {row.report_id: row for row in corpus_columns(corpus)}
    records = list(corpus.read_reports(also=("reports", "references", "links")))
    assert list(made) == [report_id for report_id, _, _ in records]
    said = denied = 0
    for report_id, read, others in records:
        row = made[report_id]
        assert (row.patient_id, row.read.text) == (others["reports"][0].patient_id, read.text)
        assert [s.name for s in row.read.sections] == [s.name for s in read.sections]
        assert list(row.read.sentences) == list(read.sentences)
        assert [tuple(m) for m in row.read.mentions] == [
            (m.start, m.end, m.finding, m.sentence, m.is_denied, m.of_patient_now) for m in read.mentions
        ]
        assert [(r.start, r.end, r.prior) for r in row.references] == [
            (r.start, r.end, r.prior) for r in others["references"]
        ]
        assert [(k.start, k.end, k.reference) for k in row.links] == [
            (k.start, k.end, k.reference) for k in others["links"]
        ]
        said += len(row.links) + len(row.references)
        denied += sum(m.is_denied for m in row.read.mentions)
    assert min(said, denied) > 5
    assert [m.rows for m in corpus.shards("reports")] == [5, 5, 5, 2]


def test_words_findings_and_sentences_follow_alike(corpus: Corpus) -> None:
    rows = list(corpus_columns(corpus))
    for row, (_, read, others) in zip(rows, corpus.read_reports(also=("references", "links")), strict=True):
        for negated in (True, False):
            how = {"skip_sections": ("indication",), "join_negated": negated}
            assert report_words(row.read, **how) == report_words(read, **how)  # type: ignore[arg-type]
        assert finding_words(row.read) == finding_words(read)
        for kind in (REFERRING, FINDING):
            assert told_sentences(kind, row.read, row.references, row.links) == told_sentences(
                kind, read, others["references"], others["links"]
            )
    aside = [row for row in rows if row.read.text == "Unreadable."]
    assert [(row.report_id, len(row.read.sentences)) for row in aside] == [("R3", 0), ("R9", 0), ("R15", 0)]


@pytest.mark.parametrize("every", [2, 3, 7, 100])
def test_every_so_many_are_those_that_records_are_made_of(corpus: Corpus, every: int) -> None:
    chosen: list[Row] = list(corpus_columns(corpus, every=every))
    assert [row.report_id for row in chosen] == [name for name, _, _ in corpus.read_reports(every=every)]
    whole = {row.report_id: row for row in corpus_columns(corpus)}
    assert chosen == [whole[row.report_id] for row in chosen]


def test_a_shard_is_read_whatever_other_columns_it_has(corpus: Corpus) -> None:
    names = (*READ_TABLES, "references", "links")
    group = corpus.aligned_shards(names)[1]
    tables = {t: corpus.read_shard(t, shard) for t, shard in zip(names, group, strict=True)}
    rows = list(read_columns(tables))
    narrow = {t: table.select(list(COLUMNS[t])) for t, table in tables.items()}
    assert list(read_columns(narrow)) == rows == list(corpus_columns(corpus))[5:10]
    none = {t: table.filter(pc.equal(table.column("report_id"), "nobody")) for t, table in narrow.items()}
    assert list(read_columns(none)) == []
