"""A contact sheet as a picture: a grid of images with captions."""

import unicodedata
from collections.abc import Iterable
from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from radmine.search.pictures import SIDE, Picture
from radmine.search.sheet import Sheet, Tile, fact_words, one_line, reason_words, sentence_pieces

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

_COLUMNS = 4
_GAP, _PAD = 20, 8  # pixels between tiles, and around the words below a picture
_SIZES = {"title": 22, "head": 15, "text": 14, "dim": 12}  # of the letters, in pixels
_LINES = 7  # of a sentence; a longer one ends with "..."
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "Æ": "AE",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "×": "x",
        "–": "-",
        "—": "-",
        "’": "'",
    }
)
_PAPER, _INK, _DIM, _MARK, _TILE, _NONE = "#ffffff", "#111111", "#5c5c5c", "#fde047", "#f2f2f2", "#d8d8d8"


class Word(NamedTuple):
    """A word of a caption; `found` ones are marked."""

    text: str
    found: bool = False


class Line(NamedTuple):
    """A line of a caption."""

    words: tuple[Word, ...]
    style: str


def sheet_png(sheet: Sheet) -> bytes:
    """Return a sheet as a PNG file."""
    from PIL import Image, ImageDraw, ImageFont

    fonts: dict[str, FreeTypeFont] = {name: ImageFont.load_default(size) for name, size in _SIZES.items()}  # type: ignore[misc]
    columns = min(_COLUMNS, max(1, len(sheet.tiles)))
    width = max(columns, 2) * (SIDE + _GAP) + _GAP
    heading = _heading(sheet, fonts, width)
    captions = [_caption(tile, fonts, ranked=sheet.ranked) for tile in sheet.tiles]
    rows = [range(i, min(i + columns, len(captions))) for i in range(0, len(captions), columns)]
    heights = [SIDE + 2 * _PAD + max(_height(captions[i]) for i in row) for row in rows]
    query = None if sheet.query is None else sheet.query.square
    top = _GAP + max(_height(heading), 0 if query is None else SIDE // 2) + _GAP
    canvas = Image.new("RGB", (width, top + sum(h + _GAP for h in heights)), _PAPER)
    draw = ImageDraw.Draw(canvas)
    left = _GAP
    if query is not None:
        canvas.paste(Image.fromarray(query).resize((SIDE // 2, SIDE // 2)), (left, _GAP))
        left += SIDE // 2 + _GAP
    _write(draw, heading, left, _GAP, fonts)
    for row, height in zip(rows, heights, strict=True):
        for place, index in enumerate(row):
            x = _GAP + place * (SIDE + _GAP)
            draw.rectangle((x, top, x + SIDE - 1, top + height - 1), fill=_TILE)
            picture = sheet.tiles[index].picture
            if picture.square is None:
                _say_why(draw, picture, (x, top), fonts)
            else:
                canvas.paste(Image.fromarray(picture.square), (x, top))
            _write(draw, captions[index], x + _PAD, top + SIDE + _PAD, fonts)
        top += height + _GAP
    stream = BytesIO()
    canvas.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _heading(sheet: Sheet, fonts: "dict[str, FreeTypeFont]", width: int) -> list[Line]:
    room = width - 2 * _GAP - (SIDE // 2 + _GAP if sheet.query is not None else 0)
    title = _wrapped(_words([(sheet.title, False)]), "title", fonts, room, most=3)
    return [*title, *_wrapped(_words([(sheet.count, False)]), "dim", fonts, room, most=1)]


def _caption(tile: Tile, fonts: "dict[str, FreeTypeFont]", *, ranked: bool) -> list[Line]:
    hit, room = tile.hit, SIDE - 2 * _PAD
    facts = [str(hit.rank), *([f"{hit.score:.3f}"] if ranked else []), *map(_drawable, fact_words(hit))]
    head = _wrapped([[Word(f"{fact} ")] for fact in facts], "head", fonts, room, most=2)
    parts = (
        ([(hit.report_id or hit.image_id or "", False)], "dim", 3),
        (list(sentence_pieces(hit, most=200)), "text", _LINES),
        ([(reason_words(hit), False)], "dim", 3),
        ([(f"patient {hit.patient_id}", False)], "dim", 2),
        ([(hit.path or "", False)], "dim", 4),
    )
    return head + [
        line
        for pieces, style, most in parts
        for line in _wrapped(_words(pieces), style, fonts, room, most=most)
    ]


def _words(pieces: Iterable[tuple[str, bool]]) -> list[list[Word]]:
    """Return pieces of a text as words between which a line may break; a word may be of several pieces."""
    words: list[list[Word]] = [[]]
    for text, found in pieces:
        for number, part in enumerate(_drawable(text).split(" ")):
            if number and words[-1]:
                words.append([])
            if part:
                words[-1].append(Word(part, found))
    return [word for word in words if word]


def _drawable(text: str) -> str:
    """Return a text in letters that Pillow's own font has: without accents, "?" for what is left."""
    plain = unicodedata.normalize("NFKD", one_line(text).translate(_LETTERS))
    return "".join("?" if ord(c) > 126 else c for c in plain if not unicodedata.combining(c))


def _wrapped(
    words: list[list[Word]], style: str, fonts: "dict[str, FreeTypeFont]", room: int, *, most: int
) -> list[Line]:
    """Return words as lines that fit; what does not fit into so many lines is left out, which "..." says."""
    font = fonts[style]
    lines: list[list[Word]] = []
    used = float(room)
    for word in chain.from_iterable(_parts(word, font, room) for word in words):
        if len(lines) > most:
            break
        length = sum(font.getlength(w.text) for w in word)
        space = font.getlength(" ")
        if lines and used + space + length <= room:
            joined = Word(" ", word[0].found and lines[-1][-1].found)
            lines[-1] += [joined, *word]
            used += space + length
        else:
            lines.append(list(word))
            used = length
    if len(lines) > most:
        last = lines[most - 1]
        while sum(font.getlength(w.text) for w in last) + font.getlength(" ...") > room:
            end = last.pop()
            last += [Word(end.text[:-1], end.found)] if not last else []
        lines = [*lines[: most - 1], [*last, Word(" ...")]]
    return [Line(tuple(line), style) for line in lines]


def _parts(word: list[Word], font: "FreeTypeFont", room: int) -> Iterable[list[Word]]:
    """Yield a word, or, where it is longer than a line, pieces of it that are not."""
    if sum(font.getlength(w.text) for w in word) <= room:
        yield word
        return
    for piece in word:
        text = piece.text
        while text:
            end = _fitting(text, font, room)
            yield [Word(text[:end], piece.found)]
            text = text[end:]


def _fitting(text: str, font: "FreeTypeFont", room: int) -> int:
    """Return how many of the first characters of a text fit; one always does."""
    fits, too_many = 1, len(text) + 1
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if font.getlength(text[:middle]) <= room:
            fits = middle
        else:
            too_many = middle
    return fits


def _height(lines: Iterable[Line]) -> int:
    return sum(_step(line) for line in lines)


def _step(line: Line) -> int:
    return round(_SIZES[line.style] * 1.35)


def _write(
    draw: "ImageDraw", lines: Iterable[Line], left: int, top: int, fonts: "dict[str, FreeTypeFont]"
) -> None:
    for line in lines:
        font, x = fonts[line.style], float(left)
        for word in line.words:
            length = font.getlength(word.text)
            if word.found:
                draw.rectangle((x, top, x + length - 1, top + _step(line) - 2), fill=_MARK)
            draw.text((x, top), word.text, font=font, fill=_DIM if line.style == "dim" else _INK)
            x += length
        top += _step(line)


def _say_why(
    draw: "ImageDraw", picture: Picture, at: tuple[int, int], fonts: "dict[str, FreeTypeFont]"
) -> None:
    x, y = at
    draw.rectangle((x, y, x + SIDE - 1, y + SIDE - 1), fill=_NONE)
    lines = _wrapped(
        _words([(f"No picture: {picture.missing}.", False)]), "text", fonts, SIDE - 4 * _PAD, most=4
    )
    _write(draw, lines, x + 2 * _PAD, y + SIDE // 2 - _height(lines) // 2, fonts)
