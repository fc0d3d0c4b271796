"""A language model is asked about reports, and its answers are written: `ask`.

The replies stand in `answers/MODEL.replies.jsonl` of the corpus as they come; of them the answers are made that the stage `label`
reads, `answers/MODEL.jsonl`: a row for each finding with the words of the report that it rests on and where they stand, and one for
each answer that does not count.
"""

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from radmine.curate.asking import Plan, ToAsk, texts_of
from radmine.errors import InputError
from radmine.files import writing_whole
from radmine.findings import NameReader
from radmine.label.answers.prompt import load_prompt, schema_of, tokens_of, windows_of
from radmine.label.answers.quoted import Quoted, Void, read_reply
from radmine.label.answers.replies import Replies, Reply, Said, open_replies
from radmine.label.answers.server import KEY, ChatServer, NoReplyError
from radmine.run import Progress, no_progress

_IN_A_ROW = 5  # texts without a reply after which the others are not asked


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking a language model."""

    path: Path  # of the answers
    url: str
    model: str
    findings: tuple[str, ...]
    reports: int  # that were chosen, those of the same text once
    before: int  # of them, which were answered by an earlier run
    asked: int  # which were answered by this one
    failed: int  # which were not answered
    left: int  # which were not asked: the budget was spent
    tokens: int | None  # of this run, as the server counts them; None: it does not say
    format: str  # how answers were asked for: json_schema, json_object or text; "" where none was
    answered: int  # reports of the corpus on which there are answers
    answers: int  # on findings, in the file
    void: Mapping[str, int]  # why other answers do not count -> how many


class _Course:
    """How far the asking has come."""

    def __init__(self, budget: int | None) -> None:
        self.budget = budget
        self.asked = 0
        self.tokens: int | None = 0
        self.format = ""
        self.failed: dict[str, str] = {}  # digest of a text -> why there is no reply
        self._in_a_row = 0
        self._unread = 0

    def allows(self, underway: int) -> bool:
        """Return whether one more question may go, besides those that are underway, each of which may cost the usual."""
        if self.budget is None:
            return True
        if self.tokens is None:
            raise InputError(
                "The server does not say how many tokens it used, so that no budget can be kept.",
                where="--budget",
                do="Leave it out, and bound the work by --limit.",
            )
        usual = self.tokens / self.asked if self.asked else 0
        return self.tokens + usual * (underway + 1) <= self.budget

    def note(self, reply: Reply, plan: Plan) -> None:
        """Take note of a reply; raises InputError where so many hold no answers that the model is at fault."""
        self.asked += 1
        self._in_a_row = 0
        self._unread = 0 if reply.is_readable else self._unread + 1
        self.format = reply.format
        self.tokens = (
            None if None in (self.tokens, reply.tokens) else (self.tokens or 0) + (reply.tokens or 0)
        )
        if self._unread == _IN_A_ROW:
            raise InputError(
                f"The model's replies are not the JSON that was asked for: {_IN_A_ROW} reports in a row.",
                where=f"{plan.address}, {plan.model}",
                do=f"See what it said, in {plan.replies}, and to the server (its chat template, its JSON schemas); such questions are asked again.",
            )

    def miss(self, one: ToAsk, reason: str, where: str) -> None:
        """Take note that a text has no reply; raises InputError where so many have none that the server is at fault."""
        self.failed[one.digest] = reason
        self._in_a_row += 1
        if self._in_a_row == _IN_A_ROW:
            does = (
                "does not take the questions" if reason == "refused_by_server" else "gives no answer any more"
            )
            raise InputError(
                f"The server {does}: {_IN_A_ROW} reports in a row.",
                where=where,
                do="See to the server, then run the same command again: what was answered is kept.",
            )


def ask(
    plan: Plan,
    *,
    budget: int | None = None,
    rate: float | None = None,
    workers: int = 1,
    timeout: float = 60,
    progress: Progress = no_progress,
) -> Asked:
    """Return what came of asking a language model what a plan says; a key that the server wants stands in $RADMINE_LLM_KEY.

    Each reply is on the disk before the next one is asked for; the answers are written in the end, also where it comes early.

    Parameters
    ----------
    budget
        Tokens, as the server counts them: no question is asked that would go beyond it, if it costs what those before did.
    rate
        Requests a second at most.
    workers
        Requests at once.
    timeout
        Seconds that a request may take.

    Raises
    ------
    InputError
        There is no such server or model, or it gives no answer any more.
    CorpusError
        Another process asks the same model, or its replies are damaged.
    """
    key = os.environ.get(KEY, "")
    if not (key.isascii() and key.isprintable()):
        raise InputError("The key holds what no key holds.", where=KEY, do="Correct it in the environment.")
    server = ChatServer(plan.address, plan.model, key=key, timeout=timeout, rate=rate)
    course = _Course(budget)
    with open_replies(plan.replies, to_write=True) as replies:
        texts = [
            one for one in plan.texts if plan.key(one) not in replies
        ]  # another may have asked meanwhile
        try:
            _ask_all(plan, texts, server, replies, course, workers, progress)
        finally:
            written = _write_answers(plan, replies, course.failed)
    return Asked(
        plan.path,
        str(plan.address),
        plan.model,
        tuple(plan.findings),
        plan.reports,
        plan.reports - len(texts),
        course.asked,
        len(course.failed),
        len(texts) - course.asked - len(course.failed),
        course.tokens,
        course.format,
        *written,
    )


def _ask_all(
    plan: Plan,
    texts: Sequence[ToAsk],
    server: ChatServer,
    replies: Replies,
    course: _Course,
    workers: int,
    progress: Progress,
) -> None:
    todo = iter(texts)
    underway: dict[Future[Reply], ToAsk] = {}
    pool = ThreadPoolExecutor(workers)
    progress(0, len(texts), "reports asked")
    try:
        while True:
            # The first is asked alone: it shows what the server takes.
            while len(underway) < (workers if course.asked else 1) and course.allows(len(underway)):
                one = next(todo, None)
                if one is None:
                    break
                underway[pool.submit(_ask_one, plan, server, one)] = one
            if not underway:
                return
            done = wait(underway, return_when=FIRST_COMPLETED).done
            for future in sorted(
                done, key=lambda done: done.exception() is not None
            ):  # replies are kept first
                one = underway.pop(future)
                try:
                    reply = future.result()
                except NoReplyError as error:
                    course.miss(one, error.reason, str(plan.address))
                else:
                    replies.add(reply)
                    course.note(reply, plan)
                progress(course.asked + len(course.failed), len(texts), "reports asked")
    finally:
        server.stop()
        pool.shutdown(cancel_futures=True)


def _ask_one(plan: Plan, server: ChatServer, one: ToAsk) -> Reply:
    prompt, names = load_prompt(), tuple(plan.findings)
    said: list[Said] = []
    tokens: int | None = 0
    for window in windows_of(one.text, prompt.window):
        part = one.text[window.start : window.end]
        messages = prompt.messages(part, plan.findings, section=window.section)
        got = server.ask(messages, schema_of(names), tokens_of(names))
        said.append(Said(window, got.content, got.is_cut))
        tokens = None if None in (tokens, got.tokens) else (tokens or 0) + (got.tokens or 0)
    return Reply(one.digest, names, prompt.version, tuple(said), tokens, got.format)


# -- the file of answers ----------------------------------------------------------------------------------


def _write_answers(
    plan: Plan, replies: Replies, failed: Mapping[str, str]
) -> tuple[int, int, dict[str, int]]:
    """Write the answers that all replies make; return on how many reports there are some, how many, and why others are void."""
    if not (replies or failed):
        return 0, 0, {}
    names = NameReader(lexicon=plan.corpus.lexicon)
    void = Counter[str]()
    reports = answers = 0
    with writing_whole(plan.path) as stream:
        for report_id, text, mark in texts_of(plan.corpus):
            of = replies.of(mark)
            found, wrong = combined(text, of, names) if of else ([], [])
            if mark in failed:
                wrong.append(Void("", failed[mark]))
            rows = [
                {
                    "answer": str(said),
                    "quote": text[start:end],
                    "start": start,
                    "end": end,
                    "finding": finding,
                }
                for finding, said, start, end in found
            ] + [{"void": reason, "finding": finding} for finding, reason in wrong]
            for row in rows:
                full = {"report_id": report_id, "voter": plan.model, "kind": "llm", **row}
                stream.write(json.dumps(full).encode() + b"\n")
            void.update(reason for _, reason in wrong)
            answers += len(found)
            reports += bool(found)
    return reports, answers, dict(sorted(void.items()))


def combined(text: str, replies: Sequence[Reply], names: NameReader) -> tuple[list[Quoted], list[Void]]:
    """Return the answers on a report that replies make, and those that do not count.

    Of several answers in one reply the last counts, of the parts of a long report the strongest (present over uncertain over absent), of
    several replies the latest that was asked for about the finding.
    """
    answers: dict[str, Quoted | None] = {}
    void: list[Void] = []
    for reply in replies:
        strongest: dict[str, Quoted] = {}
        for (start, end, _), content, is_cut in reply.said:
            last: dict[str, Quoted] = {}
            for one in read_reply(
                content, text[start:end], reply.findings, names, start=start, is_cut=is_cut
            ):
                if isinstance(one, Void):
                    void.append(one)
                    continue
                before = last.get(one.finding, one)
                if before.assertion is not one.assertion:
                    void.append(Void(one.finding, "contradicts_itself"))
                last[one.finding] = one
            for finding, one in last.items():
                above = strongest.get(finding, one)
                if one.assertion.strength >= above.assertion.strength:
                    strongest[finding] = one
        answers |= {finding: strongest.get(finding) for finding in reply.findings}
    return [one for one in answers.values() if one is not None], void
