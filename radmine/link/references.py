"""References to images in a text: `find_references`."""

import re
from collections.abc import Callable, Iterator

from radmine.link import grammar
from radmine.link.gates import has_part, may_refer
from radmine.link.marks import find_marks
from radmine.link.words import AMBIGUOUS, plane_of
from radmine.parse import unmarked_text
from radmine.records import Reference

_DIGIT = re.compile("[0-9]")
_WINDOW = 40  # codes looked back for the words that make a reference a prior one
_YEARS = range(1900, 2101)
_MOST_PAIRS = (
    200  # of several series with several images; longer lists refer to nothing that anybody could mean
)
_NUMBER = re.compile(r"([0-9]+)(\D?)")
_NO_DIGITS = re.compile(r"\D")


def find_references(text: str) -> list[Reference]:
    """Return the references to images in a text, in its order, with offsets into it.

    Covers the notations of dictated reports ("series 3, images 45-47", "im 5-9, series 2", "(4:102)", "Se/Im 3/45",
    "image 12 of 60") in six languages; a list or several series give one reference each. Vertebral levels, dates,
    clock times, ratios, citations and sequence parameters give none. Marks that only stand for an image ("BOOKMARK", "[LINK 3]",
    "(key image)") are references without a series. The cost grows linearly with the text.

    Examples
    --------
    >>> [str(r) for r in find_references("Node (series 3, images 45 and 47; prior 2:39).")]
    ['3:45', '3:47', '2:39[prior]']
    """
    marks = find_marks(text)
    if not _DIGIT.search(text):
        return marks
    text = unmarked_text(text)
    if not has_part(text) or not may_refer(text):
        return marks
    found = list(_Reader(text).references())
    if not marks:
        return found
    apart = (mark for mark in marks if not any(r.start < mark.end and mark.start < r.end for r in found))
    return sorted((*found, *apart), key=lambda reference: reference.start)


