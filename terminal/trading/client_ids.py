"""Client order ids: short, unique over restarts, letters and digits only."""

from __future__ import annotations

import secrets

from terminal.trading.topics import Clock

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # base 32 without I, L, O, U: cannot be misread
_RANDOM_DIGITS = 6


class ClientIds:
    """Mints ids such as F1HQZ8T3KA0XW4PM9: "F", the ms, and 30 random bits so that two machines do not collide."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def mint(self) -> str:
        # one id per ms and process: the time part alone is unique here
        self._last = max(self._clock(), self._last + 1)
        return "F" + _base32(self._last, 10) + _base32(secrets.randbits(5 * _RANDOM_DIGITS), _RANDOM_DIGITS)


def _base32(value: int, digits: int) -> str:
    text = ""
    for _ in range(digits):
        value, digit = divmod(value, 32)
        text = _ALPHABET[digit] + text
    return text
