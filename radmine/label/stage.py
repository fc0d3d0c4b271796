"""The label stage: votes and labels of reports and of the images that they speak of."""

from dataclasses import dataclass
from pathlib import Path

from radmine.corpus import Corpus
from radmine.errors import SettingsError
from radmine.files import file_digest
from radmine.findings import lexicon_digest
from radmine.label.images import rule_votes_on_images
from radmine.label.panel import Panel, load_panel, outcome
from radmine.label.rows import Rows, Tables, add_labels, mention_rows, reads_of
from radmine.label.score import score
from radmine.label.voters.extra import extra_digest
from radmine.label.voters.rule_columns import COLUMNS, rule_columns
from radmine.label.voters.rules import VOTERS
from radmine.label.weigh.combine import ANSWERERS
from radmine.label.weighed import IMAGES, OVER, REPORTS, label_with_others
from radmine.models import model_fingerprint
from radmine.parse import check_reader
from radmine.records import TABLES, Link, by_report, from_table
from radmine.run import Job, NotApplicable, Stage


@dataclass(frozen=True, slots=True)
class LabelSettings:
    """Who votes besides the rules."""

    # A folder of trained voters, as `radmine voters train NAME` makes it.
    voters: str = ""
    # CSV, TSV or JSON lines files of (report_id or image_id, finding, answer): see radmine.label.answers.
    answers: tuple[str, ...] = ()
    # Who answered, where a file does not say: person | llm | tool | decision.
    answer_kind: str = "tool"
    # Answers that mean "uncertain", such as "-1", which else is refused.
    uncertain_answers: tuple[str, ...] = ()
    # The label scheme by whose names the answers' findings go; empty: any that knows them.
    answer_scheme: str = ""
    # "module:function", or an entry point of the group radmine.voters.
    extra_voters: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.answer_kind not in ANSWERERS:
            raise SettingsError(
                f"There is no kind of answerer {self.answer_kind!r}.",
                where="answer_kind",
                do=f"Choose of: {', '.join(ANSWERERS)}.",
            )


def run(job: Job) -> None:
    """Label every report and the images that it speaks of."""
    settings: LabelSettings = job.settings
    votes_on_images = bool(settings.answers or settings.extra_voters)
    if not job.corpus.rows("reports") and not (votes_on_images and job.corpus.rows("images")):
        raise NotApplicable("the corpus has no reports")
    check_reader()
    if settings.answers or settings.extra_voters:
        label_with_others(job)
    elif not settings.voters and not job.corpus.rows("links"):
        job.map_shards(rule_columns, over=tuple(COLUMNS), columns=COLUMNS)
    else:
        job.map_shards(label_shard, over=OVER)


def label_shard(tables: Tables, settings: LabelSettings) -> Rows:
    """Return the rows of `votes` and `labels` of a shard of reports on which the rules and trained voters vote."""
    panel = load_panel(settings.voters) if settings.voters else Panel()
    by_rules = panel.voters == VOTERS and panel.model is None
    reads = dict(reads_of(tables))
    if by_rules:
        reads = {report_id: read for report_id, read in reads.items() if read.mentions}
    references = by_report(TABLES["references"], tables["references"])
    links: dict[str, list[Link]] = {}
    for link in from_table(TABLES["links"], tables["links"]):
        links.setdefault(link.report_id, []).append(link)
    rows: Rows = {"votes": [], "labels": []}
    for (report_id, read), votes in zip(reads.items(), panel.cast(list(reads.values())), strict=True):
        row_of = mention_rows(read)
        labels = panel.labels_of(votes)
        add_labels(rows, report_id, None, labels, row_of)
        said = votes if by_rules else outcome(labels)
        of_report = links.get(report_id, ()), references.get(report_id, ())
        for image_id, on in rule_votes_on_images(read, *of_report, said):
            add_labels(rows, report_id, image_id, Panel().labels_of(on), row_of)
    return rows


def data_of(_corpus: Corpus, settings: LabelSettings) -> str:
    """Return the fingerprint of the lexicon, the trained voters, the answers and the voters of others."""
    parts = [lexicon_digest()]
    if settings.voters:
        parts.append(str(model_fingerprint(settings.voters)))
    for file in map(Path, settings.answers):
        parts.append(file_digest(file) if file.is_file() else "missing")
    return " ".join((*parts, *extra_digest(settings.extra_voters)))


STAGE = Stage(
    name="label",
    run=run,
    settings=LabelSettings,
    reads=(*OVER, "images"),
    writes=("votes", "labels", REPORTS, IMAGES),
    data=data_of,
    score=score,
    version=3,
)
