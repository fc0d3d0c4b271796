"""How a radiologist types: headings, capitals, line breaks, numbered items, and slips of the fingers."""

import random
import re
from typing import NamedTuple


class Style(NamedTuple):
    """The look of one report."""

    headings: str  # a template of a heading, or "none"
    between_sections: str
    between: str  # between sentences
    between_items: str  # between the items of an impression
    items: str  # "{}. ", "- " or ""
    bare_items: bool  # items without a full stop
    lower: bool  # dictated: no capitals
    upper: bool  # all capitals
    stops: bool  # sentences end with a full stop
    width: int  # lines are wrapped at this width; 0: not
    typos: int
    merged: bool  # findings and impression in one section

    def heading(self, name: str) -> str:
        """Return a heading, with the space or line break that follows it."""
        return self.headings.format(
            upper=name, title=name.capitalize(), words=name.title(), lower=name.lower()
        )


_HEADINGS = (
    "{upper}:\n",
    "{upper}: ",
    "{upper}: ",
    "{upper}:\n",
    "{title}: ",
    "{words}:\n",
    "{title} - ",
    "{upper}\n",
    "{upper} - ",
    "{title}:  ",
)


def draw_style(rng: random.Random) -> Style:
    """Return a style; most are plain, some are odd."""
    rnd = rng.random
    draw = rnd()
    dictated, plain, upper = draw < 0.07, 0.07 <= draw < 0.14, 0.14 <= draw < 0.19
    heading = "none" if plain else "{lower}:\n" if dictated else _HEADINGS[int(rnd() * len(_HEADINGS))]
    lines = dictated or rnd() < 0.15
    items = "" if plain or dictated else ("", "{}. ", "{}. ", "{}) ", "- ")[int(rnd() * 5)]
    if heading.endswith("- ") and items == "- ":
        items = "{}. "
    return Style(
        headings=heading,
        between_sections="\n" if rnd() < 0.4 else "\n\n",
        between="\n" if lines else "  " if rnd() < 0.2 else " ",
        between_items="\n",
        items=items,
        bare_items=bool(items) and rnd() < 0.3,
        lower=dictated,
        upper=upper,
        stops=not dictated,
        width=60 + int(rnd() * 21) if not lines and rnd() < 0.2 else 0,
        typos=(rnd() < 0.03) + (rnd() < 0.02),
        merged=not plain and rnd() < 0.05,
    )


_LONG_WORD = re.compile(r"[a-z]{6,}")


def finish(text: str, style: Style, rng: random.Random) -> str:
    """Return the text in capitals or not, wrapped, with slips; no offset in it moves."""
    if style.upper:
        text = text.upper()
    elif style.lower:
        text = text.lower()
    for _ in range(style.typos):
        words = list(_LONG_WORD.finditer(text))
        if words:
            place = words[int(rng.random() * len(words))].start() + 1 + int(rng.random() * 3)
            text = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return _wrap(text, style.width) if style.width else text


def _wrap(text: str, width: int) -> str:
    """Return the text with a line break in place of the last blank that fits on each line."""
    lines = []
    for line in text.split("\n"):
        while len(line) > width:
            cut = line.rfind(" ", 1, width + 1)
            if cut < 0:
                break
            lines.append(line[:cut])
            line = line[cut + 1 :]
        lines.append(line)
    return "\n".join(lines)
