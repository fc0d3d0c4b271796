"""The hub of transformers: whether it can be reached, and nothing of it on the terminal."""

import contextlib
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit


def hub_is_there() -> bool:
    """Return whether the hub can be found; where it cannot, transformers would try for a minute."""
    from huggingface_hub import constants

    try:
        address = urlsplit(constants.ENDPOINT)
        socket.getaddrinfo(address.hostname, address.port or 443)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def quiet_hub() -> Iterator[None]:
    """Keep transformers from writing to the terminal: only the command line prints."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
