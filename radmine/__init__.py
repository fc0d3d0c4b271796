"""radmine mines radiology reports and their key images."""

import os
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from radmine.corpus import Corpus

try:
    __version__ = version("radmine")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+source"


def open_corpus(name: str | os.PathLike[str], *, home: str | os.PathLike[str] | None = None) -> "Corpus":
    """Return a corpus, to read: `.frame("labels")` is a table as a pandas data frame, `.table("labels")` as Arrow.

    Parameters
    ----------
    name
        Of a corpus in `corpora/` under `home` (see `radmine.corpus.home_folder`), or the path of its folder.

    Raises
    ------
    CorpusError
        There is none, or another version of radmine made it.
    """
    from radmine.corpus import Corpus

    return Corpus.open(os.fspath(name), home=home)


__all__ = ["__version__", "open_corpus"]
