"""The grammar of references to images: a text becomes a line of one-letter codes, the forms are patterns over it.

"Node (series 3, images 45 and 47)" reads `wbSNcJNaNz`. Besides the codes of `words`:

    N number   Q quantity   D full date   T clock time   H "#", "no."   s, i "S" and "I" glued to a number
    c ,   m ;   k :   e =   l /   h dash   b, z opening and closing bracket   f end of sentence   n blank line
    q other punctuation   w any other word
"""

import re
from functools import lru_cache

from radmine.link.words import CODES

_UNITS = (
    r"mm|cm|m|ml|cc|mg|mcg|g|kg|l|dl|hu|t|tesla|kvp?|mas?|mgy|msv|msec|ms|sec|seconds?|min|minutes?|h|hrs?|hours?"
    r"|days?|weeks?|months?|years?|yrs?|yo|times|french|fr|gauge|percent|degrees?|views?|jahre?|monate?"
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?|janvier|février|avril|juin|juillet|août"
_LEXEME = re.compile(
    rf"""
      (?=[0-9])(?:
          (?P<D>\d{{1,2}}/\d{{1,2}}/(?:\d{{4}}|\d\d)(?!\d) | \d{{1,2}}-\d{{1,2}}-\d{{4}}(?!\d) | \d{{4}}-\d\d-\d\d(?!\d)
              | \d{{1,2}}\.\d{{1,2}}\.(?:\d{{4}}|\d\d)(?![\d.]) | \d{{1,2}}[\s-](?i:{_MONTH})[\s-]\d{{4}}\b)
        | (?P<T>\d{{1,2}}:\d\d(?::\d\d)?\s?(?i:[ap]\.?\s?m\b\.?|h\b|hrs?\b|hours\b|uhr\b) | \d{{1,2}}:\d\d:\d\d)
        | (?P<Q>\d+(?:[.,]\d+)?\s?-?\s?(?:(?i:{_UNITS})(?![^\W_])|%))
        | (?P<decimal>\d+\.\d[\w.]*)
        | (?P<N>\d{{1,5}}(?:[abceABCE](?![^\W_])|(?<=\d{{3}})[a-zA-Z](?![^\W_])|(?=[Ii][Mm]?[Gg]?\s?\d)|(?![^\W_])))
        | (?P<other>\w+))
    | (?=[A-Za-zÀ-ÿ])(?:
          (?=[NnJFMASOD])(?:
              (?P<H>[Nn](?:\s?[°º]|(?i:os?|rs?|um)\.?(?=\s?\d)))
            | (?P<date>(?i:{_MONTH})\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}\b))
        | (?=[SsIiBb])(?:
              (?P<glued>[SI](?=\d{{1,5}}(?:\b|I)))
            | (?P<short>(?i:series|s[eé]rie|sers?|sér|se|srs|images?|imgs?|imm?|ims|bild|slice)
                (?:\.(?=\s?[\#:=]?\s?\d)|(?=\d))))
        | (?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*(?![\d_]))
        | (?P<mixed>\w+))
    | (?P<n>\n\s*\n)
    | (?P<mark>[^\w\s])
    | (?P<rest>\w+)
    """,
    re.VERBOSE,
)
_MARKS = {
    **dict.fromkeys("-‐‑‒–—−", "h"),
    **dict.fromkeys("([{", "b"),
    **dict.fromkeys(")]}", "z"),
    **dict.fromkeys(".!?", "f"),
    "#": "H",
    "№": "H",
    ",": "c",
    ";": "m",
    ":": "k",
    "=": "e",
    "/": "l",
    "&": "a",
    "+": "a",
    "×": "B",
    "~": "M",
    "<": "M",
}
_KINDS = {**{kind: kind for kind in "DTQNHn"}, "date": "D", "decimal": "Q"}

# Said of things, where "called" alone is said of people: "called at 3/45".
_NAMED = re.compile("so[ -]called", re.IGNORECASE)


def read(text: str) -> tuple[str, list[re.Match[str]]]:
    """Return the line of codes of a text, and the match of each lexeme, one a code."""
    codes = []
    lexemes = list(_LEXEME.finditer(text))
    for match in lexemes:
        kind, value = match.lastgroup or "", match.group()
        if kind == "word":
            code = _code_of(value)
            if code == "x" and _NAMED.match(text, max(0, match.start() - 3)):
                code = "w"
        elif kind == "mark":
            code = _MARKS.get(value, "q")
            if code == "f" and match.end() < len(text) and not text[match.end()].isspace():
                code = "q"  # the point of an abbreviation or a number
        elif kind == "short":
            code = CODES[value.rstrip(".").lower()]
        elif kind == "glued":
            code = value.lower()
        else:
            code = _KINDS.get(kind) or _code_of(value)
        codes.append(code)
    return "".join(codes), lexemes


@lru_cache(maxsize=1 << 14)
def _code_of(word: str) -> str:
    word = word.lower()
    code = CODES.get(word)
    if code is None and ("'" in word or "’" in word):  # elision: l'image, dell'immagine
        code = CODES.get(re.split("['’]", word)[-1])
    return code or "w"


# -- the forms, as patterns over codes ----------------------------------------------------------------

_NUMBERING = "[kHeq]{0,3}"  # "image: #", "image no."
_ITEM = "N(?:[hrA]H?N(?![kl]N))?"
_GOES_ON = "(?=[cmzfnahvujoEOlqbtpSM]|$)"  # what follows the last number of a list
_MORE = f"(?:(?:ca|[ca])H?{_ITEM}(?![klIJN]){_GOES_ON})*"
_LIST = f"(?:N(?:cN)*c?aN(?![klIJNhrQ]){_MORE}|{_ITEM}{_MORE})"  # after "images"
_LIST_ONE = f"{_ITEM}{_MORE}"  # after "image": a number that a word follows counts something else
_PLANE = "(?:P[dXhyF]{0,6})?"
_SERIES = f"S{_NUMBERING}"
_OF_SERIES = f"{_PLANE}{_SERIES}N(?:(?:cN)*c?aN(?=[mzfncv]|$))?"
_TOTAL = "(?:t?ON|lN)"
_IMAGES = f"K?h?(?:J{_NUMBERING}(?:[Eo](?=N[rA]N))?{_LIST}|I{_NUMBERING}{_LIST_ONE})"
_THEN_IMAGE = f"(?![cklbh]{{0,2}}(?:P[dXhyF]{{0,6}})?[IJ]{_NUMBERING}N)"
_PAIR = f"N[kl]{_ITEM}"

FORMS = re.compile(
    "(?=[SPKhIJsN])(?:"  # what a form begins with
    f"(?P<keyed>S[lkhc]?[IJ]{_NUMBERING}N(?:cN)*[lkh]{_ITEM}(?:(?:ca|[cma])N(?:[lkh]{_ITEM})?)*)"
    f"|(?P<series_first>{_PLANE}{_SERIES}N(?:(?:ca|[ca])H?N)*[cklmhboatfjEqO]{{0,4}}{_PLANE}{_IMAGES})"
    f"|(?P<image_first>{_PLANE}{_IMAGES}{_TOTAL}?[zq]?"
    f"(?:[ct]{{0,2}}[OEoj][OEojt]{{0,3}}{_OF_SERIES}|b{_OF_SERIES}z|[cm]?{_OF_SERIES}{_THEN_IMAGE}))"
    f"|(?P<glued>sN(?:[clkh]?i|[lkh]?I{_NUMBERING})N(?:[hr]i?N)?)"
    f"|(?P<image_pairs>{_PLANE}[IJ]{_NUMBERING}Nk{_ITEM}(?:(?:ca|[cma])Nk{_ITEM}|(?:ca|[cma]){_ITEM}{_GOES_ON})*)"
    f"|(?P<images>{_PLANE}{_IMAGES})"
    f"|(?P<reformation>P[dXhy]{{0,5}}FH?{_ITEM}(?![kl]))"
    f"|(?P<digit_first>(?<=[bm])N[ck]?I{_NUMBERING}{_LIST_ONE})"
    f"|(?P<series_pair>{_SERIES}N(?:kH?|lH?|c?H){_LIST_ONE})"
    f"|(?P<split>(?<=[bcm])(?:NN[kl]{_ITEM}|N[kl]NN(?=[cmz])))"
    f"|(?P<pairs>(?<![NklhsHAr]){_PLANE}{_PAIR}(?:(?:ca|[cma])(?:{_PAIR}|{_ITEM}(?=[cmaz])))*(?![kl]N)))"
)

IMAGES = re.compile(_IMAGES)
TOTAL = re.compile(_TOTAL)
AFTER_PLANE = re.compile("[OEoj]t?P|bPz")
# More images of the series just named: ", image 47" after "series 3, image 45".
MORE_IMAGES = re.compile(
    f"(?:ca|[cam])(?=I)({_IMAGES})(?!{_TOTAL})(?![cmbOEojt]{{0,3}}{_OF_SERIES}{_THEN_IMAGE})"
)
# More images, each with its series: "and 47 of series 4" after "image 45 of series 3", "and 47 (series 4)".
MORE_OF_SERIES = re.compile(f"z?(?:ca|[cam])({_ITEM})(?:[OEoj]t?|b(?=S[^z]*z))({_OF_SERIES})")

# -- what makes a reference one to an earlier study ---------------------------------------------------

_MEASURE = "[MBQNDyotckhOEjdT]{0,12}"
PRIOR_BEFORE = re.compile(
    "(?:"
    f"p(?:{_MEASURE}|v[joO]t?)(?:v[jo]t?)?b?$"  # previously 6 mm (..., prior study: ..., previously seen on ...
    "|Dy{0,3}k?b?$"  # unchanged from 4/12/2019 (...
    "|g[ro]t?[MBQN]{1,5}[jo]?b?$"  # compared to 6 mm (...
    "|GEt?[MBQN]{1,5}[jo]?b?$"  # increased from 6 mm (...
    "|(?:^|[fnm])[zca]{0,2}w?[jo]t?y?py?[^fnmguGN]{0,20}$"  # on the previous study this was ...
    ")"
)
PRIOR_AFTER = re.compile(
    "(?:c?[jEoO]t?y{0,3}(?:p|O?D)|c?y{1,3}D|c?py{0,3}z|p(?=[fmn]|$)|c?y{0,2}Dy{0,2}z|z[jo]t?y{0,2}p|z?b[jo]?t?(?:py{0,3}|y{0,2}D)z)"
)