class _Reader:
    """Reads the references of one text, form by form (see `grammar`), from left to right.

    Codes that its methods ask for: S series   I image   J images   N number   P plane   H "#", "no."   s, i "S" and "I"
    glued to a number   c ,   m ;   k :   l /   h dash   a and   r, A to   O of   E from   b, z brackets.
    """

    def __init__(self, text: str) -> None:
        self.codes, self.lexemes = grammar.read(text)
        self.read_to = 0  # codes before this one belong to the reference read last
        self.prior = False  # whether that one was to an earlier study
        self.outside = False  # and the word that says so stands before its bracket

    def references(self) -> Iterator[Reference]:
        at = 0
        while match := grammar.FORMS.search(self.codes, at):
            form = str(match.lastgroup)
            start, at = match.span()
            found, end = _FORMS[form](self, start, at)
            if not found:
                continue
            at = max(at, end)
            prior = self._is_prior(start, at)
            self.read_to = at
            for reference in found:
                yield reference._replace(prior=True) if prior else reference

    # -- one method a form: the references from `start` to `end`, and where reading goes on ------------

    def _keyed(self, start: int, end: int) -> tuple[list[Reference], int]:
        """Read "Se/Im: 11,12,13/26", "ser/img 3-45, 5/12"."""
        first = self.codes.index("N", start, end)
        split = next(i for i in range(first, end) if self.codes[i] in "lkh")
        series = [i for i in range(first, split) if self.codes[i] == "N"]
        found: list[Reference] = []
        rest = split + 1
        if len(series) > 1 and len(series) * self.codes.count("N", rest, end) > _MOST_PAIRS:
            return [], end
        while rest < end:
            stop = self._item_end(rest, end)
            found += [self._one(s, rest, stop, begin=start if not found else None) for s in series]
            rest = stop
            while rest < end and self.codes[rest] in "cma":
                rest += 1
            if rest + 1 < end and self.codes[rest + 1] in "lkh" and self.codes[rest : rest + 3] != "NhN":
                series, rest = [rest], rest + 2
        return found, end

    def _series_first(self, start: int, end: int) -> tuple[list[Reference], int]:
        """Read "series 3, images 45 and 47", and what goes on with ", image 50"."""
        word = next(i for i in range(start, end) if self.codes[i] in "IJ")
        series = self._numbers(start, word)
        plane = self._plane(start, word)
        found = self._cross(series, self._items(word, end), plane, begin=start, stop=end)
        total, end = self._total(found, word, end)
        found = [r._replace(total=total) for r in found]
        while more := grammar.MORE_IMAGES.match(self.codes, end):
            items = self._items(more.start(1), more.end(1))
            found += self._cross(series, items, None, begin=more.start(1), stop=more.end(1))
            end = more.end()
        return found, end

    def _image_first(self, start: int, end: int) -> tuple[list[Reference], int]:
        """Read "images 12 through 15 of series 4", and what goes on with "and 16 of series 5"."""
        word = next(i for i in range(start, end) if self.codes[i] in "IJ")
        of = self.codes.index("S", word)
        images = grammar.IMAGES.match(self.codes, self._images_start(start, word))
        assert images is not None
        plane = self._plane(start, word) or self._plane(images.end(), of)
        found = self._cross(
            self._numbers(of, end), self._items(word, images.end()), plane, begin=start, stop=end
        )
        total, _ = self._total(found, word, images.end())
        found = [r._replace(total=total) for r in found]
        while more := grammar.MORE_OF_SERIES.match(self.codes, end):
            series, items = self._numbers(*more.span(2)), self._items(*more.span(1))
            found += self._cross(
                series, items, self._plane(*more.span(2)), begin=more.start(1), stop=more.end()
            )
            end = more.end()
        return found, end

    def _glued(self, start: int, end: int) -> tuple[list[Reference], int]:
        """Read "S3 I45"."""
        numbers = self._numbers(start, end)
        return [self._one(numbers[0], numbers[1], numbers[-1] + 1, begin=start)], end

    def _image_pairs(self, start: int, end: int) -> tuple[list[Reference], int]:
        """Read "images 3:45, 5:12"."""
        return self._pair_list(start, end), end

    def _images(self, start: int, end: int) -> tuple[list[Reference], int]:
        """Read images whose series is not named: "image 162", "coronal image 110", "Image 5 of 12"."""
        word = next(i for i in range(start, end) if self.codes[i] in "IJ")
        items = self._items(word, end)
        plane = self._plane(start, word)
        found = [self._bare(a, b, plane, begin=start if n == 0 else a) for n, (a, b) in enumerate(items)]
        total, after = self._total(found, word, end)
        if total is not None and self.codes[word] == "J" and self.codes[end] == "l":  # "images 45/47"
            return [*found, self._bare(end + 1, end + 2, plane, begin=end + 1)], after
        if total is not None and total < found[0].last and self.codes[end] == "l":  # "image 601/45"
            return [self._one(items[0][0], end + 1, end + 2, begin=start, plane=plane)], after
        if not self._speaks_of_images(start, word, end, found[0], many=len(found) > 1, total=total):
            return [], end
        if plane is None and (named := grammar.AFTER_PLANE.match(self.codes, after)):
            plane = self._plane(after, named.end())
            after = named.end()
        return [r._replace(total=total, plane=plane) for r in found], after

    def _reformation(self, start: int, end: int) -> tuple[list[Reference], int]:
        """Read "sagittal reformation #341"."""
        number = self.codes.index("N", start)
        return [self._bare(number, end, self._plane(start, end), begin=start)], end

    def _digit_first(self, start: int, end: int) -> tuple[list[Reference], int]:
        """Read "(3 image 1)"."""
        return self._cross([start], self._items(start + 1, end), None, begin=start, stop=end), end

    def _series_pair(self, start: int, end: int) -> tuple[list[Reference], int]:
        """Read "series 3:45", "series 3 #45"."""
        series = self.codes.index("N", start)
        # "series 2/3 of ..."
        if self.codes[end : end + 1] in ("w", "y", "O") and "l" in self.codes[series:end]:
            return [], end
        return self._cross([series], self._items(series + 1, end), None, begin=start, stop=end), end

    def _split(self, start: int, end: int) -> tuple[list[Reference], int]:
        """Read "(6 01:33)": digits that dictation split."""
        numbers = [self.lexemes[i].group() for i in range(start, end) if self.codes[i] == "N"]
        colon = next(i for i in range(start, end) if self.codes[i] in "kl")
        if not all(n.isdigit() for n in numbers) or not self._in_bracket(start):
            return [], end
        if colon == start + 2:
            series, (first, last) = int(numbers[0] + numbers[1]), self._range(colon + 1, end)
        else:
            series, first = int(numbers[0]), int(numbers[1] + numbers[2])
            last = first
        return [Reference(self._from(start), self._to(end), series, first, last, ocr=True)], end

    def _pairs(self, start: int, end: int) -> tuple[list[Reference], int]:
        """Read "(3:45, 50; 602:33)": in brackets only, or after "seen on"."""
        opening = self._in_bracket(start)
        if not opening and not re.search("v[jo]t?$", self.codes[max(0, start - 4) : start]):
            return [], end
        if not self._are_pairs(start, end, opening):
            return [], end
        return self._pair_list(start, end), end

    # -- pieces ----------------------------------------------------------------------------------------

    def _pair_list(self, start: int, end: int) -> list[Reference]:
        at = self.codes.index("N", start)
        plane = self._plane(start, at)
        found: list[Reference] = []
        series = at
        while at < end:
            begin = at
            if self.codes[at + 1 : at + 2] in ("k", "l") and at + 1 < end:
                series, at = at, at + 2
            stop = self._item_end(at, end)
            found.append(self._one(series, at, stop, begin=begin if found else start, plane=plane))
            at = stop
            while at < end and self.codes[at] in "cma":
                at += 1
        return found

    def _are_pairs(self, start: int, end: int, opening: int) -> bool:
        """Whether "3:45" or "3/45" is a series and an image, not a ratio, time, date, score or citation."""
        codes, lexemes = self.codes, self.lexemes
        closing = codes.find("z", end, end + _WINDOW)
        begin = opening or start
        inside = codes[begin:start] + codes[end : closing if closing >= 0 else end]
        outside = begin - 1 if opening else begin
        before = codes[max(0, outside - 6) : outside]
        numbers = [lexemes[i].group() for i in range(start, end) if codes[i] == "N"]
        near = range(max(0, begin - 2), min(len(codes), end + 6))
        years = [lexemes[i].group() for i in near if codes[i] == "N"]
        if "x" in inside + before.split("f")[-1] or "T" in inside or before.endswith(("o", "ot")):
            return False
        if any(n.isdigit() and int(n) in _YEARS for n in years) or any(n[0] == "0" for n in numbers):
            return False
        if "l" not in codes[start:end]:
            return True
        if (
            "X" in before
            or "X" in inside
            or before[-2:] in ("IN", "JN")
            or codes[end : end + 1] in ("h", "O", "Q")
        ):
            return False
        series, image = (int(_NO_DIGITS.sub("", n)) for n in numbers[:2])
        if image <= series <= 12:  # "2/1", "4/4": a fraction, a score
            return False
        could_be_date = (series <= 12 and image <= 31) or (image <= 12 and series <= 31)
        return not could_be_date or (
            bool(re.search("[QIJ]|[^p]w$", before)) and not re.search("[pEky]$", before)
        )

    def _speaks_of_images(
        self, start: int, word: int, end: int, first: Reference, *, many: bool, total: int | None
    ) -> bool:
        before = self.codes[start - 1 : start] if start else ""
        in_bracket = before == "b"
        if total is None and first.first in _YEARS:
            return False
        if self.codes[word] == "J" and not many and first.first == first.last and total is None:
            return in_bracket or "K" in self.codes[start:word] or start < word
        if self.lexemes[word].group().rstrip(".").lower() in AMBIGUOUS:
            ordinal = self.codes[end : end + 1] == "f"  # German: "im 5. Segment"
            return in_bracket or start < word or before == "v" or (before in ("c", "m") and not ordinal)
        if self.lexemes[word].group().lower().startswith("slice"):  # "64-slice 2 ..." counts detector rows
            return before not in ("N", "h")
        return True

    def _items(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the numbers and ranges in a stretch of codes, as stretches."""
        items, at = [], start
        while (at := self.codes.find("N", at, end)) >= 0:
            stop = self._item_end(at, end)
            items.append((at, stop))
            at = stop
        return items

    def _item_end(self, at: int, end: int) -> int:
        stop = at + 1
        if stop + 1 < end and self.codes[stop] in "hrA":
            number = stop + 2 if self.codes[stop + 1] in "Hi" else stop + 1
            if number < end and self.codes[number] == "N":
                return number + 1
        return stop

    def _numbers(self, start: int, end: int) -> list[int]:
        return [i for i in range(start, end) if self.codes[i] == "N"]

    def _cross(
        self, series: list[int], items: list[tuple[int, int]], plane: str | None, *, begin: int, stop: int
    ) -> list[Reference]:
        """Return every image of every series; one each in turn where the text says "respectively"."""
        if len(series) == len(items) > 1 and self._respectively(stop):
            pairs = list(zip(series, items, strict=True))
        elif len(series) > 1 and len(series) * len(items) > _MOST_PAIRS:
            pairs = []
        else:
            pairs = [(s, item) for s in series for item in items]
        return [
            self._one(
                s, a, b, begin=begin if n == 0 else a, plane=plane, stop=stop if n == len(pairs) - 1 else b
            )
            for n, (s, (a, b)) in enumerate(pairs)
        ]

    def _respectively(self, at: int) -> bool:
        return any(lexeme.group().lower() == "respectively" for lexeme in self.lexemes[at : at + 3])

    def _one(
        self, series: int, first: int, end: int, *, begin: int | None, plane: str | None = None, stop: int = 0
    ) -> Reference:
        number = _NUMBER.match(self.lexemes[series].group())
        assert number is not None
        start = self._from(first if begin is None else begin)
        low, high = self._range(first, end)
        suffix = number[2].lower() or None
        return Reference(start, self._to(stop or end), int(number[1]), low, high, plane=plane, suffix=suffix)

    def _bare(self, first: int, end: int, plane: str | None, *, begin: int) -> Reference:
        return Reference(self._from(begin), self._to(end), None, *self._range(first, end), plane=plane)

    def _range(self, first: int, end: int) -> tuple[int, int]:
        """Return first and last image; "145-47" means 145-147, and a range written backwards is turned round."""
        low = int(_NO_DIGITS.sub("", self.lexemes[first].group()))
        text = _NO_DIGITS.sub("", self.lexemes[end - 1].group())
        high = int(text)
        if high < low and len(text) < len(str(low)):
            high = int(str(low)[: -len(text)] + text)
        return min(low, high), max(low, high)

    def _total(self, found: list[Reference], word: int, end: int) -> tuple[int | None, int]:
        """Return the N of "image 30 of N" and where reading goes on."""
        match = grammar.TOTAL.match(self.codes, end)
        if match is None or len(found) != 1 or found[0].first != found[0].last:
            return None, end
        return int(_NO_DIGITS.sub("", self.lexemes[match.end() - 1].group())), match.end()

    def _plane(self, start: int, end: int) -> str | None:
        at = self.codes.find("P", start, end)
        return plane_of(self.lexemes[at].group()) if at >= 0 else None

    def _images_start(self, start: int, word: int) -> int:
        at = self.codes.find("K", start, word)
        return at if at >= 0 else word

    def _in_bracket(self, at: int) -> int:
        """Return the code after the bracket that is open at a code, 0 where none is."""
        opening = self.codes.rfind("b", max(0, at - _WINDOW), at)
        return opening + 1 if opening > self.codes.rfind("z", max(0, at - _WINDOW), at) else 0

    def _from(self, at: int) -> int:
        return self.lexemes[at].start()

    def _to(self, end: int) -> int:
        return self.lexemes[end - 1].end()

    def _is_prior(self, start: int, end: int) -> bool:
        """Whether the words around a reference say that it is to an earlier study."""
        window = self.codes[max(self.read_to, start - _WINDOW) : start]
        joined = self.read_to > 0 and re.fullmatch("[ca]{1,2}|m", window) is not None
        if self.prior and joined and (window != "m" or self.outside):
            return True
        self.prior = bool(grammar.PRIOR_BEFORE.search(window) or grammar.PRIOR_AFTER.match(self.codes, end))
        self.outside = window.endswith("b")
        return self.prior


_Form = Callable[[_Reader, int, int], tuple[list[Reference], int]]
_FORMS: dict[str, _Form] = {
    "keyed": _Reader._keyed,
    "series_first": _Reader._series_first,
    "image_first": _Reader._image_first,
    "glued": _Reader._glued,
    "image_pairs": _Reader._image_pairs,
    "images": _Reader._images,
    "reformation": _Reader._reformation,
    "digit_first": _Reader._digit_first,
    "series_pair": _Reader._series_pair,
    "split": _Reader._split,
    "pairs": _Reader._pairs,
}
"""What reads each form of `grammar.FORMS`, by the name of its group."""
