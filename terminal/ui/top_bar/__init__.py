"""The bar over the docks: instrument, price, day, equity, venues, arming, environment."""
