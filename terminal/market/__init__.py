"""Live market state: books, trades, tickers and candles of every watched instrument; never Qt."""
