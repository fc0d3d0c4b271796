"""Markup read as the text that it was made for: HTML and XML, RTF, escapes of HL7 and of programs, Markdown.

Every step returns its text rewritten character for character, so that offsets stay. What stood for nothing becomes blanks,
what ended a line ends it, a cell's end is a bar.
"""

import functools
import html
import re
from collections.abc import Iterator

from radmine.parse.data_files import load_data
from radmine.parse.text import FILLER, padded

_TAG = re.compile(r"(?:<|&lt;)(/?)([A-Za-z][\w:.-]*)(?:\s[^<>]*?)?(/?)(?:>|&gt;)")
_CLOSES = re.compile(r"(?:<|&lt;)/([A-Za-z][\w:.-]*)\s*(?:>|&gt;)")
_ENTITY = re.compile(r"&(?:amp;)?(?:#\d{1,6}|#[xX][0-9a-fA-F]{1,5}|[A-Za-z]{2,8}\d?);|&nbsp(?![a-z])")
_RTF = re.compile(
    r"\\'([0-9a-fA-F]{2})|\\u(-?\d{1,6})(?: |\\'[0-9a-fA-F]{2}|\?)?|\\([a-zA-Z]+)(?:-?\d+)? ?|\\([^a-zA-Z])|([{}])"
)
_HL7 = re.compile(
    r"\\(?:(?:E\\)?(\.[a-z]{2})[-+]?\d*(?:\\E)?|([TFSREHN])|X([0-9A-Fa-f]{2,8})|[CMZ]\w{1,12})\\"
)
_TYPED = re.compile(
    r"(?<!\b[A-Z]:)\\{1,2}(?:r\\{1,2}n|n|[rt](?![a-z]))|\\u([0-9a-fA-F]{4})|\\([\"'/*_#.()+-])|_x([0-9A-Fa-f]{4})_"
    r"|\^M(?![a-z]|$)|\^M(?=(?:no|there|small|mild)\b)|(?:%0[dD])?%0[aA]|(?:=0D)?=0A"
)
# A line's end in brackets: "[br]".
_BRACKETED_END = re.compile(
    r"[\[{](?:br|cr|lf|crlf|nl|new ?line|line ?break|eol)[ /]{0,2}[\]}]", re.IGNORECASE
)
_EMPHASIS = re.compile(r"(?<![\w*\[_`])(\*{1,2}|__|`)(?=[^\s*_`])([^*`\n]{1,80}?)(?<=[^\s*_`])\1(?![\w*\]`])")
_RULED = re.compile(r"^[ \t|:+=-]*-{2}[ \t|:+=-]*$", re.MULTILINE)
# Remarks, the types of documents, orders to programs, the end of what is marked as data.
_REMARKS = (("<!--", "-->"), ("<!", ">"), ("<?", "?>"), ("]]", ">"))
_DATA = "<![CDATA["


@functools.cache
def _kinds() -> dict[str, str]:
    """Return the kind of every known tag."""
    data = load_data("markup")
    return {name: kind for kind in ("inline", "block", "item", "title", "cell") for name in data[kind]}


@functools.cache
def _headings() -> frozenset[str]:
    names = load_data("sections")["names"]
    return frozenset(heading for headings in names.values() for heading in headings)


def without_markup(text: str) -> str:
    """Return a text of which the markup is read, character for character."""
    if "\\" in text:
        if "\\rtf" in text or "\\par" in text or "\\line" in text:
            text = _read_rtf(text)
        text = _HL7.sub(_of_hl7, text)
        text = _TYPED.sub(_of_typed, text)
    elif (
        ("_" in text and "_x" in text)
        or ("^" in text and "^M" in text)
        or ("%" in text and "%0" in text)
        or ("=" in text and "=0" in text)
    ):
        text = _TYPED.sub(_of_typed, text)
    if "<" in text or ("&" in text and "&lt;" in text):
        text = _read_tags(text)
    if "[" in text or "{" in text:
        text = _BRACKETED_END.sub(lambda m: "\n".ljust(len(m[0])), text)
    if "&" in text:
        text = _ENTITY.sub(_of_entity, text)
    if "*" in text or "`" in text or ("_" in text and "__" in text):
        text = _EMPHASIS.sub(_of_emphasis, text)
    if "|" in text and "--" in text:
        text = _RULED.sub(lambda m: " " * len(m[0]) if "|" in m[0] else m[0], text)
    return text


def _from_code(code: int, room: int) -> str:
    """Return what stands for the code of a character."""
    if code in {10, 13, 11, 12}:
        return "\n".ljust(room)
    return padded(chr(code), room) if 32 <= code < 0x110000 and not 0xD800 <= code < 0xE000 else " " * room


def _of_hl7(match: re.Match[str]) -> str:
    room = len(match[0])
    code = match[3]
    if code:
        return _from_code(10 if re.search("0[aAdD]", code) else int(code[:2], 16), room)
    return padded(load_data("markup")["hl7"]["meant"].get(match[1] or match[2], " "), room)


