"""Replays recorded sessions through the engine: books, prints and candles as they were, at any speed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from heapq import merge
from pathlib import Path

from terminal.domain import Instrument, Trade
from terminal.domain.numbers import ZERO
from terminal.simulator.candles import CandleStore, SimCandle
from terminal.simulator.matching_engine import MatchingEngine
from terminal.simulator.replay_book import RecordedBook
from terminal.simulator.replay_files import (
    BookMessage,
    Event,
    RecordedMinute,
    RecordedTrade,
    Recording,
    open_recording,
)

_MINUTE = 60_000
_MOST_EVENTS = 5_000
"""Events that one step plays at most, so that a long pause does not hold up whoever steps."""

_QUOTES = ("USDT", "USDC", "USD", "AED", "EUR", "CRO", "BTC", "ETH")
# a book message at the same millisecond as a print already tells what the print took
_RANK: dict[type[Event], int] = {RecordedMinute: 0, RecordedTrade: 1, BookMessage: 2}


def open_recordings(paths: Iterable[Path], spell: Callable[[str], str] = str) -> tuple[Recording, ...]:
    """Check recorded files, their symbols spelled as the venue does.

    Raises ValueError naming file, line and rule, OSError if one cannot be read.
    """
    recordings = tuple(open_recording(Path(path), spell) for path in paths)
    if not recordings:
        raise ValueError("a replay needs at least one recorded file")
    return recordings


def replayed_instruments(
    venue: str, recordings: Iterable[Recording], known: Sequence[Instrument] = ()
) -> tuple[Instrument, ...]:
    """Return the instruments that the recordings are about, with ticks and lots as fine as the recorded digits.

    Other rules come from the instrument of that symbol among `known`; a symbol that is not there has none.
    """
    steps: dict[str, tuple[Decimal, Decimal]] = {}
    for recording in recordings:
        for symbol, (tick, lot) in recording.steps.items():
            other = steps.get(symbol, (tick, lot))
            steps[symbol] = (min(tick, other[0]), min(lot, other[1]))
    rules = {instrument.symbol: instrument for instrument in known}
    return tuple(
        replace(rules.get(symbol) or _bare_instrument(venue, symbol), tick_size=tick, lot_size=lot)
        for symbol, (tick, lot) in steps.items()
    )


class ReplayFlow:
    """Plays recordings in the order of their times; several files may be about one symbol or about many."""

    def __init__(
        self,
        engine: MatchingEngine,
        candles: CandleStore,
        recordings: Sequence[Recording],
        *,
        now: int,
        speed: float = 1.0,
        rebase: bool = False,
    ) -> None:
        """Give the recordings' instruments to engine and candles, and play what stands at their first moment.

        `speed` is recorded time over real time. `rebase` moves all times so that the recording begins `now` (with
        candles among the files by whole minutes, so up to a minute before). Candles that closed before the first
        book message or print are history. Raises ValueError for a speed that is not positive.
        """
        if speed <= 0:
            raise ValueError(f"speed must be positive, not {speed}")
        self._engine = engine
        self._candles = candles
        self._speed = speed
        self._began = now
        instruments = replayed_instruments(engine.venue, recordings, list(engine.instruments.values()))
        for instrument in instruments:
            engine.set_instrument(instrument)
            candles.restart(instrument)
        self._symbols = {instrument.symbol for instrument in instruments}
        self._books = {symbol: RecordedBook(engine, symbol) for symbol in self._symbols}
        with_klines = {symbol for recording in recordings if recording.kind == "klines" for symbol in recording.steps}
        self._candles_from_trades = self._symbols - with_klines
        engine.listen_to_trades(self._on_trade)
        live = [recording.start for recording in recordings if recording.kind != "klines"]
        self._start = min(live or [recording.start + _MINUTE for recording in recordings])
        shift = now - self._start if rebase else 0
        self._shift = shift // _MINUTE * _MINUTE if with_klines else shift
        self._events = _in_order(recordings)
        self._next = next(self._events, None)
        while self._next is not None and self._next.time <= self._start:
            self._play()

    @property
    def shift(self) -> int:
        """By how many ms the recorded times are moved."""
        return self._shift

    @property
    def finished(self) -> bool:
        """All that was recorded has been played."""
        return self._next is None

    def fill(self) -> Iterator[None]:
        """Nothing is left to fill: what stands at the first moment has been played."""
        yield from ()

    def step(self, now: int) -> None:
        """Play what was recorded up to `now` (real ms), in real time times speed."""
        due = self._start + int((now - self._began) * self._speed)
        played = 0
        while self._next is not None and self._next.time <= due and played < _MOST_EVENTS:
            self._play()
            played += 1
        if self._next is not None:
            # after the end no empty bars follow: the last candle stays the recorded one
            self._candles.on_time(min(due, self._next.time) + self._shift, self._candles_from_trades)

    def _play(self) -> None:
        event = self._next
        self._next = next(self._events, None)
        if isinstance(event, BookMessage):
            self._books[event.symbol].apply(event)
        elif isinstance(event, RecordedTrade):
            self._engine.print_trade(
                Trade(
                    venue=self._engine.venue,
                    symbol=event.symbol,
                    price=event.price,
                    quantity=event.quantity,
                    side=event.side,
                    time=event.time + self._shift,
                    id=event.id,
                )
            )
        elif isinstance(event, RecordedMinute):
            self._candles.add_minute(event.symbol, _candle(event, self._shift))

    def _on_trade(self, trade: Trade) -> None:
        if trade.symbol in self._candles_from_trades:
            self._candles.on_trade(trade)


def _in_order(recordings: Sequence[Recording]) -> Iterator[Event]:
    return merge(*(recording.events() for recording in recordings), key=_order)


def _order(event: Event) -> tuple[int, int]:
    return event.time, _RANK[type(event)]


def _candle(minute: RecordedMinute, shift: int) -> SimCandle:
    # klines tell neither quote volume nor taker's part: the value is taken at the middle of the bar
    value = minute.volume * (minute.high + minute.low) / 2
    return SimCandle(
        minute.opened + shift,
        minute.open,
        minute.high,
        minute.low,
        minute.close,
        minute.volume,
        value,
        0,
        ZERO,
        ZERO,
    )


def _bare_instrument(venue: str, symbol: str) -> Instrument:
    base, _, quote = symbol.upper().partition("_")
    if not quote or quote == "PERP":
        quote = next((known for known in _QUOTES if base.endswith(known) and base != known), "")
        base = base[: len(base) - len(quote)]
    return Instrument(venue=venue, symbol=symbol, base=base, quote=quote or "USD")
