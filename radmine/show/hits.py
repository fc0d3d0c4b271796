"""What a terminal shows of hits."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.text import Text

from radmine.records import Hit
from radmine.search import Hits, count_words, fact_words, one_line, reason_words
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
        return Text("No hits.")
    ranked = hits.asked.by_rank
    lines: list[RenderableType] = [part for hit in hits for part in _hit(hit, path, ranked=ranked)]
    if not ranked:
        lines.append(Text(count_words(len(hits), hits.total or len(hits), hits.asked)))
    return Group(*lines)


def _hit(hit: Hit, path: Callable[[str], str], *, ranked: bool) -> Iterable[RenderableType]:
    score = f"{hit.score:.3f} " if ranked else ""
    of = visible_line(hit.report_id or "")
    named = of if hit.kind == "report" else "image" + (f" of {of}" if of else "")
    facts = visible_line(" ".join([*fact_words(hit), named]))
    yield _Cut(
        Text.assemble((f"{hit.rank:>3}", "bold"), f" {score}{facts} "), Text(visible_line(reason_words(hit)))
    )
    if hit.sentence:
        sentence = Text(one_line(hit.sentence), "dim")
        for start, end in hit.marks:
            sentence.stylize("not dim bold", start, end)
        first = hit.marks[0] if hit.marks else (0, 0)
        yield _Cut(Text(" " * _INDENT), sentence, *first)
    if hit.path or hit.image_id:
        image = path(hit.path) if hit.path else f"image {hit.image_id}"
        yield Text(" " * _INDENT + visible_line(image), no_wrap=True, overflow="ignore")


@dataclass(frozen=True, slots=True)
class _Cut:
    """One line: words that are shown whole, and others of which as much is shown as fits, with the characters from `start` to
    `end` in it.
    """

    whole: Text
    words: Text
    start: int = 0
    end: int = 0

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> Iterable[RenderableType]:
        """Yield the line as it fits a console."""
        room = options.max_width - self.whole.cell_len
        line = Text(no_wrap=True, overflow="ignore").append_text(self.whole)
        line = line.append_text(_window(self.words, room, self.start, self.end)) if room > 0 else line
        line.rstrip()
        yield line


def _window(words: Text, room: int, start: int, end: int) -> Text:
    """Return the part of a text that fits into so many cells, with "..." where some is left out, between words where it can."""
    if words.cell_len <= room:
        return words
    plain = words.plain
    first = 0 if end + 4 <= room else max(0, start - max(0, room - (end - start) - 8) // 2)
    if first:
        first = plain.find(" ", first, start) + 1 or first
    before = "... " if first else ""
    last = first + max(0, room - len(before) - 4)
    if last < len(plain):
        space = plain.rfind(" ", max(end, first), last + 1)
        last = space if space > first else last
        return Text().append(before, "dim").append_text(words[first:last]).append(" ...", "dim")
    return Text().append(before, "dim").append_text(words[first:])