def _of_typed(match: re.Match[str]) -> str:
    """Return what an escape of a program stands for."""
    shown = match[0]
    code = match[1] or match[3]
    if code:
        return _from_code(int(code, 16), len(shown))
    if match[2]:
        return FILLER + match[2]
    return padded("\t" if shown[-1] == "t" else "\n", len(shown))


def _of_entity(match: re.Match[str]) -> str:
    shown = match[0]
    meant = html.unescape(html.unescape(shown))
    if meant == shown or len(meant) > 1:
        return shown
    return " " * len(shown) if meant.isspace() and meant not in "\r\n" else _from_code(ord(meant), len(shown))


def _of_emphasis(match: re.Match[str]) -> str:
    """Return words without the marks of their emphasis; headings are known with theirs."""
    mark, words = match[1], match[2]
    after = match.string[match.end() : match.end() + 1]
    if words.endswith(":") or after == ":" or not any(map(str.isalpha, words)):
        return match[0]
    return " " * len(mark) + words + (FILLER if after in {".", ",", ";", ")"} else " ") * len(mark)


def _read_rtf(text: str) -> str:
    """Return a text of which the control words and groups of RTF are read."""
    data = load_data("markup")["rtf"]
    meant, hidden = data["meant"], frozenset(data["hidden"])
    parts: list[str] = []
    groups = [False]  # of each group that is open whether its words are hidden
    at, opened = 0, -1
    for match in _RTF.finditer(text):
        start, end = match.span()
        words = text[at:start]
        parts.append(" " * len(words) if groups[-1] else words)
        at = end
        code, number, name, sign, brace = match.groups()
        if brace == "{":
            groups.append(groups[-1])
            opened = end
        elif brace and len(groups) > 1:
            groups.pop()
        elif start == opened and (name or sign) in hidden:
            groups[-1] = True
        if groups[-1] or brace:
            parts.append(" " * (end - start))
        elif code:
            parts.append(padded(bytes.fromhex(code).decode("cp1252", "replace"), end - start))
        elif number:
            parts.append(_from_code(int(number) % 65536, end - start))
        elif name:
            parts.append(padded(meant.get(name, " "), end - start))
        else:
            parts.append({"~": "  ", "_": " -", "-": FILLER * 2, "\n": "\n "}.get(sign, f" {sign}"))
    parts.append(text[at:])
    return "".join(parts)


def _read_tags(text: str) -> str:
    """Return a text of which the tags are read."""
    for name in load_data("markup")["unseen"]:
        if f"<{name}" in text:
            text = re.sub(rf"<{name}\b[^<>]*>[^<]*</{name}>", lambda m: " " * len(m[0]), text)
    for opening, closing in _REMARKS:
        last = text.rfind(closing)
        if last >= 0 and opening in text:
            pattern = re.compile(re.escape(opening) + ".*?" + re.escape(closing), re.DOTALL)
            text = pattern.sub(_unless_data, text[: last + len(closing)]) + text[last + len(closing) :]
    closed = {name.lower() for name in _CLOSES.findall(text)}
    return "".join(_parts(text, closed))


def _unless_data(match: re.Match[str]) -> str:
    """Return blanks for a remark, but for the words of data."""
    shown = match[0]
    if shown.startswith(_DATA):
        return " " * len(_DATA) + shown[len(_DATA) :]
    return " " * len(shown)


def _parts(text: str, closed: set[str]) -> Iterator[str]:
    """Yield a text, part by part, with what its tags stand for."""
    kinds = _kinds()
    at = 0
    ended = True  # whether a line has just ended
    inner = 0  # where what the last tag opens begins
    for match in _TAG.finditer(text):
        start, end = match.span()
        closes, name, single = match.groups()
        key = name.lower()
        heads = key.rsplit(":", 1)[-1].replace("_", " ").replace("-", " ")
        kind = kinds.get(key)
        if kind is None:
            if heads in _headings():
                kind = "heading"
            elif key not in closed and not single:
                continue
        words = text[at:start]
        yield words
        if words.strip(" \t"):
            ended = words.rstrip(" \t").endswith("\n")
        at = end
        said = _said(kind, heads, closes, _key(text[inner:start]), ended, text[end : end + 2].strip(" \t"))
        room = end - start
        if said is None:  # part of a line
            yield (FILLER if text[end : end + 1] in {".", ",", ";", ")", "?", ""} else " ") * room
        else:
            yield said.ljust(room)
        if said and said[-1] != "-":
            ended = said[-1] == "\n"
        inner = end
    yield text[at:]


def _key(words: str) -> str:
    return " ".join(words.lower().split())


def _said(kind: str | None, heads: str, closes: str, words: str, ended: bool, after: str) -> str | None:
    """Return what stands for a tag between these words and what follows; None for one within a line."""
    if kind == "inline":
        return ":" if closes and words in _headings() and after[:1] != ":" else None
    if kind == "cell":
        return "|" if closes else ""
    line = "" if ended or after[:1] == "\n" else "\n"
    if kind == "title" and closes and words and words[-1] not in ":.?":
        return ":"
    if closes:
        return line
    if kind == "item":
        return ("" if ended else "\n") + "- "
    if kind == "heading":
        return ("" if ended else "\n") + heads + ":"
    return line
