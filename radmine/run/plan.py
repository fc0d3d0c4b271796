"""What a stage's result depends on, and whether it has to run."""

from dataclasses import asdict
from typing import Any

from radmine.corpus import Corpus
from radmine.files import digest
from radmine.run.stage import Stage


def stage_inputs(corpus: Corpus, stage: Stage, settings: Any) -> dict[str, str]:
    """Return what a stage's result depends on, each with its fingerprint."""
    return {
        **{f"table {t}": corpus.fingerprint(t) for t in stage.reads},
        "settings": digest(asdict(settings)),
        "data files": stage.data(corpus, settings),
        "version": str(stage.version),
    }


def why_out_of_date(corpus: Corpus, stage: Stage, settings: Any) -> str | None:
    """Return why a stage has to run, None where it is up to date."""
    manifest = corpus.manifest(stage.name)
    if manifest is None:
        return "not run yet"
    gone = [f for f in manifest.folders if not (corpus.folder / f).is_dir()]
    gone += [t for t, shards in manifest.tables.items() for s in shards if not corpus.has(t, s)]
    if gone:
        return f"missing: {', '.join(sorted(set(gone)))}"
    now = stage_inputs(corpus, stage, settings)
    changed = [k for k in now if now[k] != manifest.inputs.get(k)]
    return f"changed: {', '.join(changed)}" if changed else None
