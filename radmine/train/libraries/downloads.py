"""Weights that a library fetches by itself: what goes wrong is told in one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from radmine.errors import NotAvailable, RadmineError
from radmine.run import stops


@contextmanager
def fetching(network: str) -> Iterator[None]:
    """Run what may fetch a network's weights.

    Raises
    ------
    NotAvailable
        They could not be had, whatever the library says of it.
    """
    try:
        yield
    except RadmineError:
        raise
    except Exception as error:  # of the network, a cache, a library
        if stops(error):
            raise
        raise NotAvailable(
            f"The network {network} or its weights cannot be had: {type(error).__name__}.",
            where="start",
            do='Try again where its library can reach them, or set start = "scratch" under [train].',
        ) from error
