"""The sources of a corpus: what was ingested into it, kept in `sources.json`."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from radmine.corpus import Corpus, digest, file_digest, write_whole
from radmine.errors import InputError
from radmine.ingest.reader import Reader, Source, relative_name, walk_files
from radmine.ingest.readers import READERS

_FILE = "sources.json"


def add_source(
    corpus: Corpus, reader: str, paths: Sequence[Path], *, options: Mapping[str, str] | None = None
) -> None:
    """Note a source of a corpus, for the ingest stage to read; the same one with the same files changes nothing.

    Parameters
    ----------
    corpus
        The corpus.
    reader
        One of `READERS`.
    paths
        Files or folders.
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
    entry = {**asdict(source), "paths": list(source.paths)}
    entries = _entries(corpus)
    named = ("reader", "paths", "options")
    same = [i for i, e in enumerate(entries) if all(e[name] == entry[name] for name in named)]
    if same:
        entries[same[0]] = entry
    else:
        entries.append(entry)
    content = json.dumps(entries, indent=1, ensure_ascii=False).encode("utf-8", "surrogatepass")
    path = corpus.folder / _FILE
    if not path.exists() or path.read_bytes() != content:
        write_whole(path, content)


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
        for path in walk_files(root.absolute()):
            if os.path.exists(path):
                stat = os.stat(path)
                files.append((relative_name(path, root.absolute()), stat.st_size, stat.st_mtime_ns))
    return digest(files)


def _entries(corpus: Corpus) -> list[dict[str, Any]]:
    path = corpus.folder / _FILE
    return json.loads(path.read_text("utf-8", "surrogatepass")) if path.exists() else []


def sources_of(corpus: Corpus) -> list[Source]:
    """Return the sources of a corpus, in the order in which they were added."""
    return [Source(e["reader"], tuple(e["paths"]), e["options"], e["listing"]) for e in _entries(corpus)]


def sources_digest(corpus: Corpus) -> str:
    """Return the fingerprint of the sources and the listing of their files."""
    path = corpus.folder / _FILE
    return file_digest(path) if path.exists() else ""
