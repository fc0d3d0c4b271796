"""The commas at which a denial ends, since what follows is told by itself: "while there is no effusion, nodules may reflect X"."""

import functools
import re
from collections.abc import Sequence

from radmine.parse.data_files import load_data
from radmine.parse.phrases import Hit
from radmine.parse.rules import Trigger

# What opens a sentence and only leads up to what it says, by itself (`bare`) or with a verb.
_LEADING = re.compile(
    r"(?:^|: )(?:and |but )?(?:(?:(?:even )?though|although|while|whilst|whereas|as|since|because)|"
    r"(?P<bare>despite|in spite of|notwithstanding|given|in (?:the )?(?:absence|lack)|absent|with no|without|with (?:the )?(?:absence|lack)))\b"
)
_VERB = re.compile(
    r" (?:is|are|was|were|has|have|had|may|might|can|could|would|should|must|will|appears?|remains?|seems?|persists?|suggests?|reflects?|represents?|"
    r"explains?|indicates?|raises?|favou?rs?|makes?|supports?|implies|imply|points? to|accounts? for|likely|probably|consistent with|compatible with|"
    r"in keeping with|suspicious for|concerning for|needs?|warrants?|requires?|argues?|extends?|measures?|shows?|contains?)\b"
)
_SEEN = re.compile(
    r" (?:is|are|was|were|has been|have been) (?:seen|noted|identified|present|visible|demonstrated|evident|detected|found|apparent|shown|visuali[sz]ed)\b"
)
_JOINED = re.compile(r"(?:^| )(?:or|nor)\b|^(?:and|but|which|who|that|as|such|including|e\.g|i\.e|to|than)\b")

# What has a size of its own: "4 mm stone" and "aneurysm 4.2 cm", not "nodule larger than 4 mm".
_SIZE = r"\d+(?:\.\d+)?(?: ?x ?\d+(?:\.\d+)?){0,2} ?[cm]m\b"
_SIZED = re.compile(
    rf"(?:an? |the )?(?:{_SIZE}(?! or| and| in (?:size|diameter)| previously| before| ago)(?: [a-z]+)"
    rf"|(?:[a-z']+ ){{1,4}}?(?<!than )(?<!over )(?<!above )(?<!under )(?<!below )(?<!least )(?<!exceeding )(?<!previously )(?<!to )(?<!was )(?:of )?{_SIZE}(?! or\b| and (?:larger|above|over)))"
)
# Which place is its own: an organ of two or a part of one, which the things before it need not share, as they may "in the right hand".
_PART = (
    r"(?:(?:the )?(?:left|right|both|bilateral) (?:(?:lung )?bases?|apex|apices|hilum|vuj|puj|uvj|upj|(?:upper|lower|middle|mid) (?:lobe|zone|pole|lung)s?"
    r"|(?:frontal|temporal|parietal|occipital) lobes?|lingula|kidneys?|ureter|adrenal|ovary|ovaries|testis|testes|thalamus|maxillary sinus(?:es)?)\b|(?:the )?(?:lingula|rul|rml|rll|lul|lll)\b|segment [ivx\d]+\b|(?:[ctl]\d{1,2}|l5 s1)\b)"
)
_PLACED = re.compile(
    r"(?:[a-z']+ ){1,3}?(?:(?:(?:is|are|was|were) )?(?:seen|noted|present|identified|visible|again seen) )?(?:(?:in|at|on|within) )?"
    + _PART
)
_GOING_ON = (", or ", ", nor ", ", and ")
_TOLD = re.compile(
    r"(?:(?!that |which |to )[a-z]+ ){1,5}?(?:(?:may|might|could)(?! be)|suggests?|reflects?|represents?|explains?|indicates?|raises?) "
)


@functools.cache
def _unlike() -> re.Pattern[str]:
    """Return the pattern of what is denied of an organ, up to the comma behind it: "not dilated, "."""
    states = "|".join(load_data("assertion")["clauses"]["denied_states"])
    return re.compile(
        rf" (?:\w+ly |well |yet |so )?(?:{states})(?: or (?:{states}))?(?: (?:at|in|on|by|from|for|today|here|well|again|now|yet|this|currently)\b[^,;:]*)?, "
    )


