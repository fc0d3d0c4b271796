"""What of a corpus and its index is damaged, found by digest, and made anew: `find_damage`, `check`."""

import contextlib
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from radmine.corpus import ANSWERS, LEXICON, MARKER, Corpus, corpus_folder, home_folder, write_marker
from radmine.errors import CorpusError, RadmineError
from radmine.files import file_digest, read_bytes, remove_tree, unsealed
from radmine.findings import lexicon_in
from radmine.ingest.reader import STAGE_NAME as INGEST
from radmine.ingest.source import changed_sources, sources_of
from radmine.label import ADVICE, DECISIONS, not_allowed, read_decisions
from radmine.label.answers.replies import ADVICE as REPLIES_ADVICE
from radmine.label.answers.replies import REPLIES, open_replies
from radmine.label.voters.of_corpus import FOLDER as VOTERS
from radmine.manifests import Manifest, read_manifest
from radmine.models import damaged_files as damaged_in_model
from radmine.models import remove_model
from radmine.pipeline import STAGES, settings_of
from radmine.pixels.store import ARRAYS, is_whole
from radmine.placing import places, set_back
from radmine.run import Execution, Progress, no_progress, run_stage, why_out_of_date
from radmine.run.job import tables_of
from radmine.search import index_folder
from radmine.search.folder import damaged_files as damaged_in_index
from radmine.topics import MARKS_ADVICE, REFITS, TOPIC_MARKS, mend_refits, read_marks, refits

_NOT_IT, _GONE, _DAMAGED = "not what was written", "missing", "damaged"
_INDEX = "index"  # the stage


@dataclass(frozen=True, slots=True)
class Damage:
    """A file that is missing or not what was written."""

    path: str
    stage: str  # that wrote it; "": none, it is the user's or the corpus' own
    what: str
    mended: bool = False
    do: str = ""  # where it is not mended: why, and what to do


def _refuse_unreadable(*folders: Path) -> None:
    """Refuse to judge files that may not be read: they are not damaged by that."""
    for folder in folders:
        for place, inner, files in os.walk(folder):
            for name in (*inner, *files):
                path = Path(place) / name
                if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)) and path.exists():
                    raise CorpusError(
                        "A file may not be read, so nobody can tell whether it is damaged.",
                        where=str(path),
                        do="Give yourself the right to read it, then check again.",
                    )


def find_damage(folder: Path) -> list[Damage]:
    """Return what is damaged of the corpus in a folder, and of its index; each file once.

    Everything that was written is compared by its digest: manifests, shards, models, arrays, the lexicon, the index.
    """
    found: dict[str, Damage] = {}
    for damage in _damage(folder):
        found.setdefault(damage.path, damage)
    return list(found.values())


def check(
    name: str,
    *,
    home: str | os.PathLike[str] | None = None,
    dry_run: bool = False,
    execution: Execution | None = None,
    progress: Progress = no_progress,
) -> list[Damage]:
    """Return what is damaged of a corpus and of its index; what can be made anew is made anew, and nothing else.

    Parameters
    ----------
    dry_run
        Change nothing.

    Raises
    ------
    CorpusError
        There is neither a corpus nor an index of this name, or another process writes to the corpus.
    """
    folder = corpus_folder(name, home=home)
    if not folder.is_dir() or not any((folder / "manifests").glob("*.json")):
        index = home_folder(home) / "indexes" / name
        if not folder.is_dir() and index.is_dir():
            do = "There is no corpus to make it of: bring that back, or a copy of the index."
            return [replace(damage, do=do) for damage in _damage_of_index(index)]
        Corpus.open(name, home=home)
    _refuse_unreadable(folder, home_folder(home) / "indexes" / folder.name)
    if dry_run:
        return find_damage(folder)
    corpus = Corpus(folder)
    with corpus.writing():
        found = find_damage(folder)
        if any(damage.path == str(folder / MARKER) for damage in found):
            write_marker(folder)
        reasons = {d.path: why for d in found if (why := _why_not(corpus, d))}
        to_mend = [d for d in found if d.path not in reasons]
        if any(damage.path == str(folder / REFITS) for damage in to_mend):
            mend_refits(corpus)
        _clear(corpus, to_mend)
        refused = _run(corpus, {d.stage for d in to_mend}, execution, progress)
        left = {damage.path for damage in find_damage(folder)} if found else set()
    return [
        replace(d, mended=d.path not in left, do=reasons.get(d.path, refused) if d.path in left else "")
        for d in found
    ]


