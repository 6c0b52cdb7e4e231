"""Accounts: who we are at each venue. Credentials are held here and nowhere else."""
