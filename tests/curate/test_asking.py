"""A language model is asked about reports: nothing twice, nothing away, nothing counted that the report does not say."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from radmine import label, link
from radmine.check import find_damage
from radmine.corpus import Corpus
from radmine.curate import Asked, Plan, ask, plan_asking
from radmine.curate.asked import combined
from radmine.errors import CorpusError, InputError
from radmine.evaluate import evaluate
from radmine.findings import NameReader
from radmine.label.answers.answers import Answer, Refused, read_answers
from radmine.label.answers.prompt import load_prompt, windows_of
from radmine.label.answers.replies import Reply, Said, open_replies
from radmine.records import Assertion, Report, TrueLabel, Truth
from radmine.run import run_stage
from tests.label.answers.chat_server import Request, Send, Served, answers, completion, serving
from tests.link.made import make_corpus

REPORTS = 12
BOTH = ("pleural_effusion", "lung_nodule")


def text(number: int) -> str:
    """Return a report: of every third the effusion is doubtful, every fourth has a nodule; the words are its own."""
    said = "Possible pleural effusion" if number % 3 == 0 else "No pleural effusion"
    more = " There is a lung nodule." if number % 4 == 0 else ""
    return f"FINDINGS: {said} in case {number}.{more}"


def honest(request: Request, _: int = 0) -> Send:
    """Answer as the reports of `text` are meant."""
    effusion = re.search(r"(Possible|No) pleural effusion", request.text)
    rows = []
    if effusion:
        rows.append(("pleural_effusion", "uncertain" if effusion[1] == "Possible" else "absent", effusion[0]))
    if "nodule" in request.text:
        rows.append(("lung_nodule", "present", "a lung nodule"))
    return answers(*rows)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a labelled corpus; two of its reports have the same text, one has none."""
    home = tmp_path_factory.mktemp("home")
    reports = [Report(f"r{n}", f"p{n}", text(n), "test") for n in range(REPORTS)]
    reports += [Report("blank", "q", "  \n", "test"), Report("twin", "q", text(1), "test")]
    corpus = make_corpus(home, reports, shard=5)
    run_stage(corpus, link.STAGE, link.LinkSettings())
    run_stage(corpus, label.STAGE, label.LabelSettings())
    return corpus.folder


@pytest.fixture
def corpus(labelled: Path, tmp_path: Path) -> Corpus:
    """A copy of the labelled corpus."""
    shutil.copytree(labelled, tmp_path / "corpora" / labelled.name)
    return Corpus.open(labelled.name, home=tmp_path)


def planned(corpus: Corpus, served: Served, **how: Any) -> Plan:
    return plan_asking(corpus, **{"url": served.url, "model": "m-7", "findings": BOTH, **how})


def rows_in(asked: Asked) -> list[dict[str, Any]]:
    return [json.loads(line) for line in asked.path.read_text().splitlines()]


@pytest.fixture
def answered() -> Iterator[Served]:
    with serving(honest) as served:
        yield served


# -- what is answered


def test_answers_are_rows_with_the_words_that_they_rest_on(corpus: Corpus, answered: Served) -> None:
    asked = ask(planned(corpus, answered))
    assert (asked.reports, asked.asked, asked.before, asked.failed, asked.left) == (REPORTS, REPORTS, 0, 0, 0)
    assert (asked.tokens, asked.format, asked.void) == (10 * REPORTS, "json_schema", {})
    texts = dict(zip(*corpus.read("reports", columns=["report_id", "text"]).to_pydict().values(), strict=True))  # fmt: skip
    rows = rows_in(asked)
    assert {row["report_id"] for row in rows} == set(texts) - {"blank"}
    for row in rows:
        assert texts[row["report_id"]][row["start"] : row["end"]] == row["quote"]
    assert Counter((row["finding"], row["answer"]) for row in rows) == {
        ("pleural_effusion", "uncertain"): 4,
        ("pleural_effusion", "absent"): 9,
        ("lung_nodule", "present"): 3,
    }
    assert asked.answers == len(rows) == 16
    assert asked.answered == 13


def test_they_vote_as_a_language_model_and_evaluate_tells_how_well(corpus: Corpus, answered: Served) -> None:
    asked = ask(planned(corpus, answered))
    (first, *_) = read_answers(asked.path)
    assert isinstance(first, Answer)
    assert first.vote.voter == "llm:m-7"
    run_stage(corpus, label.STAGE, label.LabelSettings(answers=(str(asked.path),)))
    votes = [vote for vote in corpus.records("votes") if vote.voter == "llm:m-7"]
    assert len(votes) == 16 + 3  # a nodule is a lesion as well
    labels = {(row.report_id, row.finding): row for row in corpus.records("labels")}
    assert "llm:m-7" in labels["r4", "lung_nodule"].voters
    truth = Truth(
        labels=tuple(TrueLabel(f"r{n}", None, "lung_nodule", Assertion.PRESENT) for n in range(0, REPORTS, 4))
    )
    subjects = {score.subject for score in evaluate(corpus, truth)}
    assert "reports: voter llm:m-7" in subjects


