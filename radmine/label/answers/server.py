"""A server of language models that speaks as OpenAI's does: `ChatServer`.

It goes to the one address that the user gave: it follows no redirect and knows no proxy. What the server says beside its answers
is never shown, since it may quote what it was sent.
"""

import contextlib
import email.utils
import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from radmine.errors import InputError
from radmine.label.answers.address import Address
from radmine.label.answers.pace import Pace, StoppedError

KEY = "RADMINE_LLM_KEY"
"""The environment variable with the key."""

FORMATS = ("json_schema", "json_object", "text")
"""How answers are asked for, the strictest first; what a server does not take is not asked again."""

_TRIES = 5
_FIRST_REST, _LONGEST_REST = 0.5, 600.0  # seconds; a server that asks for more is not waited for
_MOST_BYTES = 8_000_000  # of a reply
_AGAIN = frozenset((408, 409, 425, 429))  # and 5xx
_NO_KEY = frozenset((401, 403))
_NO_PLACE = frozenset((404, 405, 410, 501))


class NoReplyError(Exception):
    """The server has no reply to one question, however often it is asked; the others may fare better."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason  # no_reply | refused_by_server


class Received(NamedTuple):
    """What a server replied."""

    content: str
    is_cut: bool  # by the bound on its tokens
    tokens: int | None  # of question and reply, as the server counts them; None: it does not say
    format: str  # one of `FORMATS`


class ChatServer:
    """Asks a model of a server; may be used by many threads at once.

    Parameters
    ----------
    key
        Sent with each request; "": none.
    timeout
        Seconds that one request may take, from its first to its last byte.
    rate
        Requests a second at most; None: as fast as they are answered.
    """

    def __init__(
        self, address: Address, model: str, *, key: str = "", timeout: float = 60, rate: float | None = None
    ) -> None:
        self._address, self._model, self._timeout = address, model, timeout
        self._headers = {"Content-Type": "application/json", "User-Agent": "radmine"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._pace = Pace(rate)
        self._open: set[http.client.HTTPConnection] = set()
        self._lock = threading.Lock()
        self._format = 0  # place in `FORMATS`
        self._sure = False  # whether a question was answered in this format
        self._heard = False  # whether the server ever answered

    def ask(self, messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any], tokens: int) -> Received:
        """Return the reply to messages; waits and asks again where the server is busy, fails or takes too long.

        Parameters
        ----------
        schema
            That the reply should have, as JSON schema.
        tokens
            Of the reply, at most.

        Raises
        ------
        NoReplyError
            It has none to this question.
        InputError
            There is no such server or model, or the key is wrong.
        StoppedError
            The asking was stopped.
        """
        at = self._format
        while True:
            status, data = self._post(self._body(messages, schema, tokens, FORMATS[at]))
            if status == 200:
                received = _received(data, FORMATS[at])
                with self._lock:
                    if not self._sure:
                        self._format, self._sure = at, True
                return received
            if self._sure or at + 1 == len(FORMATS):
                raise NoReplyError("refused_by_server")
            at += 1

    def stop(self) -> None:
        """End what is being asked, at once."""
        self._pace.stop()
        with self._lock:
            waiting = list(self._open)
        for connection in waiting:
            _break_off(connection)

    def _body(
        self, messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any], tokens: int, kind: str
    ) -> bytes:
        body: dict[str, Any] = {
            "model": self._model,
            "messages": list(messages),
            "temperature": 0,
            "max_tokens": tokens,
        }
        if kind == "json_schema":
            named = {"name": "answers", "strict": True, "schema": schema}
            body["response_format"] = {"type": kind, "json_schema": named}
        elif kind == "json_object":
            body["response_format"] = {"type": kind}
        return json.dumps(body).encode()

    def _post(self, body: bytes) -> tuple[int, bytes]:
        """Return the status and the content of what the server says in the end: 200, or that it does not take this."""
        for attempt in range(_TRIES):
            self._pace.wait()
            rest = _FIRST_REST * 2**attempt
            try:
                status, after, data = self._once(body)
            except (OSError, http.client.HTTPException) as error:
                self._give_up_on(error)
            else:
                self._heard = True
                if status not in _AGAIN and not (status >= 500 and status not in _NO_PLACE):
                    self._refuse(status)
                    return status, data
                asked = _seconds(after)
                if asked is not None:
                    rest = self._patience(asked)
                if status in {429, 503}:
                    self._pace.hold(rest)
            if attempt + 1 < _TRIES:
                self._pace.rest(rest)
        raise NoReplyError("no_reply")

    def _once(self, body: bytes) -> tuple[int, str, bytes]:
        began = time.monotonic()
        with self._connected() as connection:
            connection.request("POST", self._address.path, body, self._headers)
            response = connection.getresponse()
            data = response.read(_MOST_BYTES + 1)
            if time.monotonic() - began >= self._timeout:  # it was broken off, maybe in the middle
                raise TimeoutError
            if len(data) > _MOST_BYTES:
                data = b""
            elif response.length:  # bytes that were promised
                raise http.client.IncompleteRead(b"", response.length)
            return response.status, response.headers.get("Retry-After", ""), data

    @contextlib.contextmanager
    def _connected(self) -> Iterator[http.client.HTTPConnection]:
        """Yield a connection that is broken off when its time is over, or the asking stops."""
        kind = http.client.HTTPSConnection if self._address.is_secure else http.client.HTTPConnection
        connection = kind(self._address.host, self._address.port, timeout=self._timeout)
        over = threading.Timer(self._timeout, _break_off, [connection])
        over.daemon = True
        with self._lock:
            self._open.add(connection)
        try:
            connection.connect()
            over.start()
            if self._pace.is_stopped:
                raise StoppedError
            yield connection
        finally:
            over.cancel()
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _give_up_on(self, error: Exception) -> None:
        """Raise where asking again is in vain: the asking was stopped, or the server cannot be reached at all."""
        if self._pace.is_stopped:
            raise StoppedError from None
        if isinstance(error, ssl.SSLCertVerificationError):
            raise InputError(
                "The server's certificate is not one that this machine trusts.",
                where=str(self._address),
                do="Correct the address, or let the machine trust it (SSL_CERT_FILE).",
            ) from None
        if not self._heard and isinstance(error, ConnectionRefusedError | socket.gaierror):
            raise InputError(
                "No server answers at this address.",
                where=str(self._address),
                do="Start it, or correct --url.",
            ) from None

    def _refuse(self, status: int) -> None:
        """Raise where the server will answer no question."""
        where = str(self._address)
        if status in _NO_KEY:
            do = f"Put the key into the environment, as {KEY}, or correct it."
            raise InputError(f"The server refuses the key, or wants one: HTTP {status}.", where=where, do=do)
        if status in _NO_PLACE:
            do = "Correct --url or --model."
            raise InputError(f"The server knows no such address or model: HTTP {status}.", where=where, do=do)
        if 300 <= status < 400:
            do = "Give the address that it sends to, if you trust that."
            raise InputError(
                f"The server sends elsewhere, which is not followed: HTTP {status}.", where=where, do=do
            )

    def _patience(self, asked: float) -> float:
        if asked > _LONGEST_REST:
            raise InputError(
                f"The server wants to be left alone for {asked:,.0f} seconds.",
                where=str(self._address),
                do="Run the same command again then: what was answered is kept.",
            )
        return asked


def _received(data: bytes, kind: str) -> Received:
    """Return what stands in the server's envelope; raises NoReplyError where it is none of OpenAI's kind."""
    try:
        reply = json.loads(data)
        choice = reply["choices"][0]
        content = choice["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise NoReplyError("no_reply") from None
    usage = reply.get("usage")
    tokens = usage.get("total_tokens") if isinstance(usage, dict) else None
    counted = tokens if type(tokens) is int and tokens >= 0 else None
    text = content if isinstance(content, str) else ""
    return Received(text, choice.get("finish_reason") == "length", counted, kind)


def _seconds(after: str) -> float | None:
    """Return what Retry-After says, seconds or a date; None where it says nothing."""
    with contextlib.suppress(ValueError):
        return max(0.0, float(after)) if float(after) < float("inf") else None
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return max(0.0, email.utils.parsedate_to_datetime(after).timestamp() - time.time())
    return None


def _break_off(connection: http.client.HTTPConnection) -> None:
    with contextlib.suppress(OSError):
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)
