"""What every simulated venue with a matching engine has in common: clock, durable state, ledger, admin commands.

A venue changes its engine, then calls `settle`: the changed records go to the store, are synced, and only then do
answers and private events leave. So nothing a client was told is ever lost.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

import msgspec
from aiohttp import web

from terminal.domain import InstrumentStatus, Side, Trade
from terminal.domain.numbers import plain
from terminal.simulator.commands import CommandError, read_choice, read_decimal, read_fields, read_side
from terminal.simulator.corruption import PayloadKeys
from terminal.simulator.engine_state import dump_execution, dump_order
from terminal.simulator.records import CANCEL_REASONS, EngineEvents, Execution, SimOrder
from terminal.simulator.replay import ReplayFlow
from terminal.simulator.world import Flow, World

_STEP_S = 0.05
_SHORTEST_STEP_S = 0.005
_SHORTEST_PAUSE_S = 0.001
_OPEN_AFTER_S = 4.0
_SAVE_EVERY_S = 20.0
_SAVE_NEWEST_EVERY_S = 1.0
"""All candles are saved seldom, the minutes that have changed since then often: little is lost to a kill -9."""
_MINUTE_MS = 60_000


_CANCEL_FIELDS = {"order_id": "order_id", "symbol": "symbol", "account_id": "account"}


class EngineVenue(ABC):
    """Couples an engine to a store and to the venue's wire. Subclasses speak the venue's own language."""

    has_sub_account = False
    """Its user has a sub account with a key of its own."""

    def __init__(self, world: World, *, opening: Mapping[str, Mapping[str, Decimal]]) -> None:
        """Take the accounts back from the store; one it does not know opens with its balances of `opening`."""
        self.name = world.name
        self.engine = world.engine
        self.faults = world.faults
        self.clock = world.clock
        self.identity = world.identity
        self.is_frozen = False
        self._candles = world.candles
        self._is_replay = bool(world.settings.replay)
        self._fees = world.fees
        self._ids = world.ids
        self._store = world.store
        self._step_s = max(_SHORTEST_STEP_S, _STEP_S / world.settings.pace)
        self._next_save = time.monotonic() + _SAVE_EVERY_S
        self._next_save_of_newest = 0.0
        self._saved_until = 0  # ms: the minute that was open at the last whole save
        self._orders: dict[str, SimOrder] = {}
        self._fills: list[Execution] = []
        self._balances: set[tuple[str, str]] = set()
        self._has_notes = False
        self._commands: dict[str, Callable[[object], object]] = {
            "freeze": self._freeze,
            "advance": self._advance,
            "trade": self._trade,
            "liquidity": self._liquidity,
            "status": self._status,
            "cancel": self._cancel,
        }
        self._restore_or_open(opening)
        self._start_flow = world.start_flow
        self._flow: Flow | None = None
        self._opening: asyncio.Task[None] | None = None
        self.engine.events = EngineEvents(order=self._order_changed, trade=self.on_trade, balance=self._balance_changed)

    # what a venue adds

    @property
    @abstractmethod
    def payload_keys(self) -> PayloadKeys:
        """Which keys of its JSON faults may change."""

    @abstractmethod
    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Everything it answers."""

    @abstractmethod
    def stream_paths(self) -> tuple[str, ...]:
        """Path prefixes that are WebSockets."""

    @abstractmethod
    def refusal(self, code: str | None, message: str | None) -> web.Response:
        """An error body in the venue's own form for an injected refusal; None asks for the usual one."""

    @abstractmethod
    def throttled(self, status: int, retry_after: int) -> web.Response:
        """The venue's answer to too many requests, status 429 or 418."""

    @abstractmethod
    def close_sockets(self) -> None:
        """Cut every stream."""

    @abstractmethod
    def on_order(self, order: SimOrder, fill: Execution | None) -> None:
        """An order changed: note what to tell about it. Called before the change is on the disk."""

    @abstractmethod
    def on_trade(self, trade: Trade) -> None:
        """A public print."""

    @abstractmethod
    def on_settled(self, balances: Mapping[str, tuple[str, ...]]) -> None:
        """Everything noted is on the disk: tell it now. `balances` names the changed assets of each account."""

    @abstractmethod
    def step_streams(self) -> None:
        """Push what has changed. Called with every step."""

    # time

    def open_market(self) -> None:
        """Let the market begin; orders that stood through a restart may trade at once."""
        flow = self._start_flow()
        for _ in flow.fill():
            pass
        self._begin(flow)

    async def open_market_in_steps(self) -> None:
        """Let the market begin, leaving others the time between two books. Safe to call again and meanwhile."""
        if self._opening is None:
            self._opening = asyncio.create_task(self._open_in_steps())
        await asyncio.shield(self._opening)

    async def _open_in_steps(self) -> None:
        if self._flow is not None:
            return
        flow = self._start_flow()
        for _ in flow.fill():
            await asyncio.sleep(0)
        self._begin(flow)

    def _begin(self, flow: Flow) -> None:
        self._flow = flow
        self.settle()
        self.save()

    @property
    def is_open(self) -> bool:
        """The market has begun."""
        return self._flow is not None

    async def run(self) -> None:
        """Move the world on until cancelled; a market that nobody has asked for yet opens a little later."""
        due = time.monotonic()
        open_at = due + _OPEN_AFTER_S
        while True:
            now = time.monotonic()
            # a late step is not made up for, and even a market that is too busy lets requests through
            due = max(due + self._step_s, now)
            await asyncio.sleep(max(due - now, _SHORTEST_PAUSE_S))
            if not self.is_open and now >= open_at:
                await self.open_market_in_steps()
            self.step()

    def step(self) -> None:
        now = self.clock.now()
        if self._flow is not None and not self.is_frozen:
            self._flow.step(now)
        self.settle()
        self.step_streams()
        if time.monotonic() >= self._next_save:
            self.save()
        elif time.monotonic() >= self._next_save_of_newest:
            self._save_newest()

    def save(self) -> None:
        """Put the candles on the disk; orders, fills and balances are there already.

        Candles grow with the days a venue runs: the longer saving them takes, the less often it happens.
        """
        began = time.monotonic()
        if not self._is_replay:
            self._saved_until = self.clock.now() // _MINUTE_MS * _MINUTE_MS
            self.keep("candles", self._candles.export_state())
            self.keep("newest_candles", {})
            self._store.commit()
        ended = time.monotonic()
        self._next_save = ended + max(_SAVE_EVERY_S, 200 * (ended - began))
        self._next_save_of_newest = ended + _SAVE_NEWEST_EVERY_S

    def _save_newest(self) -> None:
        """Put the minutes since the last whole save on the disk."""
        began = time.monotonic()
        if not self._is_replay:
            self.keep("newest_candles", self._candles.export_newest(self._saved_until))
            self._store.commit()
        ended = time.monotonic()
        self._next_save_of_newest = began + max(_SAVE_NEWEST_EVERY_S, 50 * (ended - began))

    def serve_at(self, port: int) -> None:
        """Remember the port, for the next start."""
        self.identity = self.identity.at(port)
        self.keep("identity", self.identity.as_json())
        self._store.commit()

    # the store

    def settle(self) -> None:
        """Write what has changed, sync it, then let the noted events go."""
        if not (self._orders or self._fills or self._balances or self._has_notes):
            return
        put = self._store.put
        for order in self._orders.values():
            row = {**dump_order(order), "lock": plain(self._lock_of(order))}
            put(self.name, "order", order.order_id, _encode(row))
        for fill in self._fills:
            put(self.name, "fill", fill.trade_id, _encode(dump_execution(fill)))
        changed: dict[str, tuple[str, ...]] = {}
        for account_id, asset in sorted(self._balances):
            changed[account_id] = (*changed.get(account_id, ()), asset)
            free, locked = self.engine.balances(account_id)[asset]
            self._put_balance(account_id, asset, free, locked)
        put(self.name, "meta", "ids", _encode(self._ids.export_state()))
        self._store.commit()
        self._orders.clear()
        self._fills.clear()
        self._balances.clear()
        self._has_notes = False
        self.on_settled(changed)

    def _lock_of(self, order: SimOrder) -> Decimal:
        """What a resting order still locks: base for a sell; value and, where it is paid in quote, fee for a buy."""
        if not order.status.is_working or order.price is None:
            return Decimal(0)
        if order.side is Side.SELL:
            return order.remaining
        rate = self._fees.lock_rate(self.engine.instruments[order.symbol], order.side)
        return order.price * order.remaining * (1 + rate)

    def keep(self, name: str, value: object) -> None:
        """Put a JSON value aside under a name; synced with the next commit."""
        self._store.put(self.name, "meta", name, _encode(value))

    def note(self, kind: str, record_id: str, value: object) -> None:
        """Put a record of the venue's own aside; it is synced with the next `settle`."""
        self._store.put(self.name, kind, record_id, _encode(value))
        self._has_notes = True

    def noted(self, kind: str) -> list[str]:
        """Return the JSON texts of all records of a kind, in the order they were first noted."""
        return self._store.all(self.name, kind)

    def _put_balance(self, account_id: str, asset: str, free: Decimal, locked: Decimal) -> None:
        row = {"account": account_id, "asset": asset, "free": plain(free), "locked": plain(locked)}
        self._store.put(self.name, "balance", f"{account_id}/{asset}", _encode(row))

    def _restore_or_open(self, opening: Mapping[str, Mapping[str, Decimal]]) -> None:
        kept = self._store.all(self.name, "balance")
        if kept:
            self._restore(kept)
        missing = opening.keys() - set(self.engine.accounts)
        for account_id in sorted(missing):
            self.engine.open_account(account_id, opening[account_id])
            for asset, free in opening[account_id].items():
                self._put_balance(account_id, asset, free, Decimal(0))
        if missing:
            self.keep("ids", self._ids.export_state())
            self._store.commit()

    def _restore(self, kept: Iterable[str]) -> None:
        balances: dict[str, dict[str, list[str]]] = {}
        for row in map(msgspec.json.decode, kept):
            balances.setdefault(row["account"], {})[row["asset"]] = [row["free"], row["locked"]]
        orders = [msgspec.json.decode(text) for text in self._store.all(self.name, "order")]
        ids = self._store.get(self.name, "meta", "ids")
        self.engine.import_state(
            {
                "ids": self._ids.export_state() if ids is None else msgspec.json.decode(ids),
                "balances": balances,
                "orders": orders,
                "executions": [msgspec.json.decode(text) for text in self._store.all(self.name, "fill")],
                "locks": {row["order_id"]: row["lock"] for row in orders if Decimal(row["lock"])},
            }
        )

    # engine events

    def _order_changed(self, order: SimOrder, fill: Execution | None) -> None:
        self._orders[order.order_id] = order
        if fill is not None:
            self._fills.append(fill)
        self.on_order(order, fill)

    def _balance_changed(self, account_id: str, asset: str) -> None:
        self._balances.add((account_id, asset))

    # admin

    def ledger(self) -> Mapping[str, object]:
        """What really happened: every order and fill, and the balances as they are, see `loopback`."""
        accounts = self.engine.accounts
        return {
            "venue": self.name,
            "time": self.clock.now(),
            "replay_finished": isinstance(self._flow, ReplayFlow) and self._flow.finished,
            "replay_shift": self._flow.shift if isinstance(self._flow, ReplayFlow) else None,
            "orders": [dump_order(order) for account in accounts for order in self.engine.orders(account)],
            "fills": [dump_execution(fill) for account in accounts for fill in self.engine.executions(account)],
            "balances": {self.identity.account_id: self._amounts(self.identity.account_id)},
            "accounts": {account: self._amounts(account) for account in accounts},
        }

    def _amounts(self, account_id: str) -> dict[str, dict[str, str]]:
        return {
            asset: {"free": plain(free), "locked": plain(locked)}
            for asset, (free, locked) in self.engine.balances(account_id).items()
        }

    def command(self, name: str, value: object) -> object:
        """Carry out an admin command, see `loopback`. Raises CommandError."""
        known = self._commands.get(name)
        if known is None:
            raise CommandError(f"unknown command {name!r}; known are {', '.join(sorted(self._commands))}")
        return known(value)

    def _freeze(self, value: object) -> object:
        if not isinstance(value, bool):
            raise CommandError("freeze: must be true or false")
        self.is_frozen = value
        return value

    def _advance(self, value: object) -> object:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise CommandError("advance: must be a number of ms, not negative")
        self.clock.advance(value)
        return {"now": self.clock.now()}

    def _trade(self, value: object) -> object:
        fields = read_fields("trade", value)
        symbol = self._symbol("trade", fields)
        limit = fields.get("limit")
        before = len(self.engine.executions(self.identity.account_id))
        self.engine.aggress(
            symbol,
            read_side("trade", fields),
            read_decimal("trade", "quantity", fields.get("quantity")),
            None if limit is None else read_decimal("trade", "limit", limit),
        )
        self.settle()
        return {"fills": len(self.engine.executions(self.identity.account_id)) - before}

    def _liquidity(self, value: object) -> object:
        fields = read_fields("liquidity", value)
        symbol = self._symbol("liquidity", fields)
        price = read_decimal("liquidity", "price", fields.get("price"))
        quantity = read_decimal("liquidity", "quantity", fields.get("quantity"), least=Decimal(0))
        self.engine.set_liquidity(symbol, read_side("liquidity", fields), price, quantity)
        self.settle()
        return {"version": self.engine.book_version(symbol)}

    def _cancel(self, value: object) -> object:
        fields = read_fields("cancel", value)
        reason = read_choice("cancel", fields, "reason", CANCEL_REASONS)
        wanted = {name: fields[key] for name, key in _CANCEL_FIELDS.items() if fields.get(key) is not None}
        chosen = [
            order
            for account in self.engine.accounts
            for order in self.engine.orders(account)
            if order.status.is_working and all(getattr(order, name) == value for name, value in wanted.items())
        ]
        for order in chosen:
            self.engine.cancel(order.account_id, order.order_id, reason)
        self.settle()
        return {"cancelled": [order.order_id for order in chosen]}

    def _status(self, value: object) -> object:
        fields = read_fields("status", value)
        symbol = self._symbol("status", fields)
        try:
            status = InstrumentStatus(str(fields.get("status")))
        except ValueError:
            raise CommandError(f"status: status must be one of {', '.join(InstrumentStatus)}") from None
        self.engine.set_instrument(replace(self.engine.instruments[symbol], status=status))
        return status.value

    def _symbol(self, command: str, fields: Mapping[str, object]) -> str:
        symbol = str(fields.get("symbol"))
        if symbol not in self.engine.instruments:
            raise CommandError(f"{command}: symbol {symbol!r} is unknown")
        return symbol


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()
