"""Asking a server of language models: what it takes, how long it is waited for, and what is never done."""

import datetime
import email.utils
import threading
import time
from collections.abc import Sequence

import pytest

from radmine.errors import InputError
from radmine.label.answers.address import read_address
from radmine.label.answers.pace import Pace, StoppedError
from radmine.label.answers.server import ChatServer, NoReplyError, Received
from tests.label.answers.chat_server import Request, Send, Served, completion, serving

MESSAGES = [{"role": "user", "content": "Secret words of a report."}]
NOW = ("Retry-After", "0")


def ask(served: Served, **how: object) -> Received:
    server = ChatServer(read_address(served.url), "m", **how)  # type: ignore[arg-type]
    return server.ask(MESSAGES, {"type": "object"}, 50)


def one_after_another(sends: Sequence[Send]) -> object:
    return lambda _, before: sends[min(before, len(sends) - 1)]


# -- addresses


@pytest.mark.parametrize(
    ("url", "address", "is_here"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1/chat/completions", True),
        ("http://127.9.9.9/", "http://127.9.9.9:80/v1/chat/completions", True),
        ("http://localhost:1234/v1", "http://localhost:1234/v1/chat/completions", True),
        ("http://LOCALHOST/v1/", "http://localhost:80/v1/chat/completions", True),
        ("http://[::1]:11434/v1/chat/completions", "http://[::1]:11434/v1/chat/completions", True),
        ("https://example.org/llm/v1", "https://example.org:443/llm/v1/chat/completions", False),
        ("http://10.0.0.7:8000", "http://10.0.0.7:8000/v1/chat/completions", False),
        ("http://0.0.0.0:8000", "http://0.0.0.0:8000/v1/chat/completions", False),
        ("http://localhost.example.org", "http://localhost.example.org:80/v1/chat/completions", False),
        ("http://127.0.0.1.example.org", "http://127.0.0.1.example.org:80/v1/chat/completions", False),
        ("http://2130706433:8000", "http://2130706433:8000/v1/chat/completions", False),
    ],
)
def test_an_address_is_here_or_elsewhere(url: str, address: str, is_here: bool) -> None:
    read = read_address(url)
    assert str(read) == address
    assert read.is_here is is_here


@pytest.mark.parametrize(
    "url",
    [
        "", "127.0.0.1:8000", "ftp://127.0.0.1", "http://", "http://127.0.0.1:99999", "http://[::1", "file:///etc/passwd",
        "http://me:secret@127.0.0.1", "http://secret@127.0.0.1", "http://127.0.0.1/v1?key=secret", "http://127.0.0.1/#secret",
        "http://127.0.0.1/a\tb", "http://127.0.0.1/ b",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(InputError) as caught:
        read_address(url)
    assert "secret" not in str(caught.value)


# -- what is asked, and how


def test_the_strictest_form_is_asked_for_first_and_nothing_but_the_question_is_sent() -> None:
    with serving(lambda *_: completion("Yes.", tokens=7)) as served:
        assert ask(served, key="k3y") == Received("Yes.", False, 7, "json_schema")
    (request,) = served.requests
    assert request.body == {
        "model": "m",
        "messages": MESSAGES,
        "temperature": 0,
        "max_tokens": 50,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answers", "strict": True, "schema": {"type": "object"}},
        },
    }
    assert request.headers["Authorization"] == "Bearer k3y"
    assert request.headers["User-Agent"] == "radmine"


@pytest.mark.parametrize("takes", ["json_schema", "json_object", "text"])
@pytest.mark.parametrize("status", [400, 422])
def test_a_form_that_the_server_does_not_take_is_not_asked_for_again(takes: str, status: int) -> None:
    def behave(request: Request, _: int) -> Send:
        return completion("Yes.") if request.format == takes else Send(status)

    order = ["json_schema", "json_object", "text"]
    tried = order[: order.index(takes) + 1]
    with serving(behave) as served:
        server = ChatServer(read_address(served.url), "m")
        assert [server.ask(MESSAGES, {}, 50).format for _ in range(2)] == [takes, takes]
    assert [request.format for request in served.requests] == [*tried, takes]


def test_a_question_that_is_refused_does_not_change_the_form_of_the_others() -> None:
    sends = [completion("Yes."), Send(400), completion("No.")]
    with serving(one_after_another(sends)) as served:  # type: ignore[arg-type]
        server = ChatServer(read_address(served.url), "m")
        server.ask(MESSAGES, {}, 50)
        with pytest.raises(NoReplyError) as caught:
            server.ask(MESSAGES, {}, 50)
        assert caught.value.reason == "refused_by_server"
        assert server.ask(MESSAGES, {}, 50).format == "json_schema"


@pytest.mark.parametrize(
    ("send", "received"),
    [
        (completion("Half", finish="length"), Received("Half", True, 10, "json_schema")),
        (completion(None), Received("", False, 10, "json_schema")),
        (completion("a", tokens=None), Received("a", False, None, "json_schema")),
        (completion("a", tokens=-5), Received("a", False, None, "json_schema")),
        (
            Send(body=b'{"choices": [{"message": {"content": 3}}], "usage": {"total_tokens": true}}'),
            Received("", False, None, "json_schema"),
        ),
    ],
)
def test_what_the_server_says_is_taken_as_far_as_it_is_sound(send: Send, received: Received) -> None:
    with serving(lambda *_: send) as served:
        assert ask(served) == received


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"null", b'{"choices": []}', b'{"choices": [{}]}', b"[" * 100_000]
)
def test_what_is_no_completion_is_no_reply(body: bytes) -> None:
    with serving(lambda *_: Send(body=body)) as served, pytest.raises(NoReplyError) as caught:
        ask(served)
    assert caught.value.reason == "no_reply"


