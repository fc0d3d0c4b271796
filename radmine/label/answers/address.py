"""Where a server is that speaks as OpenAI's does: `Address`, `read_address`."""

import ipaddress
from typing import NamedTuple
from urllib.parse import urlsplit

from radmine.errors import InputError

_END = "/chat/completions"


class Address(NamedTuple):
    """Where chat completions are asked for."""

    is_secure: bool  # https
    host: str
    port: int
    path: str

    @property
    def is_here(self) -> bool:
        """Whether it is this machine: what is sent there does not leave it. Names but localhost may lead anywhere."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if self.is_secure else ''}://{host}:{self.port}{self.path}"


def read_address(url: str) -> Address:
    """Return the address that a user gives: with /v1/chat/completions, with /v1, or without.

    Raises
    ------
    InputError
        It is none, or holds a name, a password or a question: a key stands in the environment alone.
    """
    do = "Give one such as http://127.0.0.1:8000."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise InputError("This is no address of a server.", where="--url", do=do) from None
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise InputError(
            "The address holds more than a place.",
            where="--url",
            do="Leave out names, passwords and what stands behind ? or #; a key goes into the environment: RADMINE_LLM_KEY.",
        )
    is_plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in {"http", "https"} or not host or not is_plain:
        raise InputError("This is no address of a server.", where="--url", do=do)
    is_secure = parts.scheme == "https"
    path = parts.path.rstrip("/") or "/v1"
    if not path.endswith(_END):
        path += _END
    return Address(is_secure, host, port or (443 if is_secure else 80), path)
