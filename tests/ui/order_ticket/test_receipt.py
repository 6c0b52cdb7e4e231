"""The receipt equals a walk of the book done by hand."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from terminal.domain import FeeRates, Instrument, OrderBook, OrderRequest, OrderType, Side, TimeInForce
from terminal.ui.order_ticket.receipt import most_fee, receipt_of

RULES = Instrument(
    venue="v", symbol="S", base="BTC", quote="USDT", tick_size=Decimal("0.01"), lot_size=Decimal("0.001")
)
FEES = FeeRates(
    symbol="S", maker=Decimal("0.0002"), taker=Decimal("0.001"), buy_fee_asset="USDT", sell_fee_asset="USDT"
)


def numbers(*values: int | Decimal | None) -> tuple[Decimal | None, ...]:
    return tuple(None if value is None else Decimal(value) for value in values)


def book_of(bids: list[tuple[str, str]], asks: list[tuple[str, str]]) -> OrderBook:
    book = OrderBook()
    book.bids.replace([(Decimal(price), Decimal(size)) for price, size in bids])
    book.asks.replace([(Decimal(price), Decimal(size)) for price, size in asks])
    return book


BOOK = book_of(bids=[("99", "2"), ("98", "3")], asks=[("100", "1"), ("101", "2"), ("105", "4")])


def limit(side: Side, price: str, quantity: str, time: TimeInForce | None = TimeInForce.GTC) -> OrderRequest:
    return OrderRequest(
        symbol="S",
        side=side,
        type=OrderType.LIMIT,
        price=Decimal(price),
        quantity=Decimal(quantity),
        time_in_force=time,
    )


def test_a_crossing_limit_order_takes_and_pays_the_taker_fee() -> None:
    receipt = receipt_of(
        limit(Side.BUY, "101", "2"), RULES, BOOK, fees=FEES, free_base=Decimal(1), free_quote=Decimal(1_000)
    )
    assert (receipt.taken, receipt.taken_value) == numbers(2, 201)
    assert (receipt.average, receipt.worst) == numbers(Decimal("100.5"), 101)
    assert receipt.share == Decimal(2) / 7
    assert receipt.fee == Decimal("0.201")
    assert receipt.quote_after == Decimal("798.799")
    assert receipt.base_after == 3
    assert (receipt.rests, receipt.ends) == numbers(0, 0)


def test_what_the_limit_leaves_rests_behind_the_queue_and_pays_the_maker_fee() -> None:
    receipt = receipt_of(limit(Side.BUY, "100", "3"), RULES, BOOK, fees=FEES, free_quote=Decimal(1_000))
    assert (receipt.taken, receipt.rests, receipt.rest_value) == numbers(1, 2, 200)
    assert receipt.fee == Decimal("0.1") + Decimal("0.04")
    assert receipt.quote_after == Decimal("699.86")


def test_a_resting_order_stands_behind_what_is_at_its_price() -> None:
    assert receipt_of(limit(Side.SELL, "101", "1"), RULES, BOOK).ahead == 2
    assert receipt_of(limit(Side.BUY, "97.5", "1"), RULES, BOOK).ahead == 0


def test_an_ioc_order_gets_back_what_does_not_trade() -> None:
    receipt = receipt_of(
        limit(Side.BUY, "100", "3", TimeInForce.IOC), RULES, BOOK, free_base=Decimal(0), free_quote=Decimal(500)
    )
    assert (receipt.taken, receipt.rests, receipt.ends) == numbers(1, 0, 2)
    assert (receipt.base_after, receipt.quote_after) == numbers(1, 400)


def test_a_fok_order_trades_whole_or_not_at_all() -> None:
    short = receipt_of(limit(Side.BUY, "101", "4", TimeInForce.FOK), RULES, BOOK, free_quote=Decimal(500))
    assert (short.taken, short.ends, short.worst, short.quote_after) == numbers(0, 4, None, 500)
    assert receipt_of(limit(Side.BUY, "101", "3", TimeInForce.FOK), RULES, BOOK).taken == 3


def test_a_market_order_by_total_spends_it_on_the_book() -> None:
    request = OrderRequest(symbol="S", side=Side.BUY, type=OrderType.MARKET, quote_amount=Decimal(201))
    receipt = receipt_of(request, RULES, BOOK, fees=FEES, free_quote=Decimal(1_000))
    assert (receipt.taken, receipt.taken_value, receipt.worst) == numbers(2, 201, 101)
    assert receipt.quote_after == Decimal("798.799")


def test_a_market_order_larger_than_the_book_says_what_comes_back() -> None:
    request = OrderRequest(symbol="S", side=Side.SELL, type=OrderType.MARKET, quantity=Decimal(8))
    receipt = receipt_of(request, RULES, BOOK)
    assert (receipt.taken, receipt.ends, receipt.share) == numbers(5, 3, 1)


def test_a_fee_in_the_bought_asset_lessens_what_arrives() -> None:
    fees = FeeRates(symbol="S", maker=Decimal(0), taker=Decimal("0.001"), buy_fee_asset="BTC")
    receipt = receipt_of(
        limit(Side.BUY, "101", "2"), RULES, BOOK, fees=fees, free_base=Decimal(1), free_quote=Decimal(500)
    )
    assert (receipt.fee, receipt.fee_asset) == (Decimal("0.002"), "BTC")
    assert (receipt.base_after, receipt.quote_after) == numbers(Decimal("2.998"), 299)


def test_unknown_fees_and_balances_stay_unknown() -> None:
    receipt = receipt_of(limit(Side.BUY, "101", "2"), RULES, BOOK)
    assert (receipt.fee, receipt.quote_after, receipt.base_after) == numbers(None, None, None)
    assert not receipt.fee_told


def test_the_largest_fee_is_the_takers_unless_the_order_may_only_make() -> None:
    assert most_fee(limit(Side.BUY, "99", "1"), Decimal(1_000), FEES) == 1
    maker = OrderRequest(symbol="S", side=Side.BUY, type=OrderType.LIMIT_MAKER, price=Decimal(99), quantity=Decimal(1))
    assert most_fee(maker, Decimal(1_000), FEES) == Decimal("0.2")


levels = st.lists(
    st.tuples(st.integers(1, 200), st.integers(1, 5_000)), min_size=0, max_size=15, unique_by=lambda level: level[0]
)


@given(
    asks=levels, bids=levels, side=st.sampled_from(Side), price=st.integers(1, 420), thousandths=st.integers(1, 60_000)
)
def test_a_limit_receipt_equals_an_independent_walk(
    asks: list[tuple[int, int]], bids: list[tuple[int, int]], side: Side, price: int, thousandths: int
) -> None:
    book = OrderBook()
    book.asks.replace([(Decimal(200 + p), Decimal(q) / 1000) for p, q in asks])
    book.bids.replace([(Decimal(p), Decimal(q) / 1000) for p, q in bids])
    quantity = Decimal(thousandths) / 1000
    receipt = receipt_of(
        limit(side, str(price), str(quantity)),
        RULES,
        book,
        fees=FEES,
        free_base=Decimal(10**6),
        free_quote=Decimal(10**9),
    )
    # by hand: integers in thousandths, best price first
    if side is Side.BUY:
        reachable = sorted((200 + p, q) for p, q in asks if 200 + p <= price)
        everything = sum(q for _, q in asks)
    else:
        reachable = sorted(((p, q) for p, q in bids if p >= price), reverse=True)
        everything = sum(q for _, q in bids)
    left, value, worst = thousandths, 0, None
    for level, size in reachable:
        if left == 0:
            break
        take = min(left, size)
        left, value, worst = left - take, value + take * level, level
    taken = thousandths - left
    assert receipt.taken * 1000 == taken
    assert receipt.taken_value * 1000 == value
    assert receipt.worst == worst
    assert receipt.rests * 1000 == left
    assert receipt.share == (Decimal(taken) / everything if everything else None)
    fee = (Decimal(value) * FEES.taker + Decimal(left * price) * FEES.maker) / 1000
    assert receipt.fee == fee
    sign = 1 if side is Side.BUY else -1
    assert receipt.base_after == 10**6 + sign * quantity
    assert receipt.quote_after == 10**9 - sign * Decimal(value + left * price) / 1000 - fee
