"""Stream a file over HTTPS (or plain HTTP from this machine), as the user's environment has it set up.

Proxies and `SSL_CERT_FILE` are honoured. Bytes come as they are sent: no content coding is undone, since a
digest is of the file, not of what a server makes of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from maxctl.core.errors import FetchError

if TYPE_CHECKING:
    import httpx

ATTEMPTS = 3
PAUSE_S = 0.5
CONNECT_S = 10.0
READ_S = 30.0
REDIRECTS = 5
SLOWEST_BYTES_PER_S = 1024
GRACE_S = 60.0
PASSING = frozenset({408, 425, 429})
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class AbsentError(FetchError):
    """A mirror was asked and answered that it does not have the file, or does not give it away."""


@contextmanager
def stream(address: str, *, accept: str = "*/*") -> Iterator[Iterator[bytes]]:
    """Give the body of the answer in chunks, of the media type `accept`.

    Connection errors and answers 5xx are retried, twice. Raises `AbsentError` for an answer 4xx, and
    `FetchError` for a redirect away from HTTPS, a broken or a very slow connection.
    """
    import httpx

    local = httpx.URL(address).host in LOOPBACK
    timeout = httpx.Timeout(READ_S, connect=CONNECT_S)
    # a proxy of the environment cannot know what this machine's loopback serves
    headers = {"Accept-Encoding": "identity", "Accept": accept}
    with httpx.Client(trust_env=not local, timeout=timeout, headers=headers) as client:
        response = _answer(client, address)
        try:
            yield _body(response)
        finally:
            response.close()


def _answer(client: httpx.Client, address: str) -> httpx.Response:
    import httpx

    reason = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE_S * 2 ** (attempt - 1))
        try:
            response = _follow(client, address)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            reason = f"cannot be reached: {error or type(error).__name__}"
            continue
        except httpx.TransportError as error:
            raise FetchError(f"does not answer: {error or type(error).__name__}") from error
        if response.is_success:
            return response
        response.close()
        reason = f"answers {response.status_code} {response.reason_phrase}".rstrip()
        if response.status_code < 500 and response.status_code not in PASSING:
            raise AbsentError(reason)
    raise FetchError(f"{reason} ({ATTEMPTS} attempts)")


def _follow(client: httpx.Client, address: str) -> httpx.Response:
    request = client.build_request("GET", address)
    for _ in range(REDIRECTS + 1):
        response = client.send(request, stream=True)
        if not response.is_redirect or response.next_request is None:
            return response
        response.close()
        target = response.next_request.url
        if target.scheme != "https" and not (request.url.scheme == "http" and target.host in LOOPBACK):
            raise FetchError(f"leads to {target.scheme}://{target.host}, which is not https")
        request = response.next_request
    raise FetchError(f"leads from one address to the next, more than {REDIRECTS} times")


def _body(response: httpx.Response) -> Iterator[bytes]:
    import httpx

    started, size = time.monotonic(), 0
    try:
        for chunk in response.iter_raw():
            size += len(chunk)
            yield chunk
            elapsed = time.monotonic() - started
            if elapsed > GRACE_S and size < SLOWEST_BYTES_PER_S * elapsed:
                raise FetchError(f"is slower than {SLOWEST_BYTES_PER_S} bytes a second")
    except httpx.HTTPError as error:
        raise FetchError(f"broke off after {size} bytes: {error or type(error).__name__}") from error
