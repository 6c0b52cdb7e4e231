"""Reads a HashKey reply's code and words into the failure they are (PROTOCOLS 2.9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import msgspec

from terminal.connectors.hashkey.endpoints import HashKeyProfile
from terminal.connectors.hashkey.error_codes import ERROR_CODES, Class, Meaning
from terminal.connectors.hashkey.messages import Verdict, Verdicts
from terminal.connectors.redaction import Redactor
from terminal.connectors.rest_client import Call, Reply, refusal
from terminal.domain.failures import (
    AuthFailed,
    ClockSkew,
    DuplicateOrder,
    Failure,
    InstrumentNotFound,
    InsufficientFunds,
    InvalidOrder,
    NotSupported,
    OrderAlreadyClosed,
    OrderNotFound,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    VenueError,
    VenueUnavailable,
)

_KINDS: Mapping[Class, type[Failure]] = MappingProxyType(
    {
        Class.AUTH: AuthFailed,
        Class.PERMISSION: PermissionDenied,
        Class.CLOCK_SKEW: ClockSkew,
        Class.RATE_LIMIT: RateLimited,
        Class.INSUFFICIENT_FUNDS: InsufficientFunds,
        Class.BAD_SYMBOL: InstrumentNotFound,
        Class.UNKNOWN_ORDER: OrderNotFound,
        Class.ALREADY_DONE: OrderAlreadyClosed,
        Class.DUPLICATE: DuplicateOrder,
        Class.UNAVAILABLE: VenueUnavailable,
        Class.UNSUPPORTED: NotSupported,
    }
)

_ORDER_FIELDS: Mapping[Class, str | None] = MappingProxyType(
    {
        Class.BAD_PRICE: "price",
        Class.BAD_QUANTITY: "quantity",
        Class.BAD_NOTIONAL: "notional",
        Class.WOULD_CROSS: "price",
        Class.BAD_REQUEST: None,
    }
)
_FIELD_OF_CODE: Mapping[str, str] = MappingProxyType(
    {
        "0206": "type",
        "-1014": "type",
        "-1115": "time_in_force",
        "-1117": "side",
        "-1123": "client_order_id",
        "-1129": "quantity",
        "-1163": "address",
        "-1172": "from_account",
        "-1173": "to_account",
        "-1174": "to_account",
        "-1204": "from_account",
    }
)

_UNLISTED = Meaning(Class.REJECTED, "The venue refused the request")


def failure_of(
    venue: str,
    code: str,
    message: str | None,
    *,
    write: bool,
    about_order: bool,
    http_status: int | None = None,
    codes: Mapping[str, Meaning] = ERROR_CODES,
) -> Failure | None:
    """Return the failure that a code means in a venue's table of `codes`, None for success.

    Codes that leave the outcome open are OutcomeUnknown for a write and VenueUnavailable for a read. A code
    the document does not list is a refusal with the venue's words kept, unless it came with a 2xx answer to a
    write, which proves nothing.
    """
    if code == "0001" and message is not None and "signature" in message.casefold():
        meaning = Meaning(Class.AUTH, "The request's signature is wrong; check the API secret")
    else:
        listed = codes.get(code)
        unproven = listed is None and write and http_status is not None and http_status < 300
        meaning = Meaning(Class.OUTCOME_UNKNOWN, "The venue answered in an unknown way") if unproven else _UNLISTED
        meaning = listed or meaning
    if meaning.kind is Class.SUCCESS:
        return None
    make: Callable[..., Failure]
    if meaning.kind is Class.OUTCOME_UNKNOWN:
        make = OutcomeUnknown if write else VenueUnavailable
    elif meaning.kind in _ORDER_FIELDS and about_order:
        field = _FIELD_OF_CODE.get(code, _ORDER_FIELDS[meaning.kind])
        make = partial(InvalidOrder, field=field)
    else:
        make = _KINDS.get(meaning.kind, VenueError)
    return make(meaning.sentence, venue=venue, code=code, message=message, http_status=http_status)


def entry_failure(profile: HashKeyProfile, code: object, words: object) -> Failure | None:
    """Return the failure that one entry of a batch's answer states about its order, None for success."""
    known = code_text(code)
    if known is None:
        return None
    message = words if isinstance(words, str) and words else None
    return failure_of(
        profile.venue,
        known,
        message,
        write=True,
        about_order=True,
        http_status=400,
        codes=profile.error_codes,
    )


class HashKeyJudge:
    """The venue's verdict on a REST reply: its code, or `success: false`."""

    def __init__(self, venue: str, redact: Redactor, codes: Mapping[str, Meaning] = ERROR_CODES) -> None:
        self._venue = venue
        self._codes = codes
        self._redact = redact

    def __call__(self, call: Call, reply: Reply) -> Failure | None:
        """Return the failure a reply states, None for success. Raises `msgspec.DecodeError` when it is not JSON."""
        try:
            verdict = Verdicts.decode(reply.body)
        except msgspec.ValidationError:
            return None  # a list carries no verdict; its own decoder checks it
        code, message = code_of(verdict), words_of(verdict)
        if message is not None:
            message = self._redact(message)
        if code is not None:
            failure = failure_of(
                self._venue,
                code,
                message,
                write=call.write,
                about_order=call.about_order,
                http_status=reply.status,
                codes=self._codes,
            )
            if failure is not None:
                return failure
        if verdict.success is False or reply.status >= 400:
            return refusal(self._venue, reply.status, code=code, message=message)
        return None


def code_of(verdict: Verdict) -> str | None:
    """Return the code as text; None for success in any spelling (absent, 0, "0", "0000", 200)."""
    return code_text(verdict.code if verdict.code is not None else verdict.error_code)


def code_text(code: object) -> str | None:
    """Return one code as text; None for success."""
    if code is None or code in ("", "0", "0000", "200", 0, 200):
        return None
    if type(code) is int and 0 < code < 10_000:
        return f"{code:04d}"  # the document's positive codes are four digits long
    return str(code)[:64]


def words_of(verdict: Verdict) -> str | None:
    """Return the venue's own words, whichever field holds them."""
    for words in (verdict.msg, verdict.message, verdict.error_msg, verdict.desc):
        if isinstance(words, str) and words:
            return words[:500]
    return None
