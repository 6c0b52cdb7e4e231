"""The watchlist: instruments of all venues, grouped by pair."""
