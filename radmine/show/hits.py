"""What a terminal shows of hits."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.text import Text

from radmine.records import Hit
from radmine.search import Hits, count_words, fact_words, reason_words, sentence_pieces, window
from radmine.show.visible import visible_line

_INDENT = 4


def hits_view(hits: Hits, *, path: Callable[[str], str]) -> RenderableType:
    """Return what `radmine search` shows: of each hit a line with its facts and why, one with the sentence, and one with the path.

    A path stands on a line of its own, which must not be cut: a console prints it with `crop=False`. The other lines are cut to
    the width, the sentence around the words that were found.

    Parameters
    ----------
    path
        Says how to write the path of a file.
    """
    if not hits:
        return Text(visible_line(f"No hits. {hits.note}".rstrip()))
    ranked = hits.asked.by_rank
    lines: list[RenderableType] = [part for hit in hits for part in _hit(hit, path, ranked=ranked)]
    if not ranked:
        lines.append(Text(count_words(len(hits), hits.total or len(hits), hits.asked)))
    if hits.note:
        lines.append(Text(visible_line(hits.note)))
    return Group(*lines)


def _hit(hit: Hit, path: Callable[[str], str], *, ranked: bool) -> Iterable[RenderableType]:
    score = f"{hit.score:.3f} " if ranked else ""
    of = visible_line(hit.report_id or "")
    named = of if hit.kind == "report" else "image" + (f" of {of}" if of else "")
    facts = visible_line(" ".join([*fact_words(hit), named]))
    yield _Head(
        Text.assemble((f"{hit.rank:>3}", "bold"), f" {score}{facts}"), visible_line(reason_words(hit))
    )
    if hit.sentence:
        yield _Line(" " * _INDENT, hit)
    if hit.path or hit.image_id:
        image = path(hit.path) if hit.path else f"image {hit.image_id}"
        yield Text(" " * _INDENT + visible_line(image), no_wrap=True, overflow="ignore")


@dataclass(frozen=True, slots=True)
class _Line:
    """The line of a hit's sentence, as much of it as fits."""

    before: str
    hit: Hit

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> Iterable[RenderableType]:
        """Yield the line as it fits a console."""
        line = Text(self.before, no_wrap=True)
        for piece, found in sentence_pieces(self.hit, most=max(12, options.max_width - len(self.before))):
            line.append(piece, "bold" if found else "dim")
        line.truncate(options.max_width)  # characters may be wider than one
        yield line


@dataclass(frozen=True, slots=True)
class _Head:
    """The line of a hit's facts, whole, and why it was found, as much of it as fits."""

    facts: Text
    why: str

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> Iterable[RenderableType]:
        """Yield the line as it fits a console."""
        room = options.max_width - self.facts.cell_len - 1
        first, last = window(self.why, max(0, room), 0, 0)
        shown = self.why[first:last] + (" ..." if last < len(self.why) else "")
        line = Text(no_wrap=True, overflow="ignore").append_text(self.facts)
        yield line.append(f" {shown}") if last and room > 0 else line
