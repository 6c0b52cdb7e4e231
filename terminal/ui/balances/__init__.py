"""Balances of all accounts and what they are worth."""
