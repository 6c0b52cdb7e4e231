"""Fathom: a desktop terminal for trading by hand on several crypto venues at once."""

__version__ = "0.1.0"
