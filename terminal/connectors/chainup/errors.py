"""Reads a ChainUp reply's HTTP status and code into the failure they are (PROTOCOLS 4.3 and 4.6).

The document lists HTTP statuses alone; the codes are those that other venues of the engine publish.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from terminal.connectors.chainup.lenient import strict
from terminal.connectors.chainup.messages import Verdicts
from terminal.connectors.redaction import Redactor
from terminal.connectors.rest_client import Call, Reply, refusal
from terminal.domain.failures import (
    AuthFailed,
    Failure,
    InsufficientFunds,
    InvalidOrder,
    OrderAlreadyClosed,
    OrderNotFound,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    VenueError,
    VenueUnavailable,
)


class Meaning(NamedTuple):
    """What a code is: the failure's class, a sentence for the trader, the field of an order that it is about."""

    kind: type[Failure]
    sentence: str
    field: str | None = None


_UNKNOWN = Meaning(OutcomeUnknown, "The venue met an error of its own")
_TOO_SMALL = Meaning(InvalidOrder, "The quantity is below the venue's least", "quantity")
_TOO_LARGE = Meaning(InvalidOrder, "The quantity is above the venue's most", "quantity")
_FUNDS = Meaning(InsufficientFunds, "There is not enough free balance")
_TOO_OFTEN = Meaning(RateLimited, "Too many requests")

CODES: Mapping[str, Meaning] = MappingProxyType(
    {
        "5": Meaning(InvalidOrder, "The order was refused: check the digits of price and quantity"),
        "6": _TOO_SMALL,
        "7": _TOO_LARGE,
        "8": Meaning(OrderAlreadyClosed, "The order could not be cancelled"),
        "9": Meaning(PermissionDenied, "Trading is frozen for this account"),
        "13": _UNKNOWN,
        "19": _FUNDS,
        "22": Meaning(OrderNotFound, "The venue knows no such order"),
        "23": Meaning(InvalidOrder, "The order names no quantity", "quantity"),
        "24": Meaning(InvalidOrder, "The order names no price", "price"),
        "10034": _FUNDS,
        "10062": Meaning(InvalidOrder, "Price or quantity has too many digits"),
        "10063": _TOO_SMALL,
        "10064": Meaning(InvalidOrder, "The price or the total is below the venue's least", "notional"),
        "10067": Meaning(InvalidOrder, "The price is outside the venue's band", "price"),
        "10068": _TOO_LARGE,
        "10069": _TOO_OFTEN,
        "10071": Meaning(InvalidOrder, "The venue takes no market orders for this pair", "type"),
        "100001": _UNKNOWN,
        "100002": Meaning(VenueUnavailable, "The venue is being upgraded"),
        "100004": Meaning(InvalidOrder, "The venue could not use the request"),
        "100005": Meaning(AuthFailed, "The API key is unknown or the signature wrong; check key and secret"),
        "100007": Meaning(AuthFailed, "The API key is bound to other IP addresses than this one"),
        "110025": Meaning(PermissionDenied, "The account is locked"),
        "110041": _TOO_OFTEN,
    }
)
"""PROTOCOLS 4.6, advisory"""

STATUSES: Mapping[int, Meaning] = MappingProxyType(
    {
        400: Meaning(InvalidOrder, "The venue could not read the request"),
        401: Meaning(AuthFailed, "The API key is unknown or the signature wrong; check key and secret"),
        403: Meaning(PermissionDenied, "The key may not do this"),
        404: Meaning(VenueError, "The venue has no such address"),
        499: Meaning(InvalidOrder, "The venue refused a value of the request"),
    }
)
"""Document, "Response Status Code". 429 and 5xx are the REST client's, for every venue alike."""


class ChainUpJudge:
    """The venue's verdict on a REST reply: its code, or else its HTTP status."""

    def __init__(self, venue: str, redact: Redactor) -> None:
        self._venue = venue
        self._redact = redact

    def __call__(self, call: Call, reply: Reply) -> Failure | None:
        """Return the failure a reply states, None for success. Raises `msgspec.DecodeError` when it is not JSON."""
        try:
            verdict = Verdicts.decode(strict(reply.body))
        except msgspec.ValidationError:
            return None  # a list carries no verdict; its own decoder checks it
        except msgspec.DecodeError:
            if reply.status < 400:
                raise
            return self._failure(call, reply.status, None, None)
        code = None if verdict.code is None else str(verdict.code)[:64]
        words = self._redact(verdict.msg[:500]) if isinstance(verdict.msg, str) and verdict.msg else None
        if code in (None, "0") and reply.status < 400:
            return None
        return self._failure(call, reply.status, None if code == "0" else code, words)

    def _failure(self, call: Call, status: int, code: str | None, words: str | None) -> Failure:
        meaning = CODES.get(code or "") or STATUSES.get(status)
        if meaning is None:
            if code is None:
                return refusal(self._venue, status, message=words)
            # a code that nobody lists, in an answer that else looks well, proves nothing about a write
            unproven = call.write and status < 300
            meaning = _UNKNOWN if unproven else Meaning(VenueError, "The venue refused the request")
        kind: Callable[..., Failure] = meaning.kind
        if meaning.kind is OutcomeUnknown and not call.write:
            kind = VenueUnavailable
        elif meaning.kind is InvalidOrder:
            kind = partial(InvalidOrder, field=meaning.field) if call.about_order else VenueError
        return kind(meaning.sentence, venue=self._venue, code=code, message=words, http_status=status)
