"""One attempt: the name becomes an address, the address is looked at and called, and the answer is an outcome."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import IO
from urllib.parse import urlsplit

import httpx

from interplay.engine.delivery import signing
from interplay.engine.delivery.addresses import checked_url, chosen_address
from interplay.engine.delivery.contracts import Content, Endpoint, Outcome
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import SECOND, to_micros

ANSWER_BYTES_MAX = 500
USER_AGENT = "Interplay-Webhooks"
RETRY_AFTER_STATUSES = (429, 503)
SILENCE_SECONDS_MAX = 60.0  # a limit of last resort: `seconds_max` of the endpoint is over the whole call
PORTS = {"https": 443, "http": 80}


def new_client() -> httpx.AsyncClient:
    """Return a client that knows no proxies and no redirects: it would reach what `addresses` never saw."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=30)
    return httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=SILENCE_SECONDS_MAX, limits=limits)


async def call(
    client: httpx.AsyncClient, endpoint: Endpoint, message_id: str, content: Content, now: int,
    *, are_private_allowed: bool,
) -> Outcome:  # fmt: skip
    """Send one message and return how that ended; nothing of the other side's raises."""
    try:
        async with asyncio.timeout(endpoint.seconds_max):
            return await _call(client, endpoint, message_id, content, now, are_private_allowed)
    except TimeoutError:
        return Outcome(f"no answer within {endpoint.seconds_max:g} s")
    except AppError as refused:
        return Outcome(refused.text("en"))
    except socket.gaierror:
        return Outcome("the host is not known")
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as broken:
        return Outcome(f"no connection: {type(broken).__name__}")


async def _call(
    client: httpx.AsyncClient,
    endpoint: Endpoint,
    message_id: str,
    content: Content,
    now: int,
    are_private_allowed: bool,
) -> Outcome:
    address, headers, extensions = await _target(endpoint.url, are_private_allowed)
    seconds = now // SECOND
    to_sign = (endpoint.secrets, message_id, seconds, content.body)
    is_small = isinstance(content.body, bytes)
    signed = signing.headers(*to_sign) if is_small else await asyncio.to_thread(signing.headers, *to_sign)
    headers |= {"content-type": content.content_type, "user-agent": USER_AGENT, "accept-encoding": "identity", **signed}
    body: bytes | AsyncIterator[bytes]
    if isinstance(content.body, bytes):
        body = content.body
    else:
        headers["content-length"] = str(content.size())
        body = _pieces(content.body)
    request = client.build_request(content.method, address, headers=headers, content=body, extensions=extensions)
    answer = await client.send(request, stream=True)
    try:
        return _outcome(answer, await _beginning(answer), now)
    finally:
        await answer.aclose()


async def _target(url: str, are_private_allowed: bool) -> tuple[str, dict[str, str], dict[str, str]]:
    """Return the URL with an address in the place of the name, and what says the name all the same: Host and SNI."""
    parts = checked_url(url, are_private_allowed=are_private_allowed)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    address = chosen_address(host, (str(one[4][0]) for one in found), are_private_allowed=are_private_allowed)
    bracketed = f"[{address}]" if ":" in address else address
    target = urlsplit(url)._replace(netloc=f"{bracketed}:{port}").geturl()
    return target, {"host": parts.netloc}, {"sni_hostname": host}


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    for chunk in signing.chunks(file):
        yield chunk


async def _beginning(answer: httpx.Response) -> bytes:
    """Read what is kept of an answer, and no more of it."""
    read = b""
    async for chunk in answer.aiter_raw():
        read += chunk[: ANSWER_BYTES_MAX - len(read)]
        if len(read) >= ANSWER_BYTES_MAX:
            break
    return read


def _outcome(answer: httpx.Response, beginning: bytes, now: int) -> Outcome:
    status = answer.status_code
    if answer.is_success:
        return Outcome(answer=beginning)
    failure = f"HTTP {status}"
    if answer.is_redirect:
        failure += ", and redirects are not followed"
    retry_at = _retry_at(answer.headers.get("retry-after", ""), now) if status in RETRY_AFTER_STATUSES else None
    return Outcome(failure, retry_at, status == httpx.codes.GONE, beginning)


def _retry_at(text: str, now: int) -> Micros | None:
    """Return the instant of a Retry-After header, seconds or a date (RFC 9110, 10.2.3); None for anything else."""
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return Micros(now + int(text) * SECOND)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return to_micros(at if at.tzinfo else at.replace(tzinfo=UTC))
