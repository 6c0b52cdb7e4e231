"""The desk's checks before an order is sent: gathers what the rules look at, for one order or a batch of them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from terminal.accounts.account_book import AccountBook
from terminal.connectors.contract import Connector
from terminal.domain import FeeRates, InstrumentId, OrderRequest, Side
from terminal.domain.numbers import ZERO
from terminal.trading.ledger import Ledger
from terminal.trading.market_view import MarketView
from terminal.trading.portfolio import Portfolio
from terminal.trading.risk import RecentOrder, RiskBreach, RiskLimits, Situation, check_order, spent_by
from terminal.trading.topics import Clock

_KEPT_RECENT = 200


@dataclass(slots=True)
class _Ahead:
    """What the orders of a batch that come before one take from it: free balances by asset, open orders by symbol."""

    taken: dict[str, Decimal] = field(default_factory=dict)
    orders: Counter[str] = field(default_factory=Counter)

    def free(self, free: Decimal | None, asset: str) -> Decimal | None:
        return None if free is None else free - self.taken.get(asset, ZERO)


class Checker:
    """Knows each account's limits and latest orders; decides nothing by itself."""

    def __init__(
        self,
        *,
        accounts: AccountBook,
        connectors: Mapping[str, Connector],
        market: MarketView,
        portfolio: Portfolio,
        ledger: Ledger,
        clock: Clock,
        fee_rates: Callable[[str, str], FeeRates | None],
        limits: Mapping[str, RiskLimits] | None,
    ) -> None:
        self._accounts = accounts
        self._connectors = connectors
        self._market = market
        self._portfolio = portfolio
        self._ledger = ledger
        self._clock = clock
        self._fee_rates = fee_rates
        self._limits = dict(limits or {})
        self._recent: dict[str, deque[RecentOrder]] = {}
        self._batches = 0

    def limits(self, account: str) -> RiskLimits:
        return self._limits.get(account, RiskLimits())

    def set_limits(self, account: str, limits: RiskLimits) -> None:
        self._limits[account] = limits

    def sent(self, account: str, requests: Sequence[OrderRequest]) -> None:
        """Remember what is about to be sent: a second click finds it. Several at once count as one act."""
        recent = self._recent.setdefault(account, deque(maxlen=_KEPT_RECENT))
        self._batches += 1
        now = self._clock()
        recent.extend(RecentOrder(time=now, request=request, act=self._batches) for request in requests)

    def check(self, account: str, request: OrderRequest) -> list[RiskBreach]:
        """Return every rule the order would break if it were sent now; no effect."""
        return self.check_all(account, [request])[0]

    def check_all(self, account: str, requests: Sequence[OrderRequest]) -> list[list[RiskBreach]]:
        """Return the rules that each order would break if all were sent now, in this order.

        The balance and the open orders that the earlier ones take are gone for the later ones.
        """
        unknown = self._not_ready(account)
        if unknown is not None:
            return [[unknown] for _ in requests]
        ahead = _Ahead()
        earlier: list[RecentOrder] = []
        now, found = self._clock(), []
        for request in requests:
            situation = self._situation(account, request, ahead, earlier)
            found.append(check_order(request, situation))
            spent, instrument = spent_by(request, situation), situation.instrument
            if spent is not None and instrument is not None:
                asset = instrument.base if request.side is Side.SELL else instrument.quote
                ahead.taken[asset] = ahead.taken.get(asset, ZERO) + spent
            ahead.orders[request.symbol] += 1
            earlier.append(RecentOrder(time=now, request=request, act=0))
        return found

    def _not_ready(self, account: str) -> RiskBreach | None:
        if self._accounts.get(account) is None:
            return RiskBreach(field="order", rule=f"No account {account}", hard=True, code="unknown_account")
        if account not in self._connectors:
            return RiskBreach(field="order", rule=f"{account} is not connected", hard=True, code="not_ready")
        return None

    def _situation(
        self, account: str, request: OrderRequest, ahead: _Ahead, earlier: Sequence[RecentOrder]
    ) -> Situation:
        info = self._accounts.get(account)
        assert info is not None
        id = InstrumentId(info.venue, request.symbol)
        instrument = self._market.instrument(id)
        connected = self._connectors.get(account)
        limits = self.limits(account)
        working = [order for order in self._ledger.registry.working() if order.account == account]
        free_base = free_quote = quote_rate = None
        if instrument is not None:
            free_base = ahead.free(self._portfolio.free(account, instrument.base), instrument.base)
            free_quote = ahead.free(self._portfolio.free(account, instrument.quote), instrument.quote)
            if limits.max_order_value is not None and instrument.quote != limits.value_currency:
                quote_rate = self._market.price_of(instrument.quote, limits.value_currency)
        return Situation(
            instrument=instrument,
            now=self._clock(),
            clock_offset_ms=0 if connected is None else connected.health.clock_offset_ms or 0,
            limits=limits,
            prices=self._market.prices(id, request),
            can_trade=info.can_trade,
            free_base=free_base,
            free_quote=free_quote,
            fees=self._fee_rates(account, request.symbol),
            quote_rate=quote_rate,
            recent=(*self._recent.get(account, ()), *earlier),
            open_orders=len(working) + ahead.orders.total(),
            open_orders_here=sum(1 for order in working if order.instrument_id == id) + ahead.orders[request.symbol],
        )
