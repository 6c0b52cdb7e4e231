"""HashKey's order endpoints: create, test, batch, cancel in its four ways, query and listings.

Source: HashKey MENA document, section "Spot Trading"; PROTOCOLS 2.4. Every change is on the disk before its
answer leaves (`EngineVenue.settle`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import msgspec

from terminal.domain import OrderRequest
from terminal.simulator.hashkey_accounts import Accounts
from terminal.simulator.hashkey_auth import Asked
from terminal.simulator.hashkey_errors import HashKeyRefusal, engine_code, illegal, missing
from terminal.simulator.hashkey_open_quote import UNSET, OpenQuote
from terminal.simulator.hashkey_payloads import cancel_ack, order_ack, order_row, sub_order_row
from terminal.simulator.hashkey_requests import (
    OrderForm,
    read_limit,
    read_order,
    read_side,
    read_span,
    read_whole,
)
from terminal.simulator.records import Refusal, SimOrder
from terminal.simulator.venue import EngineVenue

MAX_BATCH = 20
MAX_CANCEL_IDS = 100
MAX_CANCEL_ALL = 200
MAX_SUB_ORDERS = 500


class TradingApi:
    """Answers order requests that passed the guard. Every method returns the decoded JSON body or refuses."""

    def __init__(
        self, venue: EngineVenue, accounts: Accounts, batch_form: OrderForm, windows: Mapping[str, OpenQuote]
    ) -> None:
        self._venue = venue
        self._accounts = accounts
        self._batch_form = batch_form
        self._windows = windows
        self._engine = venue.engine

    def test_order(self, asked: Asked) -> object:
        request = read_order(asked.values, OrderForm.TEST)
        self._check_windows(request)
        try:
            self._engine.check(asked.account_id, request)
        except Refusal as refusal:
            raise _refused(refusal, request) from None
        return {}

    def create(self, asked: Asked) -> object:
        return self._create(asked, OrderForm.V1_1)

    def create_legacy(self, asked: Asked) -> object:
        return self._create(asked, OrderForm.LEGACY)

    def _create(self, asked: Asked, form: OrderForm) -> object:
        ack = self._place(asked.account_id, read_order(asked.values, form))
        self._venue.settle()
        return {**ack, "concentration": ""}

    def create_batch(self, asked: Asked) -> object:
        """Place up to 20 orders of one symbol; each is taken or refused on its own."""
        orders = _read_batch(asked.body)
        if len({order.get("symbol") for order in orders}) > 1:
            raise illegal("symbol")
        results: list[object] = []
        for order in orders:
            try:
                ack = self._place(asked.account_id, read_order(order, self._batch_form))
            except HashKeyRefusal as refusal:
                results.append(refusal.as_json())
            else:
                results.append({"code": "0000", "order": ack})
        self._venue.settle()
        return {"code": 0, "result": results, "concentration": ""}

    def _place(self, account_id: str, request: OrderRequest) -> dict[str, object]:
        self._check_windows(request)
        try:
            return order_ack(self._engine.place(account_id, request))
        except Refusal as refusal:
            raise _refused(refusal, request) from None

    def _check_windows(self, request: OrderRequest) -> None:
        self._windows.get(request.symbol, UNSET).check(request, self._venue.clock.server_time())

    def cancel(self, asked: Asked) -> object:
        order_id, client_id = asked.get("orderId"), asked.get("clientOrderId")
        if order_id is None and client_id is None:
            raise missing("orderId")
        order = self._find(asked.account_id, order_id, client_id)
        ack = cancel_ack(order)
        self._cancel(order)
        self._venue.settle()
        return ack

    def cancel_symbol(self, asked: Asked) -> object:
        symbol = self._symbol(asked.need("symbol"))
        for order in islice(self._open(asked, symbol), MAX_CANCEL_ALL):
            self._cancel(order)
        self._venue.settle()
        return {"success": True}

    def cancel_all(self, asked: Asked) -> object:
        """Cancel a page of open orders, newest first; `lastOrderId` is where the next page goes on."""
        symbol = asked.get("symbol")
        if symbol is not None:
            self._symbol(symbol)
        limit = read_limit(asked.values, default=100, maximum=MAX_CANCEL_ALL)
        last = 0
        for order in islice(self._open(asked, symbol), limit):
            self._cancel(order)
            last = int(order.order_id)
        self._venue.settle()
        return {"code": "0000", "message": "success", "timestamp": self._venue.clock.server_time(), "lastOrderId": last}

    def cancel_ids(self, asked: Asked) -> object:
        """Cancel up to 100 orders by id; the result lists the failures alone."""
        ids = [text for text in asked.need("ids").split(",") if text]
        if not ids:
            raise missing("ids")
        if len(ids) > MAX_CANCEL_IDS:
            raise HashKeyRefusal("-2030")
        failures = []
        for order_id in ids:
            try:
                self._cancel(self._find(asked.account_id, order_id, None))
            except HashKeyRefusal as refusal:
                failures.append({"orderId": order_id, "code": refusal.code})
        self._venue.settle()
        return {"code": "0000", "result": failures}

    def query(self, asked: Asked) -> object:
        account = self._accounts.named(asked)
        order_id, client_id = asked.get("orderId"), asked.get("origClientOrderId")
        if order_id is None and client_id is None:
            raise missing("orderId")
        return order_row(self._find(account.id, order_id, client_id), with_reason=True)

    def open_orders(self, asked: Asked) -> object:
        symbol = asked.get("symbol")
        if symbol is not None:
            self._symbol(symbol)
        limit = read_limit(asked.values, default=500, maximum=1000)
        return [order_row(order) for order in islice(self._open(asked, symbol), limit)]

    def trade_orders(self, asked: Asked) -> object:
        """List ended orders, cancelled ones too, newest first."""
        limit = read_limit(asked.values, default=500, maximum=1000)
        return [order_row(order) for order in islice(self._ended(asked, asked.account_id), limit)]

    def sub_open_orders(self, asked: Asked) -> object:
        """List a sub account's open orders like the account's own, with reason and stpMode; for a master key alone."""
        account_id = self._accounts.sub_named(asked, asked.need("subAccountId")).id
        symbol = asked.get("symbol")
        if symbol is not None:
            self._symbol(symbol)
        limit = read_limit(asked.values, default=MAX_SUB_ORDERS, maximum=MAX_SUB_ORDERS)
        working = (order for order in self._engine.orders(account_id) if order.status.is_working)
        return [sub_order_row(order) for order in islice(self._page(working, asked, symbol), limit)]

    def sub_trade_orders(self, asked: Asked) -> object:
        """List a sub account's ended orders; like `sub_open_orders`."""
        account_id = self._accounts.sub_named(asked, asked.need("subAccountId")).id
        limit = read_limit(asked.values, default=MAX_SUB_ORDERS, maximum=MAX_SUB_ORDERS)
        return [sub_order_row(order) for order in islice(self._ended(asked, account_id), limit)]

    def _open(self, asked: Asked, symbol: str | None) -> list[SimOrder]:
        working = (order for order in self._engine.orders(asked.account_id) if order.status.is_working)
        return self._page(working, asked, symbol)

    def _ended(self, asked: Asked, account_id: str) -> list[SimOrder]:
        symbol = asked.get("symbol")
        if symbol is not None:
            self._symbol(symbol)
        now = self._venue.clock.server_time()
        span = read_span(asked.values, now=now, days=90, code="-2029")
        ended = (order for order in self._engine.orders(account_id) if order.status.is_final)
        return [order for order in self._page(ended, asked, symbol) if order.created in span]

    def _page(self, orders: Iterable[SimOrder], asked: Asked, symbol: str | None) -> list[SimOrder]:
        side = read_side(asked.values)
        before = read_whole(asked.values, "fromOrderId")
        chosen = [
            order
            for order in orders
            if (symbol is None or order.symbol == symbol)
            and (side is None or order.side is side)
            and (before is None or int(order.order_id) < before)
        ]
        return chosen[::-1]

    def _find(self, account_id: str, order_id: str | None, client_id: str | None) -> SimOrder:
        if order_id is not None:
            order = self._engine.order(account_id, order_id=order_id)
        else:
            order = self._engine.order(account_id, client_order_id=client_id)
        if order is None:
            raise HashKeyRefusal("0211")
        return order

    def _cancel(self, order: SimOrder) -> None:
        try:
            self._engine.cancel(order.account_id, order.order_id)
        except Refusal as refusal:
            raise HashKeyRefusal(engine_code(refusal.kind)) from None

    def _symbol(self, symbol: str) -> str:
        if symbol not in self._engine.instruments:
            raise HashKeyRefusal("0201")
        return symbol


def _refused(refusal: Refusal, request: OrderRequest) -> HashKeyRefusal:
    return HashKeyRefusal(engine_code(refusal.kind, type_=request.type, side=request.side))


def _read_batch(body: bytes) -> Sequence[dict[str, str]]:
    try:
        rows = msgspec.json.decode(body)
    except msgspec.DecodeError:
        raise HashKeyRefusal("-1004") from None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise HashKeyRefusal("-1004")
    if len(rows) > MAX_BATCH:
        raise HashKeyRefusal("-2022")
    # numbers may come as JSON numbers: the rules below read their text
    return [{str(name): str(value) for name, value in row.items() if value is not None} for row in rows]
