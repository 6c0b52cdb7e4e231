"""OPEN_QUOTE: while a pair opens, market orders are refused and limit prices are held between two bounds.

Source: HashKey MENA document, "Get Exchange Information". It names the fields and no codes: a market order gets -1194
"Market order creation forbidden", a price out of bounds -1132 or -1133. A window's end is not part of it.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from decimal import Decimal

from terminal.domain import OrderRequest, OrderType
from terminal.domain.numbers import ZERO
from terminal.simulator.commands import CommandError, read_decimal, read_fields
from terminal.simulator.hashkey_errors import HashKeyRefusal
from terminal.simulator.hashkey_payloads import amount


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuote:
    """The windows of one pair, in ms; zero stands for "not set", as on the wire."""

    no_market_start: int = 0
    no_market_end: int = 0
    limit_start: int = 0
    limit_end: int = 0
    limit_min: Decimal = ZERO
    limit_max: Decimal = ZERO

    def check(self, request: OrderRequest, now: int) -> None:
        """Refuse what the windows do not allow now."""
        if request.type is OrderType.MARKET:
            if self.no_market_start <= now < self.no_market_end:
                raise HashKeyRefusal("-1194")
            return
        price = request.price
        if price is None or not self.limit_start <= now < self.limit_end:
            return
        if self.limit_max and price > self.limit_max:
            raise HashKeyRefusal("-1132")
        if price < self.limit_min:
            raise HashKeyRefusal("-1133")

    def row(self) -> dict[str, object]:
        """The filter of exchangeInfo."""
        return {
            "noAllowMarketStartTime": str(self.no_market_start),
            "noAllowMarketEndTime": str(self.no_market_end),
            "limitOrderStartTime": str(self.limit_start),
            "limitOrderEndTime": str(self.limit_end),
            "limitMinPrice": amount(self.limit_min),
            "limitMaxPrice": amount(self.limit_max),
            "filterType": "OPEN_QUOTE",
        }


UNSET = OpenQuote()

_DAY_MS = 86_400_000
_AUCTION_MS = 5 * 60_000


def first_minutes(now: int) -> OpenQuote:
    """Return windows over the first five minutes of this UTC day, without bounds of price."""
    start = now // _DAY_MS * _DAY_MS
    end = start + _AUCTION_MS
    return OpenQuote(no_market_start=start, no_market_end=end, limit_start=start, limit_end=end)


def read_open_quote(value: object, symbols: Container[str]) -> tuple[str, OpenQuote]:
    """Read the admin command: a pair and its windows; a field left out is not set."""
    fields = read_fields("open_quote", value)
    symbol = str(fields.get("symbol"))
    if symbol not in symbols:
        raise CommandError(f"open_quote: symbol {symbol!r} is unknown")
    given = {name: value for name, value in fields.items() if name != "symbol"}
    numbers = {name: read_decimal("open_quote", name, number, least=ZERO) for name, number in given.items()}
    unknown = sorted(set(numbers) - set(OpenQuote.__slots__))
    if unknown:
        raise CommandError(f"open_quote: unknown field {unknown[0]!r}")
    times = {name: int(number) for name, number in numbers.items() if not name.endswith(("_min", "_max"))}
    return symbol, OpenQuote(
        **times, limit_min=numbers.get("limit_min", ZERO), limit_max=numbers.get("limit_max", ZERO)
    )
