from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.domain import BookSnapshot, Instrument, OrderBook, OrderStatus, Side, Trade
from terminal.ui.depth_ladder.presenter import LadderPresenter, LadderSource
from terminal.ui.depth_ladder.view import Half, LadderView, MineState, OwnOrder, RowView

D = Decimal

BTC = Instrument(venue="v", symbol="BTCUSDT", base="BTC", quote="USDT", tick_size=D("0.01"), lot_size=D("0.00001"))
BIDS = [(D("99.99"), D("1")), (D("99.98"), D("2")), (D("99.96"), D("4"))]
ASKS = [(D("100.01"), D("0.5")), (D("100.02"), D("1.5"))]


def measure(text: str) -> float:
    return sum(3.3 if letter in ".," else 7.8 for letter in text)


def book_of(bids: list[tuple[Decimal, Decimal]], asks: list[tuple[Decimal, Decimal]]) -> OrderBook:
    book = OrderBook()
    book.apply_snapshot(BookSnapshot(venue="v", symbol="BTCUSDT", bids=bids, asks=asks))
    return book


def print_at(price: str, side: Side, quantity: str = "0.0142") -> Trade:
    return Trade(venue="v", symbol="BTCUSDT", price=D(price), quantity=D(quantity), side=side, time=1)


@pytest.fixture
def presenter() -> LadderPresenter:
    """Ten rows at the tick."""
    presenter = LadderPresenter(measure)
    presenter.set_instrument(BTC)
    presenter.restore_groups({("v", "BTCUSDT"): 1})
    presenter.set_instrument(BTC)
    presenter.resize(300, 10)
    return presenter


def shown(presenter: LadderPresenter, source: LadderSource) -> LadderView:
    view = presenter.refresh(source)
    assert view is not None
    return view


def by_price(view: LadderView) -> dict[str, RowView]:
    return {row.price: row for row in view.rows}


def test_rows_are_contiguous_prices_around_the_spread_row(presenter: LadderPresenter) -> None:
    view = shown(presenter, LadderSource(book=book_of(BIDS, ASKS)))
    assert [row.price for row in view.rows] == [
        "100.05", "100.04", "100.03", "100.02", "100.01", "100.00", "99.99", "99.98", "99.97", "99.96",
    ]  # fmt: skip
    assert view.split == 5
    assert [row.half for row in view.rows] == [Half.ASK] * 5 + [Half.GAP] + [Half.BID] * 4


def test_sizes_and_sums_run_outwards_from_the_touch_through_empty_rows(presenter: LadderPresenter) -> None:
    rows = by_price(shown(presenter, LadderSource(book=book_of(BIDS, ASKS))))
    assert [rows[p].size for p in ("99.99", "99.98", "99.97", "99.96")] == ["1.00000", "2.00000", "", "4.00000"]
    assert [rows[p].sum for p in ("99.99", "99.98", "99.97", "99.96")] == ["1.000", "3.000", "3.000", "7.000"]
    assert [rows[p].sum for p in ("100.01", "100.02", "100.03")] == ["0.500", "2.000", ""]


def test_a_grouped_row_shows_bids_rounded_down_and_asks_rounded_up(presenter: LadderPresenter) -> None:
    source = LadderSource(book=book_of(BIDS, ASKS))
    shown(presenter, source)
    presenter.regroup(2)  # 5 ticks
    rows = by_price(shown(presenter, source))
    assert rows["99.95"].size == "7.00000"
    assert rows["100.05"].size == "2.00000"
    assert rows["100.00"].half is Half.GAP


def test_the_price_of_a_row_is_the_exact_price_a_click_there_sends(presenter: LadderPresenter) -> None:
    source = LadderSource(book=book_of(BIDS, ASKS))
    shown(presenter, source)
    presenter.regroup(2)
    view = shown(presenter, source)
    for slot, row in enumerate(view.rows):
        assert f"{presenter.price_at(slot):,.2f}" == row.price


def test_the_well_shows_traded_volume_on_the_half_where_a_click_would_cross(presenter: LadderPresenter) -> None:
    traded = {D("100.01"): D("1.84"), D("99.98"): D("2.35"), D("99.98001"): D("0.01"), D("80"): D("9")}
    rows = by_price(shown(presenter, LadderSource(book=book_of(BIDS, ASKS), traded=traded)))
    assert (rows["100.01"].traded, rows["99.98"].traded, rows["99.99"].traded) == ("1.84", "2.36", "")


