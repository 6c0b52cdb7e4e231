"""What every way to fail means for a read and for a write, against a real server that misbehaves."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
from aiohttp import web

from terminal.connectors.contract import TapRecord
from terminal.connectors.rate_limiter import Budget, RateLimiter
from terminal.connectors.redaction import Redactor
from terminal.connectors.rest_client import Call, Prepared, Reply, RestClient
from terminal.domain.failures import (
    AuthFailed,
    Failure,
    MalformedMessage,
    NotSupported,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    VenueError,
    VenueUnavailable,
)

if TYPE_CHECKING:
    from tests.connectors.conftest import LoopbackVenue, Request, Until

READ = Call(method="GET", path="/thing", group="any")
WRITE = Call(method="POST", path="/thing", group="any", write=True, prepare=lambda: Prepared(body=b"a=1"))


class Coded(msgspec.Struct):
    code: int = 0


def judge(call: Call, reply: Reply) -> Failure | None:
    code = msgspec.json.decode(reply.body, type=Coded).code
    return VenueError("refused", code=str(code)) if code else None


def limits() -> RateLimiter:
    return RateLimiter("v", {"any": Budget(requests=1000, period_s=1.0)})


@asynccontextmanager
async def client(
    base_url: str | None, *, tap: Callable[[TapRecord], None] | None = None, budget: RateLimiter | None = None
) -> AsyncIterator[RestClient]:
    redact = Redactor()
    redact.add("very-secret-key")
    made = RestClient(
        venue="v",
        account="main",
        base_url=base_url,
        judge=judge,
        limits=budget or limits(),
        owner="",
        redact=redact,
        tap=tap,
    )
    try:
        yield made
    finally:
        await made.close()


def status(code: int, body: str = "{}", **headers: str) -> Callable[[Request], web.StreamResponse]:
    return lambda _: web.Response(status=code, text=body, headers=headers)


async def test_the_body_of_a_success_is_returned(venue: LoopbackVenue) -> None:
    venue.routes["GET /thing"] = '{"code":0,"x":1.10}'
    async with client(venue.http) as rest:
        assert await rest.call(READ) == b'{"code":0,"x":1.10}'


async def test_query_and_body_travel_byte_for_byte(venue: LoopbackVenue) -> None:
    venue.routes["GET /thing"] = venue.routes["DELETE /thing"] = "{}"
    query = "ids=1,2&text=a%20b%2Cc&signature=ff"
    async with client(venue.http) as rest:
        await rest.call(Call(method="GET", path="/thing", group="any", prepare=lambda: Prepared(query=query)))
        await rest.call(
            Call(method="DELETE", path="/thing", group="any", prepare=lambda: Prepared(body=query.encode()), write=True)
        )
    assert venue.requests[0].query == query
    assert venue.requests[1].body == query


@pytest.mark.parametrize("code", [500, 502, 503, 504, 408, 302])
async def test_a_server_error_leaves_a_writes_outcome_unknown(venue: LoopbackVenue, code: int) -> None:
    venue.routes["GET /thing"] = venue.routes["POST /thing"] = status(code, "<html>", Location="http://127.0.0.1:1/")
    async with client(venue.http) as rest:
        with pytest.raises(OutcomeUnknown) as unknown:
            await rest.call(WRITE)
        with pytest.raises(VenueUnavailable) as unavailable:
            await rest.call(READ)
    assert unknown.value.may_have_executed
    assert unknown.value.http_status == unavailable.value.http_status == code
    assert len(venue.asked("POST /thing")) == 1


async def test_an_unreadable_success_leaves_a_writes_outcome_unknown(venue: LoopbackVenue) -> None:
    venue.routes["GET /thing"] = venue.routes["POST /thing"] = "<html>gateway</html>"
    async with client(venue.http) as rest:
        with pytest.raises(OutcomeUnknown):
            await rest.call(WRITE)
        with pytest.raises(MalformedMessage):
            await rest.call(READ)


@pytest.mark.parametrize("code", [200, 400, 500])
async def test_a_reply_nested_too_deeply_is_a_failure_like_any_unreadable_one(venue: LoopbackVenue, code: int) -> None:
    deep = '{"code":' + "[" * 5000 + "]" * 5000 + "}"
    venue.routes["GET /thing"] = venue.routes["POST /thing"] = status(code, deep)
    write, read = {
        200: (OutcomeUnknown, MalformedMessage),
        400: (VenueError, VenueError),
        500: (OutcomeUnknown, VenueUnavailable),
    }[code]
    async with client(venue.http) as rest:
        with pytest.raises(write):
            await rest.call(WRITE)
        with pytest.raises(read):
            await rest.call(READ)
        with pytest.raises(MalformedMessage):
            rest.decode(READ, deep.encode(), msgspec.json.Decoder(list[Coded]))
        with pytest.raises(OutcomeUnknown):
            rest.decode(WRITE, deep.encode(), msgspec.json.Decoder(Coded))


async def test_a_lost_connection_is_retried_for_a_read_only(venue: LoopbackVenue) -> None:
    attempts: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        attempts.append(head.decode().split(" ")[0])
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, client(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as rest:
        with pytest.raises(OutcomeUnknown) as unknown:
            await rest.call(WRITE)
        with pytest.raises(VenueUnavailable):
            await rest.call(READ)
    assert unknown.value.may_have_executed
    assert attempts == ["POST", "GET", "GET"]


async def test_a_write_that_could_not_be_sent_was_not_executed() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with client(f"http://127.0.0.1:{port}") as rest:
        with pytest.raises(VenueUnavailable) as caught:
            await rest.call(WRITE)
    assert not caught.value.may_have_executed


async def test_closing_ends_calls_under_way(venue: LoopbackVenue, until: Until) -> None:
    async def never(_: Request) -> str:
        await asyncio.sleep(60)
        return "{}"

    venue.routes["GET /thing"] = venue.routes["POST /thing"] = never
    async with client(venue.http) as rest:
        read, write = asyncio.create_task(rest.call(READ)), asyncio.create_task(rest.call(WRITE))
        await until(lambda: len(venue.requests) == 2)
        await rest.close()
        with pytest.raises(VenueUnavailable):
            await read
        with pytest.raises(OutcomeUnknown):
            await write
        with pytest.raises(VenueUnavailable):
            await rest.call(WRITE)


async def test_a_cancelled_caller_is_cancelled(venue: LoopbackVenue, until: Until) -> None:
    async def never(_: Request) -> str:
        await asyncio.sleep(60)
        return "{}"

    venue.routes["GET /thing"] = never
    async with client(venue.http) as rest:
        read = asyncio.create_task(rest.call(READ))
        await until(lambda: venue.requests)
        read.cancel()
        with pytest.raises(asyncio.CancelledError):
            await read


@pytest.mark.parametrize(("header", "expected"), [("7", 7.0), ("", 60.0), ("soon", 60.0)])
async def test_too_many_requests_pauses_the_venue(venue: LoopbackVenue, header: str, expected: float) -> None:
    venue.routes["GET /thing"] = status(429, "{}", **({"Retry-After": header} if header else {}))
    async with client(venue.http) as rest:
        with pytest.raises(RateLimited) as caught:
            await rest.call(READ)
        assert caught.value.retry_after == expected
        with pytest.raises(RateLimited):
            await rest.call(WRITE)
    assert len(venue.requests) == 1


async def test_a_pause_of_no_time_is_a_pause_all_the_same(venue: LoopbackVenue) -> None:
    venue.routes["GET /thing"] = status(429, "{}", **{"Retry-After": "0"})
    budget = limits()
    async with client(venue.http, budget=budget) as rest:
        with pytest.raises(RateLimited) as caught:
            await rest.call(READ)
    assert caught.value.retry_after == 1.0
    assert budget.pause_left is not None


async def test_a_ban_stops_all_connectors_that_share_the_budget(venue: LoopbackVenue) -> None:
    venue.routes["GET /thing"] = status(418)
    budget = limits()
    async with client(venue.http, budget=budget) as first, client(venue.http, budget=budget) as second:
        with pytest.raises(RateLimited, match="banned"):
            await first.call(READ)
        with pytest.raises(RateLimited, match="banned"):
            await second.call(WRITE)
    assert len(venue.requests) == 1


@pytest.mark.parametrize(("code", "kind"), [(401, AuthFailed), (403, PermissionDenied), (404, VenueError)])
async def test_a_refusal_without_a_code_is_told_by_its_status(
    venue: LoopbackVenue, code: int, kind: type[Failure]
) -> None:
    venue.routes["POST /thing"] = status(code, "<html>")
    async with client(venue.http) as rest:
        with pytest.raises(kind) as caught:
            await rest.call(WRITE)
    assert not caught.value.may_have_executed


async def test_an_endless_reply_is_cut_off(venue: LoopbackVenue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terminal.connectors.rest_client._MAX_REPLY_BYTES", 1000)
    venue.routes["GET /thing"] = venue.routes["POST /thing"] = "[" + "0," * 1000 + "0]"
    async with client(venue.http) as rest:
        with pytest.raises(MalformedMessage, match="too large"):
            await rest.call(READ)
        with pytest.raises(OutcomeUnknown):
            await rest.call(WRITE)


@pytest.mark.parametrize(
    ("base_url", "verified"),
    [
        ("https://example.com", True),
        ("https://127.0.0.1:1", True),
        ("https://localhost:1", True),
        ("HTTPS://127.0.0.1:1", True),
        ("http://example.com", True),
        ("http://127.0.0.1.example.com", True),
        ("http://127.0.0.1:1", False),
    ],
)
async def test_certificates_are_checked_everywhere_but_on_plain_loopback(
    monkeypatch: pytest.MonkeyPatch, base_url: str, verified: bool
) -> None:
    made: list[dict[str, Any]] = []

    def unreachable(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("not in this test")

    def recorded(**options: Any) -> httpx.AsyncClient:
        made.append(options)
        return real(transport=httpx.MockTransport(unreachable))

    real = httpx.AsyncClient
    monkeypatch.setattr("terminal.connectors.rest_client.httpx.AsyncClient", recorded)
    async with client(base_url) as rest:
        with pytest.raises(VenueUnavailable):
            await rest.call(WRITE)
    assert [(options["verify"], options["follow_redirects"]) for options in made] == [(verified, False)]


async def test_without_a_base_url_nothing_is_sent() -> None:
    async with client(None) as rest:
        with pytest.raises(NotSupported):
            await rest.call(READ)


async def test_the_tap_sees_everything_but_secrets(venue: LoopbackVenue) -> None:
    seen: list[TapRecord] = []
    venue.routes["POST /thing"] = '{"listenKey":"abcdef","owner":"very-secret-key"}'
    call = Call(
        method="POST",
        path="/thing",
        group="any",
        write=True,
        prepare=lambda: Prepared(query="a=1&signature=0011ff", body=b"listenKey=abcdef&b=2"),
    )
    async with client(venue.http, tap=seen.append) as rest:
        await rest.call(call)
    assert [record.kind for record in seen] == ["request", "reply"]
    shown = " ".join(record.target + record.text for record in seen)
    assert not any(secret in shown for secret in ("0011ff", "abcdef", "very-secret-key"))
    assert seen[0].target == "POST /thing?a=1&signature=***"
    assert seen[0].text == "listenKey=***&b=2"
    assert seen[1].text == '{"listenKey":"***","owner":"***"}'
