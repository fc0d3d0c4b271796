"""Run a stage if it is not up to date: `run_stage`."""

import time
from typing import Any

from radmine.corpus import Corpus, Manifest
from radmine.placing import tidy
from radmine.run.execution import Execution
from radmine.run.job import Job
from radmine.run.plan import tried_again, why_out_of_date
from radmine.run.stage import NotApplicable, Outcome, Progress, Stage, no_progress


def run_stage(
    corpus: Corpus,
    stage: Stage,
    settings: Any,
    *,
    execution: Execution | None = None,
    progress: Progress = no_progress,
    why: str | None = None,
    writable: bool = True,
) -> Outcome:
    """Return what became of a stage, run if it is not up to date with its inputs as they are, or has items to try again.

    Parameters
    ----------
    why
        The reason for which it runs though it is up to date; None: there is none.
    writable
        Whether the corpus may be written to; else a stage that is up to date is left as it is.
    """
    manifest = corpus.manifest(stage.name)
    reason = why_out_of_date(corpus, stage, settings) or why
    if reason is None and manifest is not None and writable:
        reason = tried_again(manifest.again, now=True)
    if reason is None:
        assert manifest is not None
        if writable:
            tidy(corpus.folder, manifest, stage.writes)
        status = "not applicable" if manifest.not_applicable else "up to date"
        return _outcome(manifest, status, manifest.not_applicable or "", seconds=0.0)
    started = time.perf_counter()
    job = Job(corpus, stage, settings, execution=execution, progress=progress)
    missing = None
    try:
        with job.course:
            try:
                stage.run(job)
            except NotApplicable as nothing:
                missing = str(nothing)
            manifest = job.finish(time.perf_counter() - started, not_applicable=missing)
    except BaseException as error:
        job.course.ended_by(error, stage.name)
        raise
    tidy(corpus.folder, manifest, stage.writes)
    return _outcome(manifest, "not applicable" if missing else "done", missing or reason)


def _outcome(manifest: Manifest, status: str, reason: str, seconds: float | None = None) -> Outcome:
    rows = {t: manifest.rows(t) for t in manifest.tables if t != "rejected"}
    took = manifest.seconds if seconds is None else seconds
    return Outcome(
        manifest.stage,
        status,
        reason,
        rows,
        manifest.rows("rejected"),
        took,
        tuple(manifest.said),
        str(manifest.notes.get("outcome", "")),
    )
