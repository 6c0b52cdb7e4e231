"""The keys by which live state tells what changed."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from terminal.domain import InstrumentId


class Topic(Enum):
    BOOK = "book"
    TRADES = "trades"
    TICKER = "ticker"
    CANDLES = "candles"
    STREAMS = "streams"
    INSTRUMENTS = "instruments"


class Changed(NamedTuple):
    """A dirty key. `instrument` is None for STREAMS and INSTRUMENTS; `detail` is the interval of CANDLES, and of a BOOK
    the venue's price step, "" for its plain one."""

    what: Topic
    instrument: InstrumentId | None = None
    detail: str = ""
