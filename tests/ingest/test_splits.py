from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from radmine.ingest import Belonging, Shares, assign_splits

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


@given(belongings, belongings)
@settings(max_examples=60, deadline=None)
def test_who_has_a_part_keeps_it(before: list[Belonging], more: list[Belonging]) -> None:
    first = assign_splits(before, shares=Shares())
    second = assign_splits(before + more, shares=Shares(), existing=first)
    assert {r.patient_id: r for r in second} | {r.patient_id: r for r in first} == {
        r.patient_id: r for r in second
    }


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
