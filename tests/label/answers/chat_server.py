"""A server of language models on this machine, of which the test says what it answers: `ChatServerOfTest`."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Send(NamedTuple):
    """What a request gets."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    promised: int | None = None  # bytes, where that is more than there are
    wait: threading.Event | None = None  # before anything is sent


class Request(NamedTuple):
    """What was asked."""

    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def text(self) -> str:
        """The report of the question."""
        content: str = self.body["messages"][-1]["content"]
        return content.partition("<report>\n")[2].partition("\n</report>")[0]

    @property
    def format(self) -> str:
        """How answers were asked for."""
        return str(self.body.get("response_format", {}).get("type", "text"))


Behaviour = Callable[[Request, int], Send]


def completion(content: str | None, *, tokens: int | None = 10, finish: str = "stop") -> Send:
    """Return what a server sends whose model says this."""
    reply: dict[str, Any] = {"choices": [{"message": {"content": content}, "finish_reason": finish}]}
    if tokens is not None:
        reply["usage"] = {"total_tokens": tokens}
    return Send(body=json.dumps(reply).encode())


def answers(*rows: tuple[str, str, str], **how: Any) -> Send:
    """Return what a server sends whose model gives these answers: finding, answer, quote."""
    said = [{"finding": f, "answer": a, "quote": q} for f, a, q in rows]
    return completion(json.dumps({"answers": said}), **how)


class Served(NamedTuple):
    """A server that runs."""

    url: str
    requests: list[Request]


@contextmanager
def serving(behave: Behaviour) -> Iterator[Served]:
    """Yield a server; `behave` gets each request and how many came before it."""
    requests: list[Request] = []
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            request = Request(body, dict(self.headers))
            with lock:
                before = len(requests)
                requests.append(request)
            send = behave(request, before)
            if send.wait is not None:
                send.wait.wait(20)
            try:
                self.send_response(send.status)
                for name, value in send.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(send.promised or len(send.body)))
                self.end_headers()
                self.wfile.write(send.body)
            except OSError:
                pass  # who asked has gone

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield Served(f"http://127.0.0.1:{server.server_port}", requests)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
