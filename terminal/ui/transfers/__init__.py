"""Wallets of every account: transfers between own accounts, deposits, withdrawals, statements."""
