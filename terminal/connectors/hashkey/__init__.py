"""The HashKey protocol family: one connector, one profile per venue."""