def test_own_orders_of_one_row_are_summed_and_those_out_of_sight_counted(presenter: LadderPresenter) -> None:
    orders = [
        OwnOrder("a", Side.BUY, D("99.98"), D("0.05"), OrderStatus.OPEN),
        OwnOrder("b", Side.BUY, D("99.98"), D("0.025"), OrderStatus.PARTIALLY_FILLED),
        OwnOrder("c", Side.SELL, D("100.02"), D("1"), OrderStatus.UNKNOWN),
        OwnOrder("d", Side.SELL, D("120"), D("1"), OrderStatus.OPEN),
        OwnOrder("e", Side.BUY, D("80"), D("1"), OrderStatus.OPEN),
        OwnOrder("f", Side.BUY, D("79"), D("1"), OrderStatus.OPEN),
    ]
    view = shown(presenter, LadderSource(book=book_of(BIDS, ASKS), orders=orders))
    rows = by_price(view)
    bought, sold = rows["99.98"].mine, rows["100.02"].mine
    assert bought is not None
    assert (bought.text, bought.side, bought.state) == ("0.07500", Side.BUY, MineState.WORKING)
    assert sold is not None
    assert (sold.side, sold.state) == (Side.SELL, MineState.UNKNOWN)
    assert (view.own_above, view.own_below) == (1, 2)


def test_own_buys_and_sells_in_one_row_are_never_added_up(presenter: LadderPresenter) -> None:
    orders = [
        OwnOrder("a", Side.BUY, D("99.98"), D("0.05"), OrderStatus.OPEN),
        OwnOrder("b", Side.SELL, D("99.98"), D("0.05"), OrderStatus.PENDING_CANCEL),
    ]
    box = by_price(shown(presenter, LadderSource(book=book_of(BIDS, ASKS), orders=orders)))["99.98"].mine
    assert box is not None
    assert box.text == "2 mixed"


def test_a_spread_too_small_for_two_digits_gets_more(presenter: LadderPresenter) -> None:
    book = book_of([(D("97237.05"), D(1))], [(D("97237.06"), D(1))])
    assert shown(presenter, LadderSource(book=book)).spread.bps == "0.001 bps"


def test_the_last_print_marks_the_row_of_the_side_it_hit(presenter: LadderPresenter) -> None:
    source = LadderSource(book=book_of(BIDS, ASKS), last=print_at("100.01", Side.BUY), previous_price=D("99.99"))
    view = shown(presenter, source)
    assert {price: row.last for price, row in by_price(view).items() if row.last} == {"100.01": 1}
    assert (view.spread.unchanged, view.spread.changed, view.spread.arrow) == ("", "100.01", 1)
    assert (view.spread.spread, view.spread.bps, view.spread.size) == ("spread 0.02", "2.00 bps", "0.01420")
    presenter.regroup(2)
    view = shown(presenter, LadderSource(book=book_of(BIDS, ASKS), last=print_at("99.99", Side.SELL)))
    assert {price: row.last for price, row in by_price(view).items() if row.last} == {"99.95": -1}


def test_digits_shared_with_the_price_before_are_told_apart(presenter: LadderPresenter) -> None:
    source = LadderSource(book=book_of(BIDS, ASKS), last=print_at("100.01", Side.BUY), previous_price=D("100.05"))
    assert shown(presenter, source).spread[:2] == ("100.0", "1")


def test_a_last_price_off_the_tick_keeps_all_its_digits(presenter: LadderPresenter) -> None:
    source = LadderSource(book=book_of(BIDS, ASKS), last=print_at("100.0137", Side.BUY))
    assert shown(presenter, source).spread.changed == "100.0137"


def test_the_imbalance_is_the_bids_share_of_what_lies_near_the_touch(presenter: LadderPresenter) -> None:
    far = [*BIDS, (D("50"), D("1000"))]
    assert shown(presenter, LadderSource(book=book_of(far, ASKS))).imbalance == 78  # 7 of 9


def test_there_is_no_frame_without_a_book(presenter: LadderPresenter) -> None:
    assert presenter.refresh(LadderSource(book=OrderBook())) is None


