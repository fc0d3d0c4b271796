"""Who advises what: the words of advice in a sentence, and the things that they reach."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from radmine.parse.advice_times import find_times
from radmine.parse.advice_words import Thing
from radmine.parse.phrases import Hit
from radmine.records import Span

CONDITION = re.compile(
    r"\b(?:if|unless|provided|depending on|in case of|should (?:symptoms|there|the (?:patient|symptoms|pain)|clinical)|"
    r"in (?:a )?high risk|for high risk|(?:when|where|as) (?:clinically )?(?:indicated|warranted|needed|necessary|appropriate|feasible|"
    r"possible|desired|tolerated))\b[^,;.]*"
)
IF_NEEDED = re.compile(
    r"(?:if|when|where|as) (?:it is |this is )?(?:clinically |medically )?(?:indicated|warranted|needed|necessary|desired|appropriate)|"
    r"(?:if|unless) (?:not )?(?:already|previously|recently) (?:done|performed|obtained)"
)
# Words before a thing that make it something that was, or that comes first.
_PAST = re.compile(
    r"\b(?:history of|status post|s/p|underwent|undergone|since|compared (?:to|with)|prior to|before|after|following|previous|prior|"
    r"recent|post(?! contrast)|at the time of|seen (?:on|at)|known|outside|old|older|earlier|last|from|has been|had)"
    r" (?:the |a |an |any |his |her |completion of |[a-z]+ed |low dose )?(?:[a-z]+ )?$"
)
_DURING = re.compile(r"\b(?:on|in|at|under|during) (?:the )?$")  # before a follow-up that is going on
DONE = re.compile(
    r"\b(?:was|were|has been|have been|had been)(?: \w+ly)? (?:performed|obtained|done|recommended|suggested|advised|placed|made|given|"
    r"acquired|needed|requested|required|considered)\b"
)
_NOT_BEFORE = re.compile(
    r"\b(?:no|without|nor)(?: (?:further|additional|routine|specific|dedicated|imaging|short|term|interval|immediate|other|more|any|"
    r"clinical|radiographic|need|indication|for|the|need for|surgical|urgent|follow|up|ct|mri|ultrasound|continued|regular|definite))* $"
)
_NOT = re.compile(
    r"(?:\bnot|n't|\bnever|\bno|\bno longer|\bwithout(?: the| any)?|\bno specific)(?: (?:be|currently|routinely|generally|further|"
    r"otherwise|specifically|felt to be|typically))* $"
)
_JOINS = re.compile(
    r"^[^.;:]{0,45}(?:\b(?:and|or|versus|vs|plus|then|followed by|as well as)\b|/)[^.;:]{0,45}$"
)
# Between two things that are not one.
_PARTS = re.compile(
    r"[;:,/\n]|\.(?: |$)|\b(?:and|or|versus|vs|plus|as well as|then|followed by|shows?|showed|demonstrat\w+|reveal\w*|which|that|is|are|was|"
    r"were|has|have|seen|than|because|since|while|but|may|could|should|can)\b"
)
DASH = "\n"
"""As what a dash between words is read, where it parts a sentence."""
STOP = re.compile(r"; |\. |\bbut\b|: |\n")
_MARKS = (". ", ", ", "; ", ": ", DASH)
_OPENING = re.compile(
    r"^(?:(?:\d{1,2}[.)]|please|also|then|and|otherwise|further|optional|low dose|non ?emergent|non ?urgent|urgent|dedicated|elective|routine|"
    r"continued?|annual|repeat|interval|short(?: (?:term|interval))?|outpatient|contrast enhanced|initial|chest|abdominal|pelvic|renal|thyroid|brain|liver|breast|neck|spine|scrotal|testicular|hepatic|knee|hip|shoulder|"
    r"prostate|adrenal|cardiac|pituitary|protocol|targeted|formal|second look|diagnostic|early|close|closer|multiphase|triphasic|dynamic|"
    r"(?:in|within) [\w ]{1,16}(?:days?|weeks?|months?|years?)|[\w ]{1,12}(?:day|week|month|year)s?|(?:(?:in|at|within) )?\d{1,2}/(?:12|52|7)) ?,?)*+$"
)
_GOES_ON = re.compile(
    r" (?:of|for|exam|examination|study|shows?|demonstrates?|is|was|performed|mammograms? of) ?"
)
CHECKS = re.compile(
    r"\b(?:to (?:document|ensure|confirm|assure|assess for|demonstrate|verify|establish)|until) (?:the |its |complete |interval )*"
    r"(?:resolution|clearing|clearance|stability|improvement)\b"
)
TELEGRAM = "telegram"
"""The rule of things that an impression names without a word more: "- FNA"; elsewhere they tell what was done."""
# What stands after a thing that was done.
_TELLS = re.compile(
    r",? \(?(?:results?|is|are|was|were|has|have|had|negative|positive|proven|confirmed|performed|pending|today|yesterday|earlier|on|done|"
    r"completed|needle|device|specimens?|this|last|x ?\d|successful\w*|without|clips?|scars?)\b|[^.;]*\bago\b"
)
_WAS = re.compile(r"\b(?:status post|s/p|history of|underwent|undergone|since|seen on|noted on|found on)\b")
_AGAIN = re.compile(
    r"\b(?:repeat|urgent|targeted|formal|second look|dedicated|further|contrast enhanced|short)\b"
)
_SHORT = re.compile(r"(?: (?:of|for|the|to)\b)*(?: \w+){0,3}[ .]*$")  # what follows a study in a telegram
_REPORTS = re.compile(
    r"\b(?:show(?:s|ed|ing|n)?|demonstrat\w+|reveal\w*|confirm(?:s|ed|ing)|unchanged|stable|no change|compared)\b"
)
_FAR = 15  # words between a directive and what it advises
_LONG = 60  # characters before a thing that begins its sentence


class Group(NamedTuple):
    """Things that make one advice: "follow-up", "CT"."""

    start: int
    end: int
    hits: list[Hit]


class Advised(NamedTuple):
    """A group with the words that advise it."""

    group: Group
    words: Span | None  # the directive's
    strength: str
    rule: str  # of the directive, else not_needed, section, imperative, time or condition
    needed: bool
    chain: int  # groups of one number were advised together


def find_advised(
    text: str, things: Sequence[Hit], directives: Sequence[Hit], conditions: Sequence[Span], *, section: bool
) -> list[Advised]:
    """Return the things of a folded sentence that are advised, in order.

    Parameters
    ----------
    things, directives
        What `radmine.parse.advice_words.load_advice` finds in it.
    conditions
        Where the words of a condition stand.
    section
        Whether it stands in a section of recommendations, where a thing alone is advised.
    """
    groups = list(_groups(text, things, directives, conditions))
    if not groups or text.rstrip().endswith("?"):
        return []
    return _advised(text, groups, _spoken(text, things, directives, conditions), section=section)


def _spoken(
    text: str, things: Sequence[Hit], directives: Sequence[Hit], conditions: Sequence[Span]
) -> list[Hit]:
    """Return the directives that advise, without those in a condition or in words that only look like advice."""
    hidden = [(low, high) for low, high, thing in things if thing.hidden]
    return [
        hit
        for hit in directives
        if not any(low < hit[1] and hit[0] < high for low, high in (*hidden, *conditions))
        and (
            not hit[2].opens
            or not text[: hit[0]].rsplit(". ", 1)[-1].rsplit(", ", 1)[-1].strip("0123456789.) ")
        )
    ]


def _groups(
    text: str, things: Sequence[Hit], directives: Sequence[Hit], conditions: Sequence[Span]
) -> Iterator[Group]:
    """Yield things that may be advised, those of one phrase together."""
    hits: list[Hit] = []
    for hit in things:
        start, _, thing = hit
        if thing.hidden or (not thing.bare and _is_past(text, hit)):
            continue
        lead = any(low < start < high and _leads(text, low, high) for low, high in conditions)
        if any(low <= start < high for low, high in conditions) and not lead:
            continue
        between = any(hits and hits[-1][1] <= d[0] and d[1] <= start for d in directives)
        named = bool(hits) and text[hits[-1][1] : start] == ": "  # "Follow-up: CT"
        if hits and not named and (between or _PARTS.search(text, hits[-1][1], start)):
            yield Group(hits[0][0], hits[-1][1], hits)
            hits = []
        hits.append(hit)
    if hits:
        yield Group(hits[0][0], hits[-1][1], hits)


def _is_past(text: str, hit: Hit) -> bool:
    """Return whether a thing was, is under way, comes after another, or is what another is for."""
    start, _, thing = hit
    if _PAST.search(text, max(0, start - 40), start):
        return True
    if "follow_up" in thing.kinds and _DURING.search(text, max(0, start - 12), start):
        return True
    return (
        thing.kinds == ("imaging",)
        and thing.modality is None
        and text.endswith(("for ", "for the "), 0, start)
    )


def _leads(text: str, low: int, high: int) -> bool:
    """Return whether a condition begins a sentence and no mark ends it, so that what is advised stands in it."""
    return (low == 0 or text[low - 2] in ".;") and text[high : high + 1] != ","


def _advised(text: str, groups: list[Group], directives: list[Hit], *, section: bool) -> list[Advised]:
    """Return the groups that are advised, in order."""
    found: dict[int, Advised] = {}
    before = 0  # where the directive before ends
    for place, (start, end, said) in enumerate(directives):
        limit = directives[place + 1][0] if place + 1 < len(directives) else len(text)
        chain: list[int] = []
        if not said.after:
            chain = _chain_before(text, groups, before, (start, end))
            if chain and all(index in found for index in chain):
                chain = chain[-1:] if len(chain) > 1 else []
        if not chain and (said.after or _may_lead(text, start, end)):
            chain = [i for i in _chain_after(text, groups, end, limit) if i not in found]
        if chain:
            first = groups[chain[0]].start
            needed = not (
                _NOT.search(text, max(0, start - 30), start)
                or _NOT_BEFORE.search(text, max(0, min(first, start) - 60), min(first, start))
                or (first > start and _NOT_BEFORE.search(text, end, first))
            )
            rule = said.rule if needed else "not_needed"
            for index in chain:
                found[index] = Advised(groups[index], (start, end), said.strength, rule, needed, place)
        before = end
    for index, group in enumerate(groups):
        if index in found:
            continue
        rule = _implied(text, group, section=section)
        last = found.get(index - 1)
        joined = last is not None and last.rule == TELEGRAM and _joins(text, groups, index - 1)
        leads = index + 1 < len(groups) and _names(groups[index + 1]) and _joins(text, groups, index)
        alone = index == 0 or last is not None
        if rule is None and (joined or _is_telegram(text, group, alone=alone, leads=leads)):
            rule = TELEGRAM
        if rule is not None:
            found[index] = Advised(group, None, "recommended", rule, rule != "not_needed", -1 - index)
    return [found[index] for index in sorted(found)]


def _may_lead(text: str, start: int, end: int) -> bool:
    """Return whether words that advise what precedes them may advise what follows: "it is recommended that", "Suggested: "."""
    return " " in text[start:end] or text.startswith(":", end) or not text[:start].rsplit(". ", 1)[-1].strip()


def _chain_before(text: str, groups: list[Group], low: int, directive: Span) -> list[int]:
    """Return the groups that end before a directive and are joined, nearest last."""
    near = [
        i
        for i, g in enumerate(groups)
        if low <= g.start < directive[1] and (g.end <= directive[0] or g.end <= directive[1])
    ]
    if not near:
        return []
    gap = text[groups[near[-1]].end : directive[0]]
    if STOP.search(gap) or gap.count(" ") > _FAR:
        return []
    return _joined(text, groups, near[::-1])[::-1]


def _chain_after(text: str, groups: list[Group], low: int, limit: int) -> list[int]:
    """Return the groups that follow a directive and are joined."""
    near = [i for i, g in enumerate(groups) if low <= g.start < limit]
    if not near:
        return []
    gap = text[low : groups[near[0]].start]
    stop = STOP.search(gap)
    if (stop and not (stop[0] == ": " and stop.start() < 2)) or gap.count(" ") > _FAR:
        return []
    return _joined(text, groups, near)


def _joined(text: str, groups: list[Group], order: list[int]) -> list[int]:
    """Return the first of some groups and those that are joined to it, one by one."""
    chain = order[:1]
    for one, other in pairwise(order):
        low, high = sorted((one, other))
        gap = text[groups[low].end : groups[high].start]
        if not (_JOINS.match(gap) or gap.strip() in {",", ""}):
            break
        chain.append(other)
    return chain


def _implied(text: str, group: Group, *, section: bool) -> str | None:
    """Return the rule by which things without a directive are advised, None where they are not."""
    denial = _NOT_BEFORE.search(text, max(0, group.start - 60), group.start)
    if denial is not None and not text[group.end :].strip(" ."):
        return "not_needed" if _OPENING.match(text[_begins(text, denial.start()) : denial.start()]) else None
    if section:
        return "section"
    thing: Thing = group.hits[0][2]
    low = _begins(text, group.start)
    opening = text[low : group.start]
    if len(opening) > _LONG or not _OPENING.match(opening) or _REPORTS.search(text, low) or DONE.search(text):
        return None
    bare = any(thing.bare for _, _, thing in group.hits)
    if bare and thing.kinds != ("follow_up",):
        return "imperative"
    goes_on = _GOES_ON.match(text, group.end)
    if goes_on and not (CHECKS.search(text, group.end) or goes_on[0] == " of "):
        return None
    if bare or CHECKS.search(text, group.end):
        return "imperative"
    end = text.find(". ", group.end)
    part = text[low : end if end >= 0 else len(text)]
    if any(when.leads for when in find_times(part)):
        return "time"
    condition = CONDITION.search(part)
    return "condition" if condition and IF_NEEDED.match(condition[0]) else None


def _begins(text: str, at: int) -> int:
    """Return where the part of a sentence begins in which a place is: after the mark before it."""
    return max((low + len(mark) for mark in _MARKS if (low := text.rfind(mark, 0, at)) >= 0), default=0)


def _joins(text: str, groups: list[Group], index: int) -> bool:
    """Return whether a group and the one after it are joined."""
    return _JOINS.match(text[groups[index].end : groups[index + 1].start]) is not None


def _names(group: Group) -> bool:
    """Return whether a group names what an impression advises by the name alone."""
    return any(thing.telegram for _, _, thing in group.hits)


def _is_telegram(text: str, group: Group, *, alone: bool, leads: bool) -> bool:
    """Return whether things are advised by their name alone, should they stand in an impression.

    `alone`: whether no thing that is only told of stands before them. `leads`: whether such a name is joined to them.
    """
    low = _begins(text, group.start)
    opening = text[low : group.start]
    if len(opening) > _LONG or not _OPENING.match(opening) or _REPORTS.search(text, low):
        return False
    if DONE.search(text) or _WAS.search(text, 0, group.start) or _TELLS.match(text, group.end):
        return False
    if _names(group):
        return True
    named = any(thing.modality for _, _, thing in group.hits)
    if not alone or not (named or any("follow_up" in thing.kinds for _, _, thing in group.hits)):
        return False
    if find_times(f"{opening}{text[group.end :]}"):
        return True
    again = any("follow_up" in thing.kinds for _, _, thing in group.hits) or _AGAIN.search(opening)
    apart = text[max(low - 2, 0) : low].endswith(
        (", ", "; ", DASH)
    )  # alone it would be the name of the study
    return bool(named and (leads or ((again or apart) and _SHORT.match(text, group.end))))
