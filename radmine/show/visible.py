"""Characters that a terminal obeys, shown instead of sent.

What comes from outside (ids, paths, texts) may hold escape sequences that move the cursor, set the title or type for the
user, and marks that turn the direction of writing, so that a line reads as another one.
"""

import re

# C0 but tab and line feed, DEL, C1; overrides and isolates of direction; halves of a character, which no encoding takes.
# A carriage return before a line feed is the end of a line like any other.
_OBEYED = re.compile(
    "\r(?=\n)|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]",
)

_ENDS = re.compile("[\n\r\u2028\u2029]")


def visible(text: str) -> str:
    r"""Return a text in which nothing is left that a terminal obeys: ESC is the four characters \x1b."""
    return text if text.isprintable() else _OBEYED.sub(_shown, text)


def visible_line(text: str) -> str:
    r"""Return the visible text as one line: what ends a line is shown too, as \n or \r."""
    return text if text.isprintable() else visible(_ENDS.sub(_named, text))


def visible_spans(text: str) -> tuple[str, list[int]]:
    """Return the visible text, and where in it each character of the text begins; last, where it ends."""
    places, at = [], 0
    shown = visible(text)
    if len(shown) == len(text):
        return shown, list(range(len(text) + 1))
    for place, character in enumerate(text):
        places.append(at)
        ends_line = character == "\r" and text[place + 1 : place + 2] == "\n"
        at += 0 if ends_line else len(visible(character))
    return shown, [*places, at]


def visible_json(line: str) -> str:
    r"""Return a line of JSON with the same content, in which nothing is left that a terminal obeys: \u001b."""
    if line.isascii() and "\x7f" not in line:
        return line  # JSON escapes C0 by itself
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", line)


def _named(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


def _shown(found: re.Match[str]) -> str:
    character = found[0]
    if character == "\r" and found.string[found.end() : found.end() + 1] == "\n":
        return ""
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
