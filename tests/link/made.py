"""A corpus of reports and images made by hand, read by parse."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from radmine import parse
from radmine.corpus import Corpus
from radmine.records import Image, KeyObject, Report, Split
from radmine.run import Job, Stage, run_stage


@dataclass(frozen=True)
class NoSettings:
    pass


def make_corpus(
    home: Path,
    reports: Sequence[Report],
    images: Sequence[Image] = (),
    key_objects: Sequence[KeyObject] = (),
    splits: Sequence[Split] = (),
    *,
    shard: int = 100,
) -> Corpus:
    """Return a corpus with these rows, parsed; `reports` in shards of `shard` rows."""

    def ingest(job: Job) -> None:
        for n, start in enumerate(range(0, len(reports), shard)):
            file = f"part-{n:05d}-made.parquet"
            job.add([{"reports": job.corpus.write_shard("reports", file, reports[start : start + shard])}])
        for table, rows in (("images", images), ("key_objects", key_objects), ("splits", splits)):
            job.write(table, rows)

    corpus = Corpus.create("made", home=home)
    tables = ("reports", "images", "key_objects", "splits")
    run_stage(corpus, Stage("ingest", ingest, NoSettings, (), tables), NoSettings())
    run_stage(corpus, parse.STAGE, parse.ParseSettings())
    return corpus


def image(name: str, study: str, series: int, instance: int, **more: object) -> Image:
    """Return an image of patient P."""
    values = {
        "patient_id": "P",
        "path": None,
        "series_id": f"{study}.{series}",
        "study_date": "2020-01-01",
        **more,
    }
    return Image(image_id=name, study_id=study, series_number=series, instance_number=instance, **values)  # type: ignore[arg-type]
