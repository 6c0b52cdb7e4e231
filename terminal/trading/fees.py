"""What trading costs each account: rates by symbol, loaded when first asked for and kept for a while."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.connectors.contract import Connector
from terminal.domain import FeeRates
from terminal.domain.failures import Failure
from terminal.trading.activity import ActivityLog, LogLevel
from terminal.trading.background import Background
from terminal.trading.ledger import SOURCE
from terminal.trading.topics import ChangedTopics, Clock, TradingTopic

_ASK_AGAIN_MS = 60_000
_KEPT_MS = 6 * 3_600_000
"""Venues compute a fee tier once a day; within a few hours a new one is seen."""


class FeeBook:
    """Where a venue tells all rates in one answer (`vip_info`), one request serves every symbol of an account."""

    def __init__(
        self,
        *,
        connectors: Mapping[str, Connector],
        background: Background,
        activity: ActivityLog,
        changed: ChangedTopics,
        clock: Clock,
    ) -> None:
        self._connectors = connectors
        self._background = background
        self._activity = activity
        self._changed = changed
        self._clock = clock
        self._known: dict[tuple[str, str], FeeRates] = {}
        self._told: dict[tuple[str, str], int] = {}
        self._asked: dict[tuple[str, str], int] = {}
        self._all_told: dict[str, int] = {}

    def rates(self, account: str, symbol: str) -> FeeRates | None:
        """Return the account's rates for a symbol; None until they were loaded, which the first call starts.

        Rates that have been kept for hours are asked for again, and hold until the answer comes.
        """
        key, now = (account, symbol), self._clock()
        told = max(self._told.get(key, 0), self._all_told.get(account, 0) if key in self._known else 0)
        if now - told >= _KEPT_MS and account in self._connectors:
            self._ask(account, symbol)
        return self._known.get(key)

    def _ask(self, account: str, symbol: str) -> None:
        now = self._clock()
        offered = self._connectors[account].capabilities.methods
        if not offered & {"vip_info", "fee_rates"}:
            return  # each fill tells its fee, and nothing does before
        lists_all = "vip_info" in offered
        # a symbol that the list of all left out is asked for by itself
        if lists_all and now - self._all_told.get(account, 0) < _KEPT_MS:
            lists_all = False
        asked = (account, "" if lists_all else symbol)
        if now - self._asked.get(asked, -_ASK_AGAIN_MS) < _ASK_AGAIN_MS:
            return
        self._asked[asked] = now
        work = self._load_all(account) if lists_all else self._load(account, symbol)
        self._background.start(work, f"fees {account} {asked[1]}")

    async def _load_all(self, account: str) -> None:
        try:
            info = await self._connectors[account].vip_info()
        except Failure as failure:
            self._activity.add(LogLevel.INFO, SOURCE, f"{account}: no fee tier: {failure}")
            return
        self._known.update(((account, rates.symbol), rates) for rates in info.rates)
        self._all_told[account] = self._clock()
        self._changed.mark(TradingTopic.FEES)

    async def _load(self, account: str, symbol: str) -> None:
        try:
            self._known[account, symbol] = await self._connectors[account].fee_rates(symbol)
        except Failure as failure:
            self._activity.add(LogLevel.INFO, SOURCE, f"{account}: no fee rates for {symbol}: {failure}")
            return
        self._told[account, symbol] = self._clock()
        self._changed.mark(TradingTopic.FEES)
