"""The sources of a corpus: what was ingested into it, kept in `sources.json`."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from radmine.corpus import Corpus
from radmine.errors import CorpusError, InputError
from radmine.files import digest, file_digest, read_bytes, sealed, unsealed, write_whole
from radmine.ingest.reader import Reader, Source, folder_of, relative_name
from radmine.ingest.readers import READERS
from radmine.ingest.walk import walk_files

_FILE = "sources.json"


def add_source(
    corpus: Corpus, reader: str, paths: Sequence[Path], *, options: Mapping[str, str] | None = None
) -> Source:
    """Note a source of a corpus, for the ingest stage to read, and return it; an unchanged one changes nothing.

    Parameters
    ----------
    corpus
        The one that will hold what the source holds.
    reader
        The name of one of `READERS`.
    paths
        Files or folders, which the reader looks through; kept as absolute paths.
    options
        Of the reader: its `options` say which there are.

    Raises
    ------
    InputError
        The reader or an option is not known, or a path is not there.
    """
    options = dict(options or {})
    if options.get("images"):
        options["images"] = str(Path(options["images"]).absolute())
    _check(reader, paths, options)
    roots = [*paths, *(Path(options[name]) for name in ("images",) if options.get(name))]
    source = Source(reader, tuple(str(Path(p).absolute()) for p in paths), options, _listing(roots))
    sources = sources_of(corpus)
    same = [i for i, s in enumerate(sources) if source_name(s) == source_name(source)]
    if same:
        source = replace(source, prefixes=sources[same[0]].prefixes)
        sources[same[0]] = source
    else:
        source = replace(source, prefixes=_prefixes(source.paths, sources))
        sources.append(source)
    put_back(corpus, sources)
    return source


def put_back(corpus: Corpus, sources: Sequence[Source]) -> None:
    """Make these the sources of a corpus; without any there is no file."""
    path = corpus.folder / _FILE
    if not sources:
        path.unlink(missing_ok=True)
        return
    data = sealed({"sources": [_kept(s) for s in sources]})
    if not path.exists() or path.read_bytes() != data:
        write_whole(path, data)


def _kept(source: Source) -> dict[str, Any]:
    return {name: value for name, value in asdict(source).items() if name != "limits"}


def source_name(source: Source) -> str:
    """Return what tells a source from others, whatever its files hold by now."""
    return digest(source.reader, source.paths, source.options)


def _prefixes(paths: Sequence[str], sources: Sequence[Source]) -> tuple[str, ...]:
    """Return what stands before the ids made from names in each path: nothing in the corpus's first folder.

    Else the folder's name, with a hash of its path where another folder has that name already.
    """
    known = {folder_of(p): x for s in sources for p, x in zip(s.paths, s.prefixes, strict=True)}
    for folder in map(folder_of, paths):
        if folder in known:
            continue
        name = os.path.basename(folder)
        taken = {os.path.basename(other) for other in known}
        known[folder] = (
            "" if not known else f"{name}/" if name not in taken else f"{name}-{digest(folder)[:6]}/"
        )
    return tuple(known[folder_of(p)] for p in paths)


def _check(reader: str, paths: Sequence[Path], options: Mapping[str, str]) -> None:
    known = reader_named(reader)
    unknown = sorted(set(options) - set(known.options))
    if unknown:
        valid = ", ".join(sorted(known.options)) or "none"
        raise InputError(
            f"Unknown option {', '.join(map(repr, unknown))}.",
            where=f"reader {reader}",
            do=f"Valid: {valid}.",
        )
    if not paths:
        raise InputError("There is nothing to read.", where=f"reader {reader}", do=f"Name {known.reads}.")
    for path in paths:
        if not os.path.exists(path):
            raise InputError("There is no such file or folder.", where=str(path), do="Check the path.")
        if not (os.path.isdir(path) or os.path.isfile(path)):
            raise InputError("This is a pipe or a device.", where=str(path), do="Name a file or a folder.")


def reader_named(name: str) -> Reader:
    """Return a reader.

    Raises
    ------
    InputError
        There is none of this name.
    """
    if name not in READERS:
        raise InputError(
            f"There is no reader {name!r}.", where="--reader", do=f"Valid: {', '.join(READERS)}."
        )
    return READERS[name]


def _listing(paths: Sequence[Path]) -> str:
    """Return the digest of the files below the paths: relative names, sizes, times."""
    files = list[tuple[str, int, int]]()
    for root in paths:
        for file in walk_files(root.absolute()):
            if file.stat:
                name = relative_name(file.path, root.absolute())
                files.append((name, file.stat.st_size, file.stat.st_mtime_ns))
    return digest(files)


def sources_of(corpus: Corpus) -> list[Source]:
    """Return the sources of a corpus, in the order in which they were added.

    Raises
    ------
    CorpusError
        The list of them is damaged.
    """
    path = corpus.folder / _FILE
    if not path.exists():
        return []
    try:
        data = read_bytes(path)
        # A list alone is of an older version.
        entries = json.loads(data) if data.startswith(b"[") else unsealed(data)["sources"]
        return [_source(entry) for entry in entries]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CorpusError(
            "The list of the corpus' sources is damaged.",
            where=str(path),
            do="Restore the file; or delete it and add the same sources again, in their order, with `radmine ingest`.",
        ) from error


def _source(entry: Any) -> Source:
    """Return a source as `put_back` wrote it; anything else raises."""
    paths, prefixes = entry["paths"], entry.get("prefixes", [""] * len(entry["paths"]))
    options = entry["options"].items()
    words = [
        entry["reader"],
        entry["listing"],
        *paths,
        *prefixes,
        *(word for pair in options for word in pair),
    ]
    lists = isinstance(paths, list) and isinstance(prefixes, list) and len(paths) == len(prefixes)
    if not lists or not all(isinstance(word, str) for word in words):
        raise TypeError
    return Source(entry["reader"], tuple(paths), dict(options), entry["listing"], tuple(prefixes))


def changed_sources(corpus: Corpus) -> list[str]:
    """Return the paths of the sources whose files are not those that were ingested: gone, or other ones by now."""
    changed: list[str] = []
    for source in sources_of(corpus):
        images = source.options.get("images")
        roots = [Path(p) for p in (*source.paths, *([images] if images else []))]
        if not all(root.exists() for root in roots) or _listing(roots) != source.listing:
            changed += source.paths
    return changed


def sources_digest(corpus: Corpus) -> str:
    """Return the fingerprint of the sources and the listing of their files."""
    path = corpus.folder / _FILE
    return file_digest(path) if path.exists() else ""
