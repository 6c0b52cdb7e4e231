"""The failure taxonomy: every way in which a call to a venue can end badly, in words.

A failure says what kind it is by its class, keeps the venue's own code and words, and tells whether the
request may have been executed all the same. A write with `may_have_executed` is never repeated blindly.
"""

from __future__ import annotations

from typing import ClassVar, TypedDict, Unpack


class Facts(TypedDict, total=False):
    """What every failure may know besides its text."""

    venue: str | None
    code: str | None
    message: str | None
    http_status: int | None
    may_have_executed: bool | None


class Failure(Exception):
    """Base of all failures. `str()` gives one sentence for people, the venue's own words included."""

    _usually_executed: ClassVar[bool] = False

    def __init__(
        self,
        text: str = "",
        *,
        venue: str | None = None,
        code: str | None = None,
        message: str | None = None,
        http_status: int | None = None,
        may_have_executed: bool | None = None,
    ) -> None:
        super().__init__(text or message or type(self).__name__)
        self.text = text or message or ""
        self.venue = venue
        self.code = code
        self.message = message
        self.http_status = http_status
        self.may_have_executed = self._usually_executed if may_have_executed is None else may_have_executed

    def __str__(self) -> str:
        parts = [self.text or type(self).__name__]
        if self.message and self.message != self.text:
            parts.append(f"the venue said: {self.message}")
        if self.code:
            parts.append(f"code {self.code}")
        return parts[0] if len(parts) == 1 else f"{parts[0]} ({', '.join(parts[1:])})"


class AuthFailed(Failure):
    """The key is unknown or expired, or the signature is wrong."""


class PermissionDenied(Failure):
    """The key is valid but may not do this (permission, IP rule, account state)."""


class ClockSkew(Failure):
    """The request's time lies outside the venue's window; it was not executed."""


class RateLimited(Failure):
    """Too many requests; not executed. `retry_after` is in seconds, None when the venue names no time.

    `is_ban`: the venue takes nothing from this machine any more, until then or, without a time, for good.
    """

    def __init__(
        self, text: str = "", *, retry_after: float | None = None, is_ban: bool = False, **facts: Unpack[Facts]
    ) -> None:
        super().__init__(text, **facts)
        self.retry_after = retry_after
        self.is_ban = is_ban


class InsufficientFunds(Failure):
    """The account has too little free balance."""


class InvalidOrder(Failure):
    """The order breaks a rule. `field` names it: price, quantity, notional, type or another field."""

    def __init__(self, text: str = "", *, field: str | None = None, **facts: Unpack[Facts]) -> None:
        super().__init__(text, **facts)
        self.field = field


class OrderNotFound(Failure):
    """The venue knows no such order."""


class OrderAlreadyClosed(Failure):
    """The order is filled, cancelled or otherwise ended, so it cannot be cancelled."""


class DuplicateOrder(Failure):
    """An order with this client order id (or this very request) was taken before."""


class InstrumentNotFound(Failure):
    """The venue has no such instrument, or it does not trade."""


class VenueUnavailable(Failure):
    """The venue cannot be reached, is in maintenance, or answered a read with a server error."""


class OutcomeUnknown(Failure):
    """A write was sent and no trustworthy answer came: it may or may not have been executed."""

    _usually_executed = True


class MalformedMessage(Failure):
    """A reply or frame could not be understood."""


class NotSupported(Failure):
    """The venue does not offer this; raised before any byte is sent."""


class VenueError(Failure):
    """Any other refusal by the venue; its words are kept."""
