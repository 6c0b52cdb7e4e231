"""Keeps arrays and indicators in step with a live candle series at the cost of what changed."""

from __future__ import annotations

from terminal.domain import Candle
from terminal.market.candles import CandleSeries
from terminal.ui.kline_chart.arrays import CandleArrays
from terminal.ui.kline_chart.slots import TimeSlots
from terminal.ui.kline_chart.studies import Study, StudyKind


class ChartSeries:
    """One candle series as the chart draws it."""

    def __init__(self, series: CandleSeries) -> None:
        self.source = series
        self.arrays = CandleArrays(TimeSlots(series.interval))
        self.studies: list[Study] = []
        self._version: int | None = None

    @property
    def slots(self) -> TimeSlots:
        return self.arrays.slots

    def candle(self, index: int) -> Candle:
        return self.source.candles[index]

    def set_studies(self, kinds: list[StudyKind]) -> None:
        """Show these indicators; those already there keep their values."""
        known = {study.kind.key: study for study in self.studies}
        self.studies = []
        for kind in kinds:
            study = known.get(kind.key)
            if study is None:
                study = Study(kind)
                study.load(self.arrays.close)
            self.studies.append(study)

    def sync(self) -> bool:
        """Take over what changed in the series since the last call; False when nothing did."""
        series, seen = self.source, self._version
        if seen == series.version:
            return False
        self._version = series.version
        change = None if seen is None else series.changes_since(seen)
        if change is None or not self.arrays.count or change.start == 0:
            self._load()
            return True
        if change.prepended:
            self.arrays.prepend(series.candles[: change.prepended])
            for study in self.studies:
                study.prepended(change.prepended, self.arrays.close)
        if change.start is not None:
            self.arrays.replace_from(change.start, series.candles[change.start :])
            for study in self.studies:
                study.follow(self.arrays.close, change.start)
        return True

    def fill_studies(self, first: int) -> bool:
        """Compute a block of missing indicator history; True when all is known from index `first` on."""
        return all(study.fill(self.arrays.close, first) for study in self.studies)

    def _load(self) -> None:
        candles = self.source.candles
        interval = self.source.interval
        slots = TimeSlots.starting_at(interval, candles[0].time) if candles else TimeSlots(interval)
        self.arrays = CandleArrays(slots)
        self.arrays.replace_from(0, candles)
        for study in self.studies:
            study.load(self.arrays.close)
