"""Voters that others write: any function from a report, or from an image, to votes, named in the settings, in ten lines.

>>> from radmine.records import Assertion, Vote
>>> def spikes(read):
...     "Votes for a pneumothorax where the word stands in the text, whatever is said of it."
...     if "pneumothorax" in read.text.lower():
...         yield "pneumothorax", Vote("tool:spikes", Assertion.PRESENT, 0.7)

With `spikes` in a module `my_voters` that Python finds, `[label] extra_voters = ["my_voters:spikes"]` lets it vote in the
stage, where the user names it in the same call (`--settings FILE`, `--voter my_voters:spikes`); a package offers one under a short name as an entry point of the group `radmine.voters`. A function under
`@radmine.label.ImageVoter` gets an `ImageItem` instead, for each image.
"""

import importlib
from collections.abc import Callable, Iterable, Iterator
from importlib.machinery import PathFinder
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from radmine.errors import SettingsError
from radmine.files import file_digest
from radmine.findings import Lexicon, load_lexicon
from radmine.label.voters.voter import Cast, ImageVoter, Item, Voter
from radmine.label.weigh.combine import agrees
from radmine.records import DECISION, Assertion, Vote

GROUP = "radmine.voters"
_OURS = frozenset(("rules", "text", "topics", "taught", "label", DECISION))  # kinds of the house


class ExtraVoter:
    """A voter that somebody else wrote: what is wrong with its votes is set aside, and it never stops a run."""

    def __init__(self, name: str, voter: Voter, lexicon: Lexicon | None = None) -> None:
        self.name = name
        self._lexicon = lexicon or load_lexicon()
        self._voter = voter
        self.failed: list[str] = []  # reasons, since `take_failed` was called last

    @property
    def on_images(self) -> bool:
        """Whether it votes on images, else on reports."""
        return isinstance(self._voter, ImageVoter)

    def __call__(self, item: Item) -> Iterator[tuple[str, Vote]]:
        """Yield its votes on a report, or on an image, as far as they are sound."""
        voter: Callable[[Any], Cast] = self._voter
        try:
            cast = list(voter(item))
        except (Exception, SystemExit) as error:  # anybody's code
            self.failed.append(type(error).__name__)
            return
        votes: dict[tuple[str, str], Vote] = {}
        for pair in cast:
            wrong = _what_is_wrong(pair, self._lexicon)
            if wrong:
                self.failed.append(wrong)
            else:
                finding, vote = pair
                votes[finding, vote.voter] = vote  # who votes twice on a finding: his last word counts
        yield from ((finding, vote) for (finding, _), vote in votes.items())

    def take_failed(self) -> list[str]:
        """Return what went wrong since the last call, each once."""
        failed, self.failed = self.failed, []
        return list(dict.fromkeys(failed))


def _what_is_wrong(item: object, lexicon: Lexicon) -> str:
    """Return why something is no vote that counts, "" where it is one."""
    finding, vote = item if isinstance(item, tuple) and len(item) == 2 else (None, None)
    if not (isinstance(vote, Vote) and isinstance(finding, str) and lexicon.find(finding)):
        return "not a pair of a known finding and a Vote"
    if not (isinstance(vote.assertion, Assertion) and isinstance(vote.voter, str) and vote.voter):
        return "a Vote without a voter or an Assertion"
    if vote.kind in _OURS:
        return f"the kind {vote.kind!r} is taken: name it KIND:NAME, such as tool:NAME"
    if not isinstance(vote.probability, int | float) or not agrees(vote.assertion, vote.probability):
        return "a probability that is none, or says the opposite of the assertion"
    return ""


def load_extra(names: Iterable[str], lexicon: Lexicon | None = None) -> dict[str, ExtraVoter]:
    """Return the voters of these names: "module:function", or entry points of the group `radmine.voters`.

    Parameters
    ----------
    lexicon
        The findings on which they may vote; None: ours.

    Raises
    ------
    SettingsError
        There is no such voter, or it cannot be imported.
    """
    return {name: ExtraVoter(name, _find(name), lexicon) for name in names}


def _find(name: str) -> Voter:
    try:
        module, _, attribute = _target(name).partition(":")
        voter: Voter = getattr(importlib.import_module(module), attribute)
    except SettingsError:
        raise
    except (Exception, SystemExit) as error:  # anybody's module
        raise SettingsError(
            f"The voter cannot be imported: {type(error).__name__}.",
            where=name,
            do=f'Write "module:function" of an installed module, or an entry point of {GROUP}.',
        ) from error
    if not callable(voter):
        raise SettingsError("The voter is no function.", where=name, do="Name a function of a report.")
    return voter


def _target(name: str) -> str:
    """Return "module:function" of a name."""
    if ":" in name:
        return name
    points = entry_points(group=GROUP, name=name)
    if not points:
        known = ", ".join(sorted(p.name for p in entry_points(group=GROUP))) or "none"
        raise SettingsError(
            f"No package offers a voter {name!r}.",
            where=name,
            do=f'Write "module:function", or one of the installed: {known}.',
        )
    return next(iter(points)).value


def not_allowed(names: Iterable[str], allowed: Iterable[str] = ()) -> list[str]:
    """Return the voters that may not run: a name of a module is code, which somebody else may have written into the settings.

    What may run is what the user named himself, and what is installed as an entry point.

    Parameters
    ----------
    allowed
        The names that the user gave.
    """
    given = set(allowed)
    return [name for name in names if ":" in name and name not in given]


def extra_digest(names: Iterable[str], files: Iterable[str] = ()) -> list[str]:
    """Return the fingerprints of each voter's source file, its name where it has none, and of files that voters read.

    Nothing is imported.
    """
    found = [f"{name} {file_digest(Path(name)) if Path(name).is_file() else 'missing'}" for name in files]
    for name in names:
        try:
            file = _source_file(_target(name).partition(":")[0])
        except (Exception, SystemExit):  # it shows when the voter is loaded
            file = None
        found.append(f"{name} {file_digest(file) if file and file.is_file() else ''}")
    return found


def _source_file(module: str) -> Path | None:
    """Return the file of a module without importing it or the packages that it is in, as `importlib.util.find_spec` would."""
    folders, name, spec = None, "", None
    for part in module.split("."):
        name = f"{name}.{part}" if name else part
        spec = PathFinder.find_spec(name, folders)
        if spec is None:
            return None
        folders = None if spec.submodule_search_locations is None else list(spec.submodule_search_locations)
    return Path(spec.origin) if spec and spec.origin else None
