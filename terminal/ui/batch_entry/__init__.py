"""Entry of several limit orders between two prices."""