def test_what_does_not_count_is_rejected_with_its_reason_and_stops_nothing(corpus: Corpus) -> None:
    bad: dict[int, Send] = {
        0: answers(("lung_nodule", "present", "a nodule of 9 mm")),
        1: completion("I see no effusion."),
        2: completion('{"answers": [{"finding": "lung_no', finish="length"),
        4: answers(("pneumothorax", "present", "a lung nodule"), ("lung_nodule", "present", "a lung nodule")),
        5: answers(("pleural_effusion", "perhaps not", "No pleural effusion")),
        6: answers(
            ("pleural_effusion", "present", "pleural effusion"),
            ("pleural_effusion", "uncertain", "Possible pleural effusion"),
        ),
        7: Send(400),
        8: Send(500, headers=(("Retry-After", "0"),)),
    }

    def behave(request: Request, _: int) -> Send:
        number = int(re.findall(r"case (\d+)", request.text)[0])
        return bad.get(number) or honest(request)

    with serving(behave) as served:
        asked = ask(planned(corpus, served))
        assert asked.void == {
            "bad_reply": 1 + 1,  # the twin of report 1 has its text
            "contradicts_itself": 1,
            "cut_reply": 1,
            "no_reply": 1,
            "not_asked": 1,
            "quote_not_found": 1,
            "refused_by_server": 1,
            "unknown_answer": 1,
        }
        assert asked.failed == 2
        # What had no reply, or one without answers, is asked again, and nothing else.
        before = len(served.requests)
        bad.clear()
        again = ask(planned(corpus, served))
        assert (again.asked, again.before) == (3, REPORTS - 3)
        assert len(served.requests) == before + 3
    rows = [row for row in read_answers(asked.path) if isinstance(row, Refused)]
    assert Refused("r0", "quote_not_found", "lung_nodule") in rows
    assert {row.reason for row in rows} == set(again.void)
    run_stage(corpus, label.STAGE, label.LabelSettings(answers=(str(asked.path),)))
    rejected = Counter(row.reason for row in corpus.records("rejected"))
    assert rejected["quote_not_found"] == rejected["cut_reply"] == 1
    assert rejected["bad_reply"] == 0
    last = {row["report_id"]: row for row in rows_in(again) if row.get("answer")}
    assert (last["r6"]["answer"], last["r6"]["finding"]) == ("uncertain", "pleural_effusion")
    assert last["r4"]["finding"] == "lung_nodule"


# -- asked once


def test_nothing_is_asked_twice_but_other_findings_are(corpus: Corpus, answered: Served) -> None:
    plan = planned(corpus, answered)
    first = ask(plan)
    content = first.path.read_text()
    assert (ask(plan).asked, ask(plan).before) == (0, REPORTS)
    again = ask(planned(corpus, answered, findings=reversed(BOTH)))
    assert (again.asked, again.before, again.tokens) == (0, REPORTS, 0)
    assert again.path.read_text() == content
    assert len(answered.requests) == REPORTS
    more = ask(planned(corpus, answered, findings=["lung_nodule"], limit=3))
    assert more.asked == 3
    assert more.answers == first.answers  # the answers of both stand there
    assert ask(planned(corpus, answered, findings=(), limit=3)).findings == ("lung_nodule",)
    assert ask(planned(corpus, answered, model="other")).asked == REPORTS


def test_a_later_reply_about_a_finding_takes_the_place_of_an_earlier_one() -> None:
    def reply(answer: str, *findings: str) -> Reply:
        said = json.dumps(
            {"answers": [{"finding": f, "answer": answer, "quote": "quoted"} for f in findings]}
        )
        window = windows_of("quoted words", 100)[0]
        return Reply("t", findings, "v", (Said(window, said, False),), 1, "text")

    names = NameReader()
    found, _ = combined("quoted words", [reply("present", "mass", "cyst"), reply("absent", "cyst")], names)
    assert {(one.finding, str(one.assertion)) for one in found} == {("mass", "present"), ("cyst", "absent")}
    silent = reply("absent", "mass", "cyst")._replace(
        said=(Said(windows_of("q", 9)[0], '{"answers": []}', False),)
    )
    assert combined("quoted words", [reply("present", "mass"), silent], names)[0] == []


