"""HashKey's account endpoints: balances, fills, account types, fee rates, key type, listen keys.

Source: HashKey MENA document, sections "Account" and "Create Listen Key"; PROTOCOLS 2.4, 2.8.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import islice

from terminal.simulator.hashkey_accounts import Account, Accounts
from terminal.simulator.hashkey_auth import Asked, ListenKeys
from terminal.simulator.hashkey_errors import HashKeyRefusal, illegal
from terminal.simulator.hashkey_payloads import amount, balance_row, fee_row, fill_row
from terminal.simulator.hashkey_private import PrivateStreams
from terminal.simulator.hashkey_requests import DAY_MS, read_limit, read_span, read_whole
from terminal.simulator.records import FeeSchedule
from terminal.simulator.venue import EngineVenue

_LONGEST_SPAN_DAYS = 30
_VIP_LEVEL = "1"
_EARLIER_VOLUME = Decimal(1_250_000)  # USD, traded before the simulated world began
_CENT = Decimal("0.01")
_DOLLARS = {"USDT": Decimal(1), "USD": Decimal(1), "AED": 1 / Decimal("3.6725")}


class AccountApi:
    """Answers account requests that passed the guard. Every method returns the decoded JSON body or refuses."""

    def __init__(
        self,
        venue: EngineVenue,
        accounts: Accounts,
        fees: FeeSchedule,
        listen_keys: ListenKeys,
        streams: PrivateStreams,
    ) -> None:
        self._venue = venue
        self._accounts = accounts
        self._engine = venue.engine
        self._fees = fees
        self._listen_keys = listen_keys
        self._streams = streams

    def balances(self, asked: Asked) -> object:
        """The balances of the key's account; a master key may name another of its accounts."""
        account = self._accounts.named(asked)
        held = self._engine.balances(account.id)
        return {
            "balances": [balance_row(asset, free, locked) for asset, (free, locked) in sorted(held.items())],
            "userId": self._accounts.user_id(account),
        }

    def trades(self, asked: Asked) -> object:
        """List fills, newest first. `fromId` and `toId` bound the ids from below and above, both left out."""
        return self._fills(asked, self._accounts.named(asked))

    def sub_trades(self, asked: Asked) -> object:
        """List a sub account's fills for the master key; there is one sub account, so its id may be left out."""
        sub = self._accounts.sub
        return self._fills(asked, self._accounts.sub_named(asked, asked.get("subAccountId") or sub.id))

    def _fills(self, asked: Asked, account: Account) -> object:
        symbol, client_id = asked.get("symbol"), asked.get("clientOrderId")
        if symbol is not None and symbol not in self._engine.instruments:
            raise HashKeyRefusal("0201")
        span = read_span(asked.values, now=self._venue.clock.server_time(), days=_LONGEST_SPAN_DAYS, code="-2028")
        if span.start is not None and span.end is not None and span.end - span.start > _LONGEST_SPAN_DAYS * DAY_MS:
            raise HashKeyRefusal("-2027")
        above, below = read_whole(asked.values, "fromId"), read_whole(asked.values, "toId")
        limit = read_limit(asked.values, default=500, maximum=1000)
        chosen = (
            fill
            for fill in sorted(self._engine.executions(account.id), key=lambda fill: -int(fill.trade_id))
            if (symbol is None or fill.symbol == symbol)
            and (client_id is None or fill.client_order_id == client_id)
            and (above is None or int(fill.trade_id) > above)
            and (below is None or int(fill.trade_id) < below)
            and fill.time in span
        )
        return [fill_row(fill) for fill in islice(chosen, limit)]

    def types(self, asked: Asked) -> object:
        return [
            {
                "accountId": account.id,
                "accountLabel": account.label,
                "accountType": account.type,
                "accountIndex": 0,
                "userId": self._accounts.user_id(account),
            }
            for account in self._accounts.visible(asked)
        ]

    def fees(self, asked: Asked) -> object:
        wanted = asked.get("symbols")
        symbols = list(self._engine.instruments) if wanted is None else wanted.split(",")
        if any(symbol not in self._engine.instruments for symbol in symbols):
            raise HashKeyRefusal("0201")
        now = self._venue.clock.server_time()
        fills = self._engine.executions(asked.account_id)
        traded = sum((fill.price * fill.quantity for fill in fills if now - fill.time <= 30 * DAY_MS), _EARLIER_VOLUME)
        return {
            "code": 0,
            "vipLevel": _VIP_LEVEL,
            "tradeVol30Day": amount(traded.quantize(_CENT)),
            "totalAssetBal": amount(self._worth(asked.account_id).quantize(_CENT)),
            "data": [fee_row(self._engine.instruments[symbol], self._fees) for symbol in symbols],
            "updateTimestamp": str(now // DAY_MS * DAY_MS),
        }

    def _worth(self, account_id: str) -> Decimal:
        """Return the value of an account's balances in USD; an asset without a pair in USDT counts nothing."""
        total = Decimal(0)
        for asset, (free, locked) in self._engine.balances(account_id).items():
            symbol = f"{asset}USDT"
            price = _DOLLARS.get(asset)
            if price is None and symbol in self._engine.instruments:
                price = self._engine.mark_price(symbol)
            total += (free + locked) * (price or 0)
        return total

    def key_type(self, asked: Asked) -> object:
        return {"accountType": "Master Account" if asked.is_master else "Sub Account"}

    def create_listen_key(self, asked: Asked) -> object:
        return {"listenKey": self._listen_keys.create(asked.account_id)}

    def renew_listen_key(self, asked: Asked) -> object:
        if not self._listen_keys.renew(asked.need("listenKey"), asked.account_id):
            raise illegal("listenKey")
        return {}

    def delete_listen_key(self, asked: Asked) -> object:
        key = asked.need("listenKey")
        if not self._listen_keys.delete(key, asked.account_id):
            raise illegal("listenKey")
        self._streams.end(key)
        return {}