# -- servers that are busy, fail, or hang


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 529, 408])
def test_a_busy_server_is_asked_again(status: int) -> None:
    sends = [Send(status, headers=(NOW,)), Send(status, headers=(NOW,)), completion("Yes.")]
    with serving(one_after_another(sends)) as served:  # type: ignore[arg-type]
        assert ask(served).content == "Yes."
    assert len(served.requests) == 3


def test_it_is_waited_as_long_as_the_server_asks() -> None:
    when: list[float] = []

    def behave(_: Request, before: int) -> Send:
        when.append(time.monotonic())
        return completion("Yes.") if before else Send(429, headers=(("Retry-After", "0.7"),))

    with serving(behave) as served:
        ask(served)
    assert when[1] - when[0] >= 0.69


def test_a_date_is_waited_for_too() -> None:
    past = email.utils.format_datetime(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC), usegmt=True)
    sends = [Send(503, headers=(("Retry-After", past),)), completion("Yes.")]
    with serving(one_after_another(sends)) as served:  # type: ignore[arg-type]
        assert ask(served).content == "Yes."


def test_a_server_that_wants_an_hour_is_not_waited_for() -> None:
    with (
        serving(lambda *_: Send(429, headers=(("Retry-After", "3600"),))) as served,
        pytest.raises(InputError, match="3,600 seconds"),
    ):
        ask(served)
    assert len(served.requests) == 1


def test_a_server_that_always_fails_has_no_reply() -> None:
    with serving(lambda *_: Send(500, headers=(NOW,))) as served, pytest.raises(NoReplyError) as caught:
        ask(served)
    assert caught.value.reason == "no_reply"
    assert len(served.requests) == 5


def test_a_reply_that_is_cut_or_comes_too_late_is_asked_for_again() -> None:
    never = threading.Event()
    cut = Send(body=b'{"choices": [{"mess', promised=500)
    sends = [cut, completion("Late.")._replace(wait=never), completion("Yes.")]
    with serving(one_after_another(sends)) as served:  # type: ignore[arg-type]
        assert ask(served, timeout=0.3).content == "Yes."
        never.set()
    assert len(served.requests) == 3


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "RADMINE_LLM_KEY"),
        (403, "RADMINE_LLM_KEY"),
        (404, "--model"),
        (405, "--url"),
        (307, "not followed"),
    ],
)
def test_what_asking_again_does_not_mend_ends_it_without_the_servers_words(status: int, says: str) -> None:
    elsewhere = ("Location", "http://example.org/v1/chat/completions")
    send = Send(status, body=b"You sent: Secret words", headers=(elsewhere,))
    with serving(lambda *_: send) as served, pytest.raises(InputError) as caught:
        ask(served, key="k3y")
    assert says in str(caught.value)
    assert "Secret" not in str(caught.value)
    assert "k3y" not in str(caught.value)
    assert len(served.requests) == 1


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving(lambda *_: completion("Yes.")) as served:
        assert ask(served).content == "Yes."


def test_where_nobody_listens_it_ends_at_once() -> None:
    with serving(lambda *_: completion("Yes.")) as served:
        pass
    with pytest.raises(InputError, match="No server answers"):
        ask(served)


def test_stopping_ends_what_is_being_asked() -> None:
    never, came = threading.Event(), threading.Event()

    def behave(*_: object) -> Send:
        came.set()
        return completion("Late.")._replace(wait=never)

    with serving(behave) as served:
        server = ChatServer(read_address(served.url), "m")
        raised: list[type[BaseException]] = []

        def asking() -> None:
            try:
                server.ask(MESSAGES, {}, 50)
            except BaseException as error:
                raised.append(type(error))

        thread = threading.Thread(target=asking)
        thread.start()
        assert came.wait(10)
        server.stop()
        thread.join(10)
        assert raised == [StoppedError]
        never.set()


# -- pace


def test_requests_keep_their_distance() -> None:
    pace = Pace(50)
    began = time.monotonic()
    threads = [threading.Thread(target=pace.wait) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began >= 4 / 50 - 0.001


def test_who_is_held_waits_and_who_is_stopped_does_not_go() -> None:
    pace = Pace(None)
    began = time.monotonic()
    pace.hold(0.05)
    pace.wait()
    assert time.monotonic() - began >= 0.049
    pace.hold(1000)
    pace.stop()
    with pytest.raises(StoppedError):
        pace.wait()