_QUALITY = re.compile(r"(?:ed|ic|ous|ive|oid|able|ible|lar|patent|normal|clear|thin|thick)$")


def read_alone(text: str, hits: Sequence[Hit]) -> list[int]:
    """Return the commas of a folded sentence at which a denial ends for what follows them is told by itself.

    There are three kinds. A leading clause ends where the subject of the main verb begins ("in the absence of fracture, effusion
    suggests a tear"). What is denied of an organ is denied of that alone ("bile duct not dilated, gallstones"), unless more of the
    same follows ("not dilated, tortuous"). And after "no A, B" a size, verb or place of its own tells B by itself ("no dissection,
    aneurysm 4.2 cm"). A list with "or" goes on.
    """
    commas: list[int] = []
    leading = _LEADING.search(text)
    for place, hit in enumerate(hits):
        trigger: Trigger
        start, stop, trigger = hit
        if not trigger.denies:
            continue
        limit = len(text)
        for after in range(place + 1, len(hits)):
            following: Trigger = hits[after][2]
            if following.denies or following.ends:
                limit = hits[after][0]
                break
        comma = text.find(", ", stop, limit)
        if comma < 0:
            continue
        if leading is not None and leading.start() <= start < comma:
            if _SEEN.search(text, leading.end(), comma) is not None and not text.startswith(_GOING_ON, comma):
                at = comma
            else:
                told = leading["bare"] is not None or _VERB.search(text, leading.end(), comma) is not None
                at = _main(text, comma, whole=told)
            if at >= 0:
                commas.append(at)
            leading = None
        if text.endswith(("not", "n't"), start, stop):
            match = _unlike().match(text, stop, limit)
            at = -1 if match is None else match.end() - 2
            if at >= 0 and start > 0 and not _goes_on(text, at + 2, limit):
                commas.append(at)
        elif text.startswith("no ", start):
            at = _of_its_own(text, comma, limit)
            if at >= 0:
                commas.append(at)
    return commas


def _main(text: str, comma: int, *, whole: bool) -> int:
    """Return the comma after which the main clause begins whose leading one, `whole` by then or not, has this as its first; -1 if none does."""
    verb = _VERB.search(text, comma)
    while verb is not None:
        at = text.rfind(", ", comma, verb.start())
        if at < 0:
            return -1
        item = text[at + 2 : verb.start()]
        of_list = (
            not whole and _SEEN.match(text, verb.start()) is not None and text.find(", ", verb.end()) >= 0
        )
        if item and not of_list and _JOINED.search(item) is None:
            return at
        comma = text.find(", ", verb.end())
        if comma < 0:
            return -1
        whole = True
        verb = _VERB.search(text, comma)
    return -1


def _goes_on(text: str, at: int, limit: int) -> bool:
    """Return whether what follows "not dilated, " is more of what is denied: "tortuous or narrowed"."""
    rest = text[at:limit]
    if _JOINED.search(rest) is not None:
        return True
    words = rest.split(",", 1)[0].rstrip(" .").split()
    return not words or (
        _QUALITY.search(words[-1]) is not None and all(word.endswith("ly") for word in words[:-1])
    )


def _of_its_own(text: str, comma: int, limit: int) -> int:
    """Return the comma before the last of what follows "no" where that has a size, verb or place of its own, -1 if it has none."""
    first = comma
    last = text.rfind(" or ", comma, limit)  # what stands before it is one list
    if last >= 0:
        comma = text.find(", ", last, limit)
    while comma >= 0:
        item = comma + 2
        match = _SIZED.match(text, item, limit) or _TOLD.match(text, item, limit)
        if match is None and comma == first and text.find(", ", item, limit) < 0:
            match = _PLACED.match(text, item, limit)
        if match is not None and _JOINED.search(text[item : match.end()]) is None:
            return comma
        comma = text.find(", ", item, limit)
    return -1
