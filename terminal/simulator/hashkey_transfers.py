"""HashKey's transfers between own accounts, the accounts' statement and the bank orders.

Source: HashKey MENA document, "Internal Account Transfer", "Get Account Transaction History List", "Get Fiat History".
"""

from __future__ import annotations

from decimal import Decimal
from itertools import islice

from terminal.domain.numbers import parse_decimal
from terminal.simulator.hashkey_accounts import CUSTODY, FIAT, Account, Accounts
from terminal.simulator.hashkey_auth import Asked
from terminal.simulator.hashkey_coins import FIAT as FIAT_COINS
from terminal.simulator.hashkey_coins import need_coin
from terminal.simulator.hashkey_errors import HashKeyRefusal, illegal
from terminal.simulator.hashkey_payloads import amount
from terminal.simulator.hashkey_requests import DAY_MS, Span, read_limit, read_span, read_whole
from terminal.simulator.hashkey_vault import FEE, FLOW_NAMES, TRADE, FiatOrder, Flow, Vault
from terminal.simulator.venue import EngineVenue

_ACCOUNT_TYPES = (1, 3, 5, 6)
_SPAN_DAYS = 30
_TRADE_DAYS = 7
_MAX_FLOWS = 500
_MAX_CLIENT_ID = 64
_FIAT_STATES = ("under_review", "processing", "successful", "failed")
_BAD_FIAT_STATE = {"deposit": "-1175", "withdraw": "-1176"}


class TransfersApi:
    """Answers these requests once they passed the guard. Every method returns the decoded JSON body or refuses."""

    def __init__(self, venue: EngineVenue, accounts: Accounts, vault: Vault, listed: frozenset[str]) -> None:
        self._venue = venue
        self._accounts = accounts
        self._vault = vault
        self._listed = listed

    def transfer(self, asked: Asked) -> object:
        """Move money at once. A sub key moves its own account's alone; fiat lies in the fiat account, coins in custody,
        and the trading accounts take both."""
        source = self._account(asked.need("fromAccountId"), "-1172")
        target = self._account(asked.need("toAccountId"), "-1173")
        if source is target:
            raise HashKeyRefusal("-1174")
        if not asked.is_master and source.id != asked.account_id:
            raise HashKeyRefusal("-1205")
        coin = need_coin(asked.need("coin"), self._listed)
        quantity = _quantity(asked.need("quantity"))
        client_id = asked.get("clientOrderId") or ""
        if len(client_id) > _MAX_CLIENT_ID:
            raise HashKeyRefusal("-1123")
        if client_id in self._vault.transfer_ids:
            raise HashKeyRefusal("-1141")
        kept_out = CUSTODY if coin.name in FIAT_COINS else FIAT
        if kept_out in (source.type, target.type):
            raise HashKeyRefusal("-1161")
        free, _ = self._venue.engine.balances(source.id).get(coin.name, (Decimal(0), Decimal(0)))
        if quantity > free:
            raise HashKeyRefusal("0401")
        order_id = self._vault.move(source.id, target.id, coin.name, quantity, client_id)
        self._venue.settle()
        return {
            "success": True,
            "timestamp": self._venue.clock.server_time(),
            "clientOrderId": client_id,
            "orderId": order_id,
        }

    def _account(self, account_id: str, code: str) -> Account:
        account = self._accounts.by_id.get(account_id)
        if account is None:
            raise HashKeyRefusal(code)
        return account

    def flows(self, asked: Asked) -> object:
        """List the statement, newest first: of all the user's own accounts for a master key, of its own for a sub key.

        Trades and fees go back seven days, everything else thirty.
        """
        now = self._venue.clock.server_time()
        span = _needed_span(asked, now)
        kind, account_type = read_whole(asked.values, "flowType"), read_whole(asked.values, "accountType")
        if kind is not None and kind not in FLOW_NAMES:
            raise HashKeyRefusal("-2026")
        if account_type is not None and account_type not in _ACCOUNT_TYPES:
            raise illegal("accountType")
        if not asked.is_master and account_type in (CUSTODY, FIAT):
            raise HashKeyRefusal("-3117")
        limit = read_limit(asked.values, default=_MAX_FLOWS, maximum=_MAX_FLOWS)
        sub = self._accounts.sub.id
        chosen = (
            flow
            for flow in self._vault.flows()
            if (flow.account_id != sub if asked.is_master else flow.account_id == asked.account_id)
            and (kind is None or flow.kind == kind)
            and (account_type is None or flow.account_type == account_type)
            and flow.created in span
            and flow.created >= now - (_TRADE_DAYS if flow.kind in (TRADE, FEE) else _SPAN_DAYS) * DAY_MS
        )
        return [_flow_row(flow) for flow in islice(chosen, limit)]

    def fiat_history(self, asked: Asked) -> object:
        """List bank orders of one type and channel, newest first."""
        if not asked.is_master:
            raise HashKeyRefusal("-3117")
        kind, status = asked.need("type"), asked.get("status")
        channel, remark = asked.get("channel") or "auto", asked.get("remark")
        bad_state = _BAD_FIAT_STATE.get(kind)
        if bad_state is None:
            raise HashKeyRefusal("-1177")
        if status is not None and status not in _FIAT_STATES:
            raise HashKeyRefusal(bad_state)
        if channel not in ("auto", "manual"):
            raise illegal("channel")
        for name in ("startTime", "endTime"):
            asked.need(name)
        span = Span(read_whole(asked.values, "startTime"), read_whole(asked.values, "endTime"))
        limit = read_limit(asked.values, default=500, maximum=1000)
        chosen = (
            order
            for order in sorted(self._vault.fiat_orders, key=lambda order: -order.created)
            if (order.type, order.channel) == (kind, channel)
            and (status is None or order.status == status)
            and (remark is None or order.remark == remark)
            and order.created in span
        )
        return [_fiat_row(order) for order in islice(chosen, limit)]


def _quantity(text: str) -> Decimal:
    try:
        quantity = parse_decimal(text)
    except ValueError:
        raise illegal("quantity") from None
    if quantity <= 0:
        raise illegal("quantity")
    return quantity


def _needed_span(asked: Asked, now: int) -> Span:
    for name in ("startTime", "endTime"):
        asked.need(name)
    span = read_span(asked.values, now=now, days=_SPAN_DAYS, code="-2028")
    if span.start is not None and span.end is not None and span.end - span.start > _SPAN_DAYS * DAY_MS:
        raise HashKeyRefusal("-2027")
    return span


def _flow_row(flow: Flow) -> dict[str, object]:
    row: dict[str, object] = {
        "id": flow.id,
        "accountId": flow.account_id,
        "coin": flow.coin,
        "coinId": flow.coin,
        "coinName": flow.coin,
        "flowTypeValue": flow.kind,
        "flowType": FLOW_NAMES[flow.kind],
        "flowName": "",
        "change": amount(flow.change),
        "total": amount(flow.total),
        "created": str(flow.created),
    }
    if flow.symbol:
        row["symbol"] = flow.symbol
    return row


def _fiat_row(order: FiatOrder) -> dict[str, object]:
    net = order.gross - order.fee if order.type == "deposit" else order.gross + order.fee
    return {
        "orderId": order.id,
        "type": order.type,
        "remark": order.remark,
        "asset": order.asset,
        "grossAmount": amount(order.gross),
        "netAmount": amount(net),
        "fee": amount(order.fee),
        "status": order.status,
        "createdTime": str(order.created),
        "updatedTime": str(order.updated),
        "channel": order.channel,
        "clientOrderId": order.client_order_id,
    }