def out_of_date(corpus: Corpus) -> list[str]:
    """Return the stages that have run and are out of date with their inputs as they are."""
    settings = settings_of(corpus)
    return [
        s.name for s in STAGES if corpus.manifest(s.name) and why_out_of_date(corpus, s, settings[s.name])
    ]


# -- what is damaged ---------------------------------------------------------------------------------------


def _damage(folder: Path) -> Iterator[Damage]:
    corpus = Corpus(folder)
    yield from _damage_of_marker(folder / MARKER)
    manifests: list[Manifest] = []
    for path in sorted((folder / "manifests").glob("*.json")):
        try:
            manifest = read_manifest(folder, path.stem)
        except CorpusError:
            yield Damage(str(path), path.stem, _DAMAGED)
        else:
            manifests += [manifest] if manifest else []
    written = {m.stage for m in manifests}
    for stage in STAGES:
        path = folder / "manifests" / f"{stage.name}.json"
        left = [t for t in tables_of(stage) if any((folder / t).glob("part-*.parquet"))]
        if left and stage.name not in written and not path.exists():
            yield Damage(str(path), stage.name, _GONE)
    ingested = next((m for m in manifests if m.stage == INGEST), None)
    if ingested and ingested.notes.get("sources") and not (folder / "sources.json").exists():
        yield Damage(str(folder / "sources.json"), INGEST, _GONE)
    try:
        sources_of(corpus)
    except (RadmineError, ValueError, KeyError, TypeError):
        yield Damage(str(folder / "sources.json"), INGEST, _DAMAGED)
    for read in (read_decisions, read_marks):
        try:
            read(folder)
        except CorpusError as error:
            yield Damage(error.where, "", _DAMAGED)
    try:
        refits(corpus)
    except CorpusError as error:
        yield Damage(error.where, "", _NOT_IT)
    for path in sorted((folder / ANSWERS).glob(f"*{REPLIES}")):
        try:
            with open_replies(path, to_write=False):
                pass
        except CorpusError:
            yield Damage(str(path), "", _DAMAGED)
    for manifest in manifests:
        yield from _damage_of_shards(folder, manifest)
        yield from _damage_of_folders(corpus, manifest)
    yield from _damage_of_models(folder, manifests)
    if any(m.stage == _INDEX and m.folders for m in manifests):
        yield from _damage_of_index(index_folder(corpus))


def _damage_of_marker(path: Path) -> Iterator[Damage]:
    try:
        unsealed(read_bytes(path))["format"]
    except (OSError, ValueError, KeyError):
        yield Damage(str(path), "", _DAMAGED if path.exists() else _GONE)


def _damage_of_shards(folder: Path, manifest: Manifest) -> Iterator[Damage]:
    for table, shards in manifest.tables.items():
        for shard in shards:
            there = [path for path in places(folder, table, shard.file) if path.exists()]
            if not any(_digest_of(path) == shard.digest for path in there):
                what = _NOT_IT if there else _GONE
                yield Damage(str(folder / table / shard.file), manifest.stage, what)


def _damage_of_folders(corpus: Corpus, manifest: Manifest) -> Iterator[Damage]:
    folder, stage = corpus.folder, manifest.stage
    for file, kept in manifest.files.items():
        path = folder / file
        if not file.startswith("..") and not corpus.keeps(file, kept):  # the index knows its own
            yield Damage(str(path), stage, _NOT_IT if path.exists() else _GONE)
    if ARRAYS in manifest.folders:
        for path in sorted((folder / ARRAYS).glob("*.npy")):
            ours = not manifest.files or f"{ARRAYS}/{path.name}" in manifest.files
            if ours and not is_whole(path):
                yield Damage(str(path), stage, _NOT_IT)
    if LEXICON in manifest.folders:
        try:
            lexicon_in(folder / LEXICON)
        except CorpusError as error:
            yield Damage(error.where, stage, _DAMAGED)


def _damage_of_models(folder: Path, manifests: Sequence[Manifest]) -> Iterator[Damage]:
    owners = {name: m.stage for m in manifests for name in m.folders if name.startswith("models/")}
    here = {f"models/{path.parent.name}" for path in (folder / "models").glob("[!.]*/model.json")}
    for name in sorted(here | owners.keys()):
        for file in damaged_in_model(folder / name):
            path = folder / name / file
            yield Damage(str(path), owners.get(name, ""), _NOT_IT if path.exists() else _GONE)


