"""A sheet is drawn, filled in, and tells how good the labels of the whole corpus are; no answer in it is lost."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from radmine import label, link
from radmine.corpus import Corpus
from radmine.curate import compare, correct, estimate, sample_check
from radmine.curate.draw import draw, some_of
from radmine.errors import InputError
from radmine.records import Report
from radmine.run import run_stage
from radmine.show.agreement import estimate_view
from tests.link.made import make_corpus

Row = dict[str, str]
REPORTS = 60


def text(number: int) -> str:
    """Return a report: of every third the effusion is doubtful, every fifth has a nodule; the words are its own."""
    said = "Possible pleural effusion" if number % 3 == 0 else "No pleural effusion"
    more = " There is a lung nodule." if number % 5 == 0 else ""
    return f"FINDINGS: {said} in case {number}.{more}\nIMPRESSION: None."


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    reports = [Report(f"r{n}", f"p{n}", text(n), "test") for n in range(REPORTS)]
    reports += [Report("blank", "q", "  \n", "test"), Report("=x", "q", "No mention of anything.", "test")]
    made = make_corpus(tmp_path_factory.mktemp("sheet"), reports, shard=25)
    run_stage(made, link.STAGE, link.LinkSettings())
    run_stage(made, label.STAGE, label.LabelSettings())
    return made


def rows_of(file: Path) -> list[Row]:
    with file.open(newline="", encoding="utf-8-sig") as stream:
        return list(csv.DictReader(stream))


def fill(
    file: Path, answer: Callable[[Row], str], *, added: list[Row] | None = None, mark: str = ","
) -> None:
    """Fill the column `answer` as a person would, and save it as a spreadsheet may."""
    rows = rows_of(file)
    for row in rows:
        row["answer"] = answer(row)
    with file.open("w", newline="", encoding="utf-8-sig") as stream:
        table = csv.DictWriter(stream, rows[0], delimiter=mark, restval="")
        table.writeheader()
        table.writerows([*rows, *(added or [])])


def test_half_is_drawn_at_random_and_half_is_doubtful(corpus: Corpus) -> None:
    drawn = draw(corpus, 20, seed=1)
    whys = [one.why for one in drawn]
    assert (whys.count("random"), whys.count("doubtful")) == (10, 10)
    assert len({one.report_id for one in drawn}) == 20
    assert "blank" not in {one.report_id for one in drawn}
    assert all(int(one.report_id[1:]) % 3 == 0 for one in drawn if one.why == "doubtful")
    assert draw(corpus, 20, seed=1) == drawn
    assert draw(corpus, 20, seed=2) != drawn
    larger = draw(corpus, 44, seed=1)
    assert {one.report_id for one in drawn} <= {one.report_id for one in larger}
    assert [one for one in larger if one.why == "random"][:10] == [
        one for one in drawn if one.why == "random"
    ]
    assert len(draw(corpus, 500)) == REPORTS + 1


def test_random_draws_are_even() -> None:
    """Of 400 seeds each of 60 reports comes up about as often, 10 a draw: 67 times."""
    times = Counter(r for seed in range(400) for r in some_of((f"r{n}" for n in range(60)), 10, seed=seed))
    assert len(times) == 60
    assert 40 < min(times.values()) <= max(times.values()) < 95


def test_a_sheet_has_text_then_our_labels_with_their_sentences(corpus: Corpus, tmp_path: Path) -> None:
    made = sample_check(corpus, tmp_path / "s.csv", n=500)
    rows = rows_of(tmp_path / "s.csv")
    assert (made.reports, made.random + made.doubtful, made.kept) == (61, 61, 0)
    assert made.rows == sum(bool(row["finding"]) for row in rows)
    first, *of = [row for row in rows if row["report_id"] == "r15"]
    assert (first["finding"], first["answer"], first["text"]) == ("", "", text(15))
    assert [(row["finding"], row["ours"], row["sentence"], row["rule"], row["text"]) for row in of] == [
        ("lung_nodule", "present", "There is a lung nodule.", "default", ""),  # not what is more general
        ("pleural_effusion", "uncertain", "Possible pleural effusion in case 15.", "possible", ""),
    ]
    assert [row["text"] for row in rows if row["report_id"] == "'=x"] == ["No mention of anything."]


def test_the_random_part_tells_of_the_corpus_and_the_doubtful_part_of_itself(
    corpus: Corpus, tmp_path: Path
) -> None:
    file = tmp_path / "s.csv"
    sample_check(corpus, file, n=40, seed=1)
    wrong = {"lung_nodule"}
    extra = [{"report_id": draw(corpus, 40, seed=1)[0].report_id, "finding": "Gallstone", "answer": "yes"}]
    fill(
        file,
        lambda row: row["ours"] and ("no" if row["finding"] in wrong else row["ours"]),
        added=extra,
        mark=";",
    )
    found = estimate(corpus, compare(corpus, file))
    assert found is not None
    assert (found.population, found.unanswered, found.partly) == (61, 0, 0)
    assert (found.random.checked, found.doubtful.checked) == (20, 20)
    of = {a.finding: a for a in found.random.agreements}
    nodules = sum(
        row["drawn"] == "random" and row["finding"] == "lung_nodule"
        for row in csv.DictReader(file.open(encoding="utf-8-sig"), delimiter=";")
    )
    assert nodules
    assert (of["lung_nodule"].false_alarms, of["lung_nodule"].hits) == (nodules, 0)
    assert (of["gallstone"].missed, of["gallstone"].known) == (1, 1)
    assert "gallstone" not in {a.finding for a in found.doubtful.agreements}


def test_all_checked_leaves_no_doubt_and_some_checked_says_how_many_more(
    corpus: Corpus, tmp_path: Path
) -> None:
    file = tmp_path / "all.csv"
    sample_check(corpus, file, n=200)
    fill(
        file, lambda row: "present" if row["finding"] == "lung_nodule" else "absent" if row["finding"] else ""
    )
    whole = estimate(corpus, compare(corpus, file))
    assert whole is not None
    part = tmp_path / "part.csv"
    sample_check(corpus, part, n=30, seed=3)
    fill(part, lambda row: "present" if row["finding"] == "pleural_effusion" else row["ours"])
    some = estimate(corpus, compare(corpus, part))
    assert some is not None
    assert some.more is not None
    f1 = some.random.agreements[0].f1
    assert some.more.half_width == pytest.approx((f1.high - f1.low) / 2)  # type: ignore[operator]
    assert 15 < some.more.reports < 61
    told = io.StringIO()
    Console(file=told, width=500).print(estimate_view(some, corpus="c"))
    assert int(re.findall(r"--n (\d+)", told.getvalue())[0]) <= 61
    assert {one.why for one in draw(corpus, 61)} == {"random"}  # more would be none
    assert {one.why for one in draw(corpus, 60)} == {"random", "doubtful"}
    (one,) = (a for a in some.random.agreements if a.finding == "pleural_effusion")
    assert one.recall.value == 0.0
    assert 0 < one.recall.high < 0.2  # type: ignore[operator]  # 15 of 61 without replacement


def test_what_is_not_filled_in_counts_for_nothing(corpus: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    sample_check(corpus, file, n=20, seed=1)
    names = [one.report_id for one in draw(corpus, 20, seed=1)][:3]
    fill(file, lambda row: row["ours"] if row["report_id"] in names else "")
    found = estimate(corpus, compare(corpus, file))
    assert found is not None
    assert (found.random.checked, found.doubtful.checked, found.partly) == (3, 0, 0)
    filled = sum(bool(row["answer"]) for row in rows_of(file))
    assert found.random.agreements[0].known + compare(corpus, file).known.uncertain == filled
    assert found.unanswered == sum(bool(row["finding"]) for row in rows_of(file)) - filled


def test_a_larger_draw_keeps_the_answers_and_nothing_is_written_over(corpus: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    sample_check(corpus, file, n=20, seed=1)
    name = draw(corpus, 20, seed=1)[0].report_id
    fill(file, lambda row: row["ours"], added=[{"report_id": name, "finding": "gallstone", "answer": "1"}])
    before = {(r["report_id"], r["finding"]): r["answer"] for r in rows_of(file) if r["answer"]}
    made = sample_check(corpus, file, n=40, seed=1)
    after = {(r["report_id"], r["finding"]): r["answer"] for r in rows_of(file) if r["answer"]}
    assert after == before
    assert made.kept == len(before)
    assert (name, "gallstone") in after
    for how in ({"n": 2, "seed": 1}, {"n": 20, "seed": 4}):
        with pytest.raises(InputError, match="not drawn now"):
            sample_check(corpus, file, **how)
    assert {(r["report_id"], r["finding"]): r["answer"] for r in rows_of(file) if r["answer"]} == before
    other = tmp_path / "mine.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="Another file"):
        sample_check(corpus, other)


def test_a_sheet_can_ask_for_the_labels_of_a_scheme(corpus: Corpus, tmp_path: Path) -> None:
    sample_check(corpus, tmp_path / "s.csv", n=200, scheme="chexpert")
    rows = rows_of(tmp_path / "s.csv")
    assert {row["finding"] for row in rows} >= {"", "Pleural Effusion", "Lung Lesion"}
    with pytest.raises(InputError, match="no label scheme"):
        sample_check(corpus, tmp_path / "t.csv", scheme="weather")


def test_what_people_decided_is_no_doubt_any_more(tmp_path: Path) -> None:
    reports = [Report(f"r{n}", f"p{n}", text(n), "test") for n in range(12)]
    made = make_corpus(tmp_path, reports)
    run_stage(made, link.STAGE, link.LinkSettings())
    run_stage(made, label.STAGE, label.LabelSettings())
    before = draw(made, 12)
    for name in ("r3", "r6"):
        correct(made, name, "pleural_effusion", "present", by="ann")
    run_stage(made, label.STAGE, label.LabelSettings())
    after = draw(made, 12)
    of = [[one.report_id for one in drawn if one.why == "random"] for drawn in (before, after)]
    assert of[0] == of[1]
    doubtful = [one.report_id for one in draw(made, 6) if one.why == "doubtful"]
    assert not {"r3", "r6"} & set(doubtful)
    sample_check(made, tmp_path / "s.csv", n=12)
    told = {r["report_id"]: (r["ours"], r["decided"]) for r in rows_of(tmp_path / "s.csv") if r["ours"]}
    assert told["r3"] == told["r6"] == ("uncertain", "present")
    assert told["r0"] == ("uncertain", "")
    sample_check(made, tmp_path / "t.csv", n=12, scheme="chexpert")
    rows = rows_of(tmp_path / "t.csv")
    assert [r["decided"] for r in rows if r["finding"] == "Pleural Effusion" and r["report_id"] == "r3"] == [
        "present"
    ]