def test_a_one_sided_book_is_shown_without_a_spread(presenter: LadderPresenter) -> None:
    view = shown(presenter, LadderSource(book=book_of(BIDS, [])))
    assert {row.half for row in view.rows} == {Half.BID, Half.GAP}
    assert (view.spread.spread, view.spread.bps, view.imbalance) == ("", "", 100)


def test_the_book_moves_under_frozen_rows_without_moving_them(presenter: LadderPresenter) -> None:
    before = shown(presenter, LadderSource(book=book_of(BIDS, ASKS)))
    presenter.viewport.frozen = True
    up = D("0.04")
    moved = book_of([(p + up, q) for p, q in BIDS], [(p + up, q) for p, q in ASKS])
    after = shown(presenter, LadderSource(book=moved))
    assert [row.price for row in after.rows] == [row.price for row in before.rows]
    assert after.split == before.split
    assert by_price(after)["100.03"].half is Half.BID


def test_an_instrument_keeps_its_group_and_another_one_gets_its_own(presenter: LadderPresenter) -> None:
    source = LadderSource(book=book_of(BIDS, ASKS))
    shown(presenter, source)
    presenter.regroup(1)
    assert presenter.group == 2
    assert presenter.groups == {("v", "BTCUSDT"): 2}
    other = Instrument(venue="v", symbol="ETHUSDT", base="ETH", quote="USDT", tick_size=D("0.01"))
    presenter.set_instrument(other)
    shown(presenter, source)
    presenter.set_instrument(BTC)
    assert presenter.group == 2


def test_regrouping_a_scrolled_ladder_stays_where_it_was(presenter: LadderPresenter) -> None:
    source = LadderSource(book=book_of(BIDS, ASKS))
    shown(presenter, source)
    presenter.viewport.scroll(200)
    middle = presenter.price_at(5)
    presenter.regroup(1)
    shown(presenter, source)
    assert abs(presenter.price_at(5) - middle) <= D("0.02")
    presenter.recentre()
    assert shown(presenter, source).split == 5


def test_saved_groups_that_are_no_groups_are_left_out(presenter: LadderPresenter) -> None:
    presenter.restore_groups({("v", "X"): 3, ("v", "Y"): 5})
    assert ("v", "X") not in presenter.groups
    assert presenter.groups[("v", "Y")] == 5


def test_tiny_prices_and_huge_sizes_keep_every_price_digit_and_name_their_unit() -> None:
    pepe = Instrument(venue="v", symbol="PEPEUSDT", base="PEPE", quote="USDT", tick_size=D("0.00000001"), lot_size=D(1))
    presenter = LadderPresenter(measure)
    presenter.set_instrument(pepe)
    presenter.resize(300, 10)
    bids = [(D("0.00000122") - n * D("0.00000001"), D(8_766_500_000 - n)) for n in range(20)]
    asks = [(D("0.00000124") + n * D("0.00000001"), D(7)) for n in range(20)]
    view = shown(presenter, LadderSource(book=book_of(bids, asks)))
    rows = by_price(view)
    assert rows["0.00000122"].size == "8,766.5"
    assert rows["0.00000124"].size == "<0.1"
    assert view.headers.bid[0] == "Bid, M PEPE"
    _, width = presenter.columns.price
    assert measure("0.00000122") <= width
    assert presenter.columns.sum[0] + presenter.columns.sum[1] == 300


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(1, 10**6)), min_size=1, max_size=60), st.integers(0, 6))
def test_the_sum_of_the_last_visible_row_is_all_that_lies_up_to_it(levels: list[tuple[int, int]], groups: int) -> None:
    presenter = LadderPresenter(measure)
    presenter.restore_groups({("v", "BTCUSDT"): 1})
    presenter.set_instrument(BTC)
    presenter.resize(300, 20)
    book = book_of([(D(100) - D(n) / 100, D(q).scaleb(-5)) for n, q in levels], ASKS)
    source = LadderSource(book=book)
    shown(presenter, source)
    presenter.regroup(groups)
    view = shown(presenter, source)
    bids = [row for row in view.rows if row.half is Half.BID and row.size]
    visible = sum((q for p, q in book.bids if presenter.grid.floor(p) >= presenter.viewport.bottom), D(0))
    if bids and presenter.viewport.top >= bids[0].row:
        assert abs(D(bids[-1].sum.lstrip("<")) - visible) <= D("0.01")
