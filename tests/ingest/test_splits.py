from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from radmine.ingest import Belonging, Shares, assign_splits
from radmine.ingest.splits import said_of_changes
from radmine.records import Split

names = st.integers(0, 40).map(lambda n: f"P{n}")
belongings = st.lists(
    st.builds(
        Belonging,
        names,
        st.sampled_from(["a", "b"]),
        st.sampled_from([None, None, "train", "test", "validation"]),
        st.lists(st.integers(0, 60).map(lambda n: f"image {n}"), max_size=2).map(tuple),
    ),
    max_size=60,
)


def part_of(rows: list) -> dict[str, str]:
    return {row.patient_id: row.split for row in rows}


@given(belongings)
@settings(max_examples=80, deadline=None)
def test_no_patient_in_two_parts_and_shared_images_in_one(given_rows: list[Belonging]) -> None:
    rows = assign_splits(given_rows, shares=Shares())
    assert sorted(r.patient_id for r in rows) == sorted({b.patient_id for b in given_rows})
    part, parts_of_tie = part_of(rows), defaultdict(set)
    for belonging in given_rows:
        for tie in belonging.ties:
            parts_of_tie[tie].add(part[belonging.patient_id])
    assert all(len(parts) == 1 for parts in parts_of_tie.values())


@given(belongings)
@settings(max_examples=30, deadline=None)
def test_order_does_not_matter(given_rows: list[Belonging]) -> None:
    assert assign_splits(given_rows, shares=Shares()) == assign_splits(given_rows[::-1], shares=Shares())


@given(st.lists(belongings, min_size=2, max_size=3))
@settings(max_examples=60, deadline=None)
def test_a_group_has_one_part_however_the_corpus_grows(steps: list[list[Belonging]]) -> None:
    so_far, rows = list[Belonging](), list[Split]()
    for step in steps:
        so_far += step
        before, rows = part_of(rows), assign_splits(so_far, shares=Shares(0.2, 0.3), existing=rows)
        groups = defaultdict[str, set[str]](set)
        for row in rows:
            groups[row.group].add(row.patient_id)
        assert len({r.group for r in rows}) == len({(r.group, r.split) for r in rows})
        group_of, first = {r.patient_id: r.group for r in rows}, dict[str, str]()
        for belonging in so_far:
            for tie in belonging.ties:
                assert group_of[first.setdefault(tie, belonging.patient_id)] == group_of[belonging.patient_id]
        for row in rows:  # who has a part keeps it, but for groups that had several
            had = {before[p] for p in groups[row.group] if p in before}
            assert not had or row.split == next(p for p in ("test", "validation", "train") if p in had)


def test_who_joins_patients_of_several_parts_brings_all_into_test() -> None:
    before = [Split("P1", "train", "P1", "drawn"), Split("P2", "test", "P2", "drawn")]
    rows = assign_splits(
        [Belonging(p, ties=("image 1",)) for p in ("P1", "P3")] + [Belonging("P2", ties=("image 1",))],
        shares=Shares(),
        existing=before,
    )
    assert {(r.split, r.group) for r in rows} == {("test", "P1")}
    assert said_of_changes(before, rows) == [
        "1 patient changed his part: he belongs together with patients of another one"
    ]


def test_who_is_gone_leaves_his_part_and_is_not_counted() -> None:
    before = [Split("R1", "validation", "R1", "drawn")]
    belong = [Belonging("P1", ties=("report R1",)), Belonging("R1", ties=("report R1",))]
    rows = assign_splits(belong, shares=Shares(), existing=before, gone=["R1"])
    assert [(r.patient_id, r.split, r.group) for r in rows] == [("P1", "validation", "P1")]


def test_shares_are_near_and_depend_on_the_seed() -> None:
    rows = [Belonging(f"P{n}") for n in range(1000)]
    drawn = assign_splits(rows, shares=Shares(validation=0.1, test=0.2))
    counts = [sum(r.split == part for r in drawn) for part in ("train", "validation", "test")]
    assert counts == [700, 100, 200]
    assert part_of(drawn) != part_of(assign_splits(rows, shares=Shares(validation=0.1, test=0.2), seed=1))
    more = [Belonging(f"Q{n}") for n in range(1000)]
    grown = assign_splits(rows + more, shares=Shares(validation=0.1, test=0.2), existing=drawn)
    assert sum(r.split == "test" for r in grown) == 400


def test_a_sources_own_split_is_kept_and_completed() -> None:
    rows = [Belonging(f"P{n}", "medpix", "test" if n < 10 else "train") for n in range(100)]
    part = part_of(assign_splits(rows, shares=Shares()))
    assert all(part[f"P{n}"] == "test" for n in range(10))
    assert sum(p == "test" for p in part.values()) == 10
    assert sum(p == "validation" for p in part.values()) == 10


def test_a_patient_whom_the_source_puts_in_two_parts_is_drawn() -> None:
    rows = [Belonging("P1", "s", "train"), Belonging("P1", "s", "test"), Belonging("P2", "s", "validation")]
    (one, two) = assign_splits(rows, shares=Shares(test=0, validation=0))
    assert (one.split, one.reason) == ("train", "drawn")
    assert (two.split, two.reason) == ("validation", "source")


def test_an_issuer_does_not_part_a_patient_from_himself() -> None:
    rows = [Belonging(f"HOSP|P{n}") for n in range(50)] + [Belonging(f"P{n}") for n in range(50)]
    part = part_of(assign_splits(rows, shares=Shares()))
    assert all(part[f"P{n}"] == part[f"HOSP|P{n}"] for n in range(50))
