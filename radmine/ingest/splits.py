"""Who is in train, validation and test: by patient, decided once.

Patients who share an image, a study or a report are one group and stay together. A source's own split is kept for
the groups whose members it puts into one part only; a part that a source does not have is drawn out of its train
groups. All other groups are drawn: ordered by a hash of the seed and the group's name, they fill test, then
validation, up to their shares of the patients; the rest is train. Who has a part keeps it when a corpus is extended;
where what is new joins groups of different parts, all go to test, else to validation: what was tested on is never learned from.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from radmine.records import Split

PARTS = ("train", "validation", "test")
_DRAWN = ("test", "validation")  # in the order in which they are filled
_HELD = (*_DRAWN, "train")  # of several parts that a group has, the first counts


class Belonging(NamedTuple):
    """One report or image of a patient, with what ties him to others."""

    patient_id: str
    source: str | None = None
    source_split: str | None = None
    ties: tuple[str, ...] = ()  # patients with a tie in common are one group: an image's hash, a study


@dataclass(frozen=True, slots=True)
class Shares:
    """The shares of the patients that are drawn into validation and test; the rest is train."""

    validation: float = 0.1
    test: float = 0.2


class _Groups:
    """Union-find over patients; a group is named by its smallest member."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.parent

    def find(self, name: str) -> str:
        parent = self.parent.setdefault(name, name)
        while parent != self.parent[parent]:
            self.parent[parent] = self.parent[self.parent[parent]]
            parent = self.parent[parent]
        self.parent[name] = parent
        return parent

    def join(self, one: str, other: str) -> None:
        low, high = sorted((self.find(one), self.find(other)))
        self.parent[high] = low


def assign_splits(
    belongings: Iterable[Belonging],
    *,
    shares: Shares,
    seed: int = 0,
    existing: Sequence[Split] = (),
    gone: Collection[str] = (),
) -> list[Split]:
    """Return the part of every patient, sorted by group, then by patient.

    Parameters
    ----------
    belongings
        All reports and images.
    shares
        Of the patients that are drawn.
    seed
        Of the draw.
    existing
        Rows of an earlier run: patients who still belong keep their part, and count towards the shares.
    gone
        Those of `belongings` who are patients no more: they get no row, but bring the part along that they had.
    """
    groups, said = _gather(belongings)
    kept = {row.patient_id: row for row in existing if row.patient_id in groups}
    gone = frozenset(gone)
    rows = list[Split]()
    pools = defaultdict[str | None, list[_Group]](list)
    for members in _members(groups):
        patients = tuple(p for p in members if p not in gone)
        if not patients:
            continue
        group = _Group(
            name=patients[0],
            patients=patients,
            said=frozenset(split for p in patients for _, split in said.get(p, ())),
            part=min((kept[p].split for p in members if p in kept), key=_HELD.index, default=None),
        )
        source = min((source for p in patients for source, _ in said.get(p, ())), default=None)
        pools[source if len(group.said) == 1 else None].append(group)
    for source, pool in sorted(pools.items(), key=lambda pair: pair[0] or ""):
        for group in _decided(pool, shares, seed, own=source is not None):
            for patient in group.patients:
                row = kept.get(patient)
                if row is None or row.split != group.part:
                    row = _row(patient, group, said.get(patient, frozenset()))
                rows.append(replace(row, group=group.name))
    return sorted(rows, key=lambda row: (row.group, row.patient_id))


def said_of_changes(existing: Iterable[Split], splits: Iterable[Split]) -> list[str]:
    """Return what a run says of the patients who changed their part: one sentence, or none."""
    before = {row.patient_id: row.split for row in existing}
    count = sum(before.get(row.patient_id, row.split) != row.split for row in splits)
    if not count:
        return []
    if count == 1:
        return ["1 patient changed his part: he belongs together with patients of another one"]
    return [f"{count:,} patients changed their part: they belong together with patients of another one"]


@dataclass(frozen=True, slots=True)
class _Group:
    """Patients who stay together, what their sources say of them, and their part where it is decided."""

    name: str
    patients: tuple[str, ...]
    said: frozenset[str]
    part: str | None


def _gather(belongings: Iterable[Belonging]) -> tuple[_Groups, dict[str, set[tuple[str, str]]]]:
    """Return the groups of the patients, and for each the (source, part) pairs that its sources say."""
    groups, first_with = _Groups(), dict[str, str]()
    said = defaultdict[str, set[tuple[str, str]]](set)
    for patient, source, split, ties in belongings:
        groups.find(patient)
        if split is not None:
            said[patient].add((source or "", split))
        for tie in ties:
            groups.join(first_with.setdefault(tie, patient), patient)
    for patient in list(groups.parent):
        # The same id without its issuer is taken for the same person.
        issuer, bar, bare = patient.partition("|")
        if bar and issuer and bare in groups:
            groups.join(patient, bare)
    return groups, said


def _members(groups: _Groups) -> list[tuple[str, ...]]:
    """Return the patients of each group, sorted."""
    members = defaultdict[str, list[str]](list)
    for patient in sorted(groups.parent):
        members[groups.find(patient)].append(patient)
    return [tuple(patients) for patients in members.values()]


def _decided(pool: Sequence[_Group], shares: Shares, seed: int, *, own: bool) -> list[_Group]:
    """Return the groups of one source's own split (`own`), or of those to be drawn, each with its part."""
    total = sum(len(g.patients) for g in pool)
    there = {part for g in pool for part in g.said} if own else set[str]()
    filled: Counter[str] = Counter()
    for group in pool:
        if group.part is not None:
            filled[group.part] += len(group.patients)
    parts = {group.name: group.part for group in pool}
    free = [g for g in pool if g.part is None and (not own or g.said == {"train"})]
    for part in (p for p in _DRAWN if p not in there):
        quota = _quota(getattr(shares, part), total)
        for group in sorted(free, key=lambda g: _order(seed, g.name)):
            if parts[group.name] is None and filled[part] + len(group.patients) <= quota:
                parts[group.name] = part
                filled[part] += len(group.patients)
    return [replace(g, part=parts[g.name] or (min(g.said) if own else "train")) for g in pool]


def _quota(share: float, total: int) -> int:
    """Return how many of `total` patients go into a part: its share, one at least where there are three or more."""
    return 0 if share <= 0 else max(round(share * total), 1 if total >= 3 else 0)


def _order(seed: int, name: str) -> bytes:
    return hashlib.blake2b(f"{seed}:{name}".encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _row(patient: str, group: _Group, said: Collection[tuple[str, str]]) -> Split:
    assert group.part is not None
    own = {split for _, split in said}
    reason = "source" if own == {group.part} else "grouped" if len(group.patients) > 1 else "drawn"
    return Split(patient_id=patient, split=group.part, group=group.name, reason=reason)