def test_of_the_parts_of_a_long_report_the_strongest_answer_counts(tmp_path: Path) -> None:
    size = load_prompt().window
    long = (
        "FINDINGS: No pleural effusion. "
        + "The liver is normal. " * (size // 20)
        + "Possible pleural effusion."
    )
    made = make_corpus(tmp_path, [Report("long", "p", long, "test")])
    with serving(honest) as served:
        plan = planned(made, served)
        assert plan.questions == 2
        asked = ask(plan)
        assert [len(request.text) <= size for request in served.requests] == [True, True]
    ((row),) = rows_in(asked)
    assert (row["answer"], row["quote"]) == ("uncertain", "Possible pleural effusion")
    assert long[row["start"] : row["end"]] == row["quote"]
    assert asked.tokens == 20


# -- which, how many, at what cost


def test_the_most_doubtful_are_asked_first(corpus: Corpus, answered: Served) -> None:
    plan = planned(corpus, answered, limit=4)
    assert plan.chosen == "doubtful"
    assert {one.report_id for one in plan.texts} == {"r0", "r3", "r6", "r9"}
    assert [one.report_id for one in planned(corpus, answered, limit=3).texts] == [
        one.report_id for one in plan.texts
    ][:3]
    nodules = planned(corpus, answered, limit=4, findings=["lung_nodule"])
    assert {"r0", "r4", "r8"} < {one.report_id for one in nodules.texts}


def test_without_labels_some_are_drawn_by_a_seed(tmp_path: Path, answered: Served) -> None:
    made = make_corpus(tmp_path, [Report(f"r{n}", "p", text(n), "test") for n in range(30)])
    one, same, other = (planned(made, answered, limit=6, seed=seed) for seed in (1, 1, 2))
    assert (one.chosen, len(one.texts)) == ("random", 6)
    assert one.texts == same.texts
    assert one.texts != other.texts


def test_what_is_labelled_most_often_is_asked_about_unless_it_is_said(
    corpus: Corpus, answered: Served, tmp_path: Path
) -> None:
    assert next(iter(planned(corpus, answered, findings=()).findings)) == "pleural_effusion"
    scheme = planned(corpus, answered, findings=(), scheme="chexpert")
    assert len(scheme.findings) == 13
    assert "normal" not in scheme.findings
    bare = make_corpus(tmp_path / "bare", [Report("r", "p", text(1), "test")])
    for how, says in (
        ({"findings": ()}, "--scheme chexpert"),
        ({"findings": ("zorbium",)}, "no such finding"),
        ({"scheme": "chexpert"}, "Leave one out"),
        ({"model": ""}, "--model"),
        ({"model": "a\x1b[2Jb"}, "--model"),
    ):
        with pytest.raises(InputError, match=says):
            planned(bare, answered, **how)


def test_it_stops_at_the_budget_says_what_is_left_and_goes_on_there(corpus: Corpus, answered: Served) -> None:
    plan = planned(corpus, answered)
    asked = ask(plan, budget=55, workers=3)
    assert (asked.asked, asked.tokens, asked.left) == (5, 50, REPORTS - 5)
    assert asked.answered >= 5
    rest = ask(planned(corpus, answered), workers=3)
    assert (rest.asked, rest.before, rest.left) == (REPORTS - 5, 5, 0)


def test_a_budget_that_cannot_be_kept_is_refused_after_the_first_reply(corpus: Corpus) -> None:
    with serving(lambda request, _: honest(request)._replace(body=re.sub(rb', "usage".*', b"}", honest(request).body))) as served:  # fmt: skip
        plan = planned(corpus, served)
        with pytest.raises(InputError, match="how many tokens"):
            ask(plan, budget=1000)
        assert len(served.requests) == 1
        assert ask(planned(corpus, served)).tokens is None


def test_many_at_once_give_the_same_as_one_by_one(corpus: Corpus, answered: Served) -> None:
    together = ask(planned(corpus, answered), workers=6)
    alone = ask(planned(corpus, answered, model="m-8"))
    assert together.path.read_text() == alone.path.read_text().replace("m-8", "m-7")


def test_a_server_that_gives_no_answer_any_more_ends_it_and_what_came_is_kept(corpus: Corpus) -> None:
    def behave(request: Request, before: int) -> Send:
        return honest(request) if before < 4 else Send(503, headers=(("Retry-After", "0"),))

    with serving(behave) as served:
        with pytest.raises(InputError, match="no answer any more: 5 reports in a row"):
            ask(planned(corpus, served))
        assert len(served.requests) == 4 + 5 * 5
    with open_replies(planned(corpus, served).replies, to_write=False) as replies:
        assert len(replies) == 4
    rows = [json.loads(line) for line in planned(corpus, served).path.read_text().splitlines()]
    assert Counter(row.get("void", "answer") for row in rows)["no_reply"] == 5
    assert {row["report_id"] for row in rows if "answer" in row} >= {"r0", "r1", "r2", "r3"}


def test_a_model_that_answers_something_else_ends_it_and_is_asked_again(corpus: Corpus) -> None:
    with serving(lambda request, _: completion('{"findings": []}')) as served:
        plan = planned(corpus, served)
        with pytest.raises(InputError, match="not the JSON that was asked for: 5 reports in a row"):
            ask(plan)
        assert len(served.requests) == 5
    assert "findings" in plan.replies.read_text()
    with serving(honest) as served:
        asked = ask(planned(corpus, served))
        assert (asked.asked, asked.before, asked.void) == (REPORTS, 0, {})


# -- where it goes


def test_texts_leave_the_machine_only_by_name(corpus: Corpus, answered: Served) -> None:
    url = "https://llm.example.org"
    with pytest.raises(InputError, match="--send-away"):
        planned(corpus, answered, url=url)
    assert not planned(corpus, answered, url=url, send_away=True).address.is_here


def test_no_id_is_sent_and_the_key_stands_nowhere(
    corpus: Corpus, answered: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADMINE_LLM_KEY", "k3y-of-ours")
    ask(planned(corpus, answered))
    for request in answered.requests:
        assert request.headers["Authorization"] == "Bearer k3y-of-ours"
        assert not re.search(r"\br\d+\b|\bp\d+\b", json.dumps(request.body["messages"][-1]))
    for path in corpus.folder.rglob("*"):
        assert not path.is_file() or b"k3y-of-ours" not in path.read_bytes()
    monkeypatch.setenv("RADMINE_LLM_KEY", "k3y\nof ours")
    with pytest.raises(InputError, match="RADMINE_LLM_KEY") as caught:
        ask(planned(corpus, answered, model="other"))
    assert "k3y" not in str(caught.value)


# -- the file of replies


def test_damage_to_the_replies_is_seen(corpus: Corpus, answered: Served) -> None:
    asked = ask(planned(corpus, answered))
    file = asked.path.with_suffix(".replies.jsonl")
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join([lines[0], lines[1].replace("effusion", "infusion"), *lines[2:]]))
    with pytest.raises(CorpusError, match="damaged in line 2"):
        planned(corpus, answered)
    assert [(damage.path, damage.what) for damage in find_damage(corpus.folder)] == [(str(file), "damaged")]
    file.write_text("".join([*lines[:2], *lines[3:]]))
    with pytest.raises(CorpusError, match="damaged in line 3"):
        planned(corpus, answered)


@pytest.mark.parametrize("cut", [1, 20, 33, 40, 200])
def test_half_a_line_is_none_and_is_asked_again(corpus: Corpus, answered: Served, cut: int) -> None:
    asked = ask(planned(corpus, answered))
    content = asked.path.read_text()
    file = asked.path.with_suffix(".replies.jsonl")
    whole = file.read_bytes()
    file.write_bytes(whole[:-cut])
    again = ask(planned(corpus, answered))
    assert again.asked == (0 if cut == 1 else 1)  # a line that lacks its end alone is whole
    assert again.path.read_text() == content
    assert file.read_bytes() == whole


def test_two_do_not_ask_the_same_model_at_once(corpus: Corpus) -> None:
    came, go = threading.Event(), threading.Event()

    def behave(request: Request, before: int) -> Send:
        came.set()
        return honest(request)._replace(wait=go)

    with serving(behave) as served:
        plan = planned(corpus, served)
        thread = threading.Thread(target=ask, args=[plan], kwargs={"workers": 4})
        thread.start()
        assert came.wait(10)
        try:
            with pytest.raises(CorpusError, match="Another radmine process asks this model"):
                ask(plan)
        finally:
            go.set()
            thread.join()


def run_of(corpus: Corpus, served: Served) -> "subprocess.Popen[bytes]":
    arguments = ["voters", "ask", str(corpus.folder), "--url", served.url, "--model", "m-7"]
    return subprocess.Popen(
        [sys.executable, "-m", "radmine.cli", *arguments, "--findings", ",".join(BOTH), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_stopped_in_the_middle_it_goes_on_there(
    corpus: Corpus, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    fifth, go = threading.Event(), threading.Event()

    def behave(request: Request, before: int) -> Send:
        if before == 4:
            fifth.set()
            return honest(request)._replace(wait=go)
        return honest(request)

    with serving(behave) as served:
        process = run_of(corpus, served)
        assert fifth.wait(30)
        os.kill(process.pid, number)
        _, errors = process.communicate(timeout=30)
        go.set()
        if number is signal.SIGINT:
            assert process.returncode == 128 + number
            assert b"Interrupted" in errors
            assert len(planned(corpus, served).path.read_text().splitlines()) >= 4
        rest = ask(planned(corpus, served))
        assert (rest.before, rest.asked) == (4, REPORTS - 4)
        assert len(served.requests) == REPORTS + 1
        unbroken = ask(planned(corpus, served, model="m-8"))
    assert rest.path.read_text() == unbroken.path.read_text().replace("m-8", "m-7")
