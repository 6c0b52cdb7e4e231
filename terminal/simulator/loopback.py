"""Serves one simulated venue on 127.0.0.1: its routes, the faults that hit them, and its admin endpoint.

The admin endpoint lives under `/admin/<random token>` of the same port and is never hit by faults:

- `GET ledger`: `{"orders": [...], "fills": [...], "balances": {account: {asset: {"free", "locked"}}}, "accounts": ..}`,
  what really happened: `balances` of the master key's account, `accounts` the same of every account; decimals are
  strings, times ms.
- `GET faults`: `{"rules": [...]}`, each with `fired`, how often it hit. `POST faults` adds a rule (an object with
  `kind`) or several (`{"rules": [...]}`); with `"clear": true` the standing ones go first. `DELETE faults` clears.
- `POST market`: commands of `EngineVenue.command`, several in one object allowed:
  `{"freeze": true}` stops the market's own flow (false: goes on); `{"advance": ms}` moves the venue's clock on, so
  that keys expire and idle sockets close without waiting; `{"trade": {"symbol", "side", "quantity", "limit"?}}` lets an
  anonymous taker hit the book; `{"liquidity": {"symbol", "side", "price", "quantity"}}` sets an anonymous level;
  `{"status": {"symbol", "status"}}` halts an instrument (`halted`, `preview`) or opens it again (`trading`);
  `{"cancel": {"reason", "order_id"?, "symbol"?, "account"?}}` cancels the working orders that match, for that reason
  (`SYSTEM_CANCEL`, `BLOCKED_CANCEL`, `CLOSED_CANCEL`, `OFFLINE_CANCEL`, ..);
  `{"reset_limits": true}` forgets all rate-limit windows, suspensions and bans;
  `{"deposit": {"coin", "chain", "quantity", "status"?, "tx_id"?}}` lets a deposit arrive (status 1 unless given), or,
  with the id of a known one, brings it into another of the ten states; `{"withdrawal": {"id", "status"}}` brings a
  withdrawal into a state; `{"open_quote": {"symbol", "no_market_start"?, ..}}` sets a pair's opening windows.
  The answer is an object with what each command did.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from terminal.simulator.commands import CommandError
from terminal.simulator.corruption import corrupt
from terminal.simulator.faults import CONTENT_KINDS, FaultKind, FaultRule
from terminal.simulator.venue import EngineVenue

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_GARBAGE = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n\xff\xfe{"


class Loopback:
    """One venue on one port. `port` 0 takes a free one; `port` tells which after `start`."""

    def __init__(self, venue: EngineVenue, *, port: int, admin_token: str) -> None:
        self._venue = venue
        self._token = admin_token
        self._stale: dict[tuple[int, str, str], tuple[int, bytes]] = {}
        self._runner: web.AppRunner | None = None
        self.port = port

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def stream_base(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def admin(self) -> str:
        return f"{self.base}/admin/{self._token}"

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""

        @web.middleware
        async def inject(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._inject(request, handler)

        app = web.Application(middlewares=[inject], client_max_size=1 << 20)
        app.add_routes(self._venue.routes())
        admin = f"/admin/{self._token}"
        app.add_routes(
            [
                web.get(f"{admin}/ledger", self._ledger),
                web.get(f"{admin}/faults", self._faults),
                web.post(f"{admin}/faults", self._set_faults),
                web.delete(f"{admin}/faults", self._clear_faults),
                web.post(f"{admin}/market", self._market),
            ]
        )
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.2)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        try:
            await site.start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self.port = runner.addresses[0][1]

    async def stop(self) -> None:
        self._venue.close_sockets()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    # admin

    async def _ledger(self, _request: web.Request) -> web.Response:
        return _json(self._venue.ledger())

    async def _faults(self, _request: web.Request) -> web.Response:
        return _json({"rules": [rule.as_json() for rule in self._venue.faults.rules]})

    async def _clear_faults(self, request: web.Request) -> web.Response:
        self._venue.faults.clear()
        self._stale.clear()
        return await self._faults(request)

    async def _set_faults(self, request: web.Request) -> web.Response:
        try:
            body = _object(await request.read())
            listed = body.get("rules", [body] if "kind" in body else [])
            if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
                raise ValueError("rules must be a list of objects")
            rules = [FaultRule.from_mapping(item) for item in listed]
        except ValueError as problem:
            return _json({"error": str(problem)}, status=400)
        if body.get("clear"):
            self._venue.faults.clear()
            self._stale.clear()
        for rule in rules:
            self._venue.faults.add(rule)
        return await self._faults(request)

    async def _market(self, request: web.Request) -> web.Response:
        try:
            body = _object(await request.read())
            done = {name: self._venue.command(name, value) for name, value in body.items()}
        except (ValueError, CommandError) as problem:
            return _json({"error": str(problem)}, status=400)
        return _json(done)

    # faults

    async def _inject(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        path = request.path
        if path.startswith("/admin/"):
            return await handler(request)
        rules = self._venue.faults.on_request(request.method, path)
        if not rules:
            return await handler(request)
        early = await self._before(request, rules)
        if early is not None:
            return early
        answer = await handler(request)
        if not isinstance(answer, web.Response) or path.startswith(self._venue.stream_paths()):
            return answer
        return await self._after(request, rules, answer)

    async def _before(self, request: web.Request, rules: list[FaultRule]) -> web.Response | None:
        for rule in rules:
            if rule.kind is FaultKind.STALE:
                kept = self._stale.get(_question(rule, request))
                if kept is not None:
                    return web.Response(status=kept[0], body=kept[1], content_type="application/json")
            if rule.when != "before":
                continue
            if rule.kind is FaultKind.DELAY:
                await asyncio.sleep(rule.ms / 1000)
            elif rule.kind is FaultKind.DROP:
                return _cut(request)
            elif rule.kind is FaultKind.REJECT:
                return self._venue.refusal(rule.code, rule.message)
            elif rule.kind in (FaultKind.RATE_LIMIT, FaultKind.BAN):
                return self._venue.throttled(int(rule.kind.value), rule.retry_after)
            elif rule.kind is FaultKind.SERVER_ERROR:
                return _server_error(rule)
        return None

    async def _after(self, request: web.Request, rules: list[FaultRule], answer: web.Response) -> web.Response:
        for rule in rules:
            if rule.kind is FaultKind.STALE and isinstance(answer.body, bytes):
                self._stale[_question(rule, request)] = (answer.status, answer.body)
            elif rule.kind is FaultKind.GARBAGE:
                return web.Response(body=_GARBAGE, content_type="application/json")
            elif rule.kind in CONTENT_KINDS and isinstance(answer.body, bytes):
                answer = _json(corrupt(msgspec.json.decode(answer.body), rule.kind, self._venue.payload_keys))
            if rule.when != "after":
                continue
            if rule.kind is FaultKind.DELAY:
                await asyncio.sleep(rule.ms / 1000)
            elif rule.kind is FaultKind.DROP:
                return _cut(request)
            elif rule.kind is FaultKind.SERVER_ERROR:
                return _server_error(rule)
        return answer


def _question(rule: FaultRule, request: web.Request) -> tuple[int, str, str]:
    changing = ("timestamp", "signature", "recvWindow")
    asked = sorted(f"{name}={value}" for name, value in request.query.items() if name not in changing)
    return (id(rule), f"{request.method} {request.path}", "&".join(asked))


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _server_error(rule: FaultRule) -> web.Response:
    text = rule.message or "<html><body><h1>The server is temporarily unavailable</h1></body></html>"
    return web.Response(status=rule.status, text=text, content_type="text/html")


def _object(body: bytes) -> dict[str, object]:
    try:
        decoded = msgspec.json.decode(body)
    except msgspec.DecodeError as problem:
        raise ValueError(f"the body must be a JSON object: {problem}") from None
    if not isinstance(decoded, dict):
        raise ValueError("the body must be a JSON object")
    return decoded


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(value), content_type="application/json")
