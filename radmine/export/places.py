"""By what images go outside of a corpus: the folder that they lie below, and what tells apart those of one file name."""

import os

import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import Corpus
from radmine.ids import tell_apart
from radmine.ingest import sources_of


def folder_of_images(corpus: Corpus) -> str:
    """Return the innermost folder among the sources of a corpus that holds all of its images, with / at its end; "" where none does."""
    named = {path for source in sources_of(corpus) for path in (*source.paths, source.options.get("images"))}
    named |= {os.path.dirname(path) for path in named if path and os.path.splitext(path)[1]}
    paths = corpus.read("images", columns=["path"]).column(0).drop_null()
    folders = sorted((f"{path.rstrip('/')}/" for path in named if path), key=len, reverse=True)
    return next((folder for folder in folders if pc.all(pc.starts_with(paths, folder)).as_py()), "")


def endings_of_images(corpus: Corpus) -> dict[str, str]:
    """Return for each image whose file's name others have too the shortest ending of its path that no other has."""
    table = corpus.read("images", columns=["image_id", "path", "frame"]).rename_columns(
        ["id", "path", "frame"]
    )
    table = table.filter(pc.is_valid(table["path"]))
    frames = pc.fill_null(pc.cast(table["frame"], pa.string()), "")
    names = pc.binary_join_element_wise(pc.replace_substring_regex(table["path"], "^.*/", ""), frames, "#")
    counted = pc.value_counts(names)
    often = counted.field("values").filter(pc.greater(counted.field("counts"), 1))
    rows = table.filter(pc.is_in(names, value_set=often)).to_pylist()
    return {row["id"]: ending for row, ending in zip(rows, tell_apart(rows), strict=True)}