def _damage_of_index(index: Path) -> Iterator[Damage]:
    if not index.is_dir():
        yield Damage(str(index), _INDEX, _GONE)
        return
    try:
        files = damaged_in_index(index)
    except CorpusError:
        files = ["manifest.json"]
    for file in files:
        path = index / file
        yield Damage(str(path), _INDEX, _NOT_IT if path.exists() else _GONE)


def _digest_of(path: Path) -> str | None:
    with contextlib.suppress(OSError):
        return file_digest(path)
    return None


# -- making it anew ----------------------------------------------------------------------------------------


def _why_not(corpus: Corpus, damage: Damage) -> str:
    """Return why a file cannot be made anew here, with what to do; "" where it can."""
    folder = corpus.folder
    if damage.path == str(folder / "sources.json"):
        return f"Bring it back; or remove the file, then add the same sources again: `radmine ingest {corpus.name} PATH`."
    if damage.path == str(folder / DECISIONS):
        return ADVICE
    if damage.path == str(folder / TOPIC_MARKS):
        return MARKS_ADVICE
    if damage.path.endswith(REPLIES):
        return REPLIES_ADVICE
    if Path(damage.path).is_relative_to(folder / VOTERS):
        return f"Train them again, with the options of before: `radmine voters train {corpus.name}`."
    if Path(damage.path) in {folder / MARKER, folder / REFITS} and not os.path.isdir(damage.path):
        return ""
    if damage.stage not in {s.name for s in STAGES}:
        return "No stage writes it: remove it where it is not yours."
    if damage.stage == INGEST:
        with contextlib.suppress(RadmineError, ValueError, KeyError, TypeError):
            if not sources_of(corpus):
                return "The list of the corpus' sources is gone: bring `sources.json` back, then check again."
            changed = changed_sources(corpus)
            if not changed:
                return ""
            return f"Sources are gone or other than they were: bring {', '.join(changed)} back, then check again."
        return "Mend `sources.json` first."
    if damage.stage == "pixels" and (gone := _images_gone(corpus)):
        return f"{gone} image files are gone: bring them back, then check again."
    return ""


def _images_gone(corpus: Corpus) -> int:
    """Return how many image files are gone since they were decoded."""
    with contextlib.suppress(CorpusError):
        paths = corpus.read("images", columns=["path"]).column("path").drop_null().unique().to_pylist()
        rejected = corpus.read("rejected", columns=["stage", "reason"]).to_pylist()
        known = sum((r["stage"], r["reason"]) == ("pixels", "missing_file") for r in rejected)
        gone = sum(not os.path.exists(path) for path in paths)
        return max(0, gone - known)
    return 0


def _clear(corpus: Corpus, damages: Iterable[Damage]) -> None:
    """Remove damaged files, as far as their stage would take them for whole, or not make them anew."""
    folder = corpus.folder
    for damage in damages:
        path = Path(damage.path)
        # Ingest reads its own splits: without its manifest it draws them anew, which gives the same parts.
        if path.parent in {folder / "manifests", folder / "splits"}:
            (folder / "manifests" / f"{damage.stage}.json").unlink(missing_ok=True)
            (stage,) = (s for s in STAGES if s.name == damage.stage)
            set_back(folder, stage.name, tables_of(stage))
        elif path.parent in {folder / ARRAYS, folder / LEXICON}:
            path.unlink(missing_ok=True)
        elif path.is_relative_to(folder / "models"):
            model = folder / "models" / path.relative_to(folder / "models").parts[0]
            remove_model(model)
            remove_tree(model)  # one without a head is none


def _run(corpus: Corpus, damaged: Collection[str], execution: Execution | None, progress: Progress) -> str:
    """Run the stages of which something is damaged; return why one of them could not, "" where all did."""
    settings = settings_of(corpus)
    how = execution or settings["run"]
    foreign = not_allowed(settings["label"].extra_voters, ())
    for stage in STAGES:
        if stage.name == "label" and stage.name in damaged and foreign:
            return f"The settings name code that would run: use `radmine label {corpus.name} --voter {foreign[0]}`."
        if stage.name in damaged:
            try:
                run_stage(corpus, stage, settings[stage.name], execution=how, progress=progress, why=_DAMAGED)
            except RadmineError as error:
                return str(error)
    return ""
