"""What the journal holds: records as values, and their exact text form (JSON, numbers as strings)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from terminal.domain import Fill, TransferRequest
from terminal.trading.desk_order import DeskOrder, OrderKey

FillId = tuple[str, str, str]
"""(account, order_id, trade_id): what a fill is counted once by."""


class RecordKind(StrEnum):
    INTENT = "intent"  # written and synced before an order is sent
    REPLY = "reply"  # how the send ended: accepted, refused, unknown
    REPORT = "report"  # the venue's word about an order: stream, query or listing
    FILL = "fill"
    CANCEL = "cancel"  # written before a cancel is sent
    CANCEL_REPLY = "cancel_reply"
    CONCLUSION = "conclusion"  # what an unknown outcome turned out to be, with the evidence
    MERGED = "merged"  # an order taken for one placed elsewhere was ours
    RECONCILIATION = "reconciliation"
    TRANSFER = "transfer"  # written and synced before assets are moved between own accounts
    TRANSFER_REPLY = "transfer_reply"  # how that ended: done, refused, unknown, found in the statement


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRecord:
    """One entry. `state` is the order after it, `dropped` the key of an order that was merged into another,
    `reconciled` the ms up to which the account's history is known. `body` never holds a secret."""

    kind: RecordKind
    account: str
    time: int
    key: OrderKey | None = None
    body: Mapping[str, object] = field(default_factory=dict)
    state: DeskOrder | None = None
    fill: Fill | None = None
    dropped: OrderKey | None = None
    reconciled: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What the journal knows at start: every working order, the newest ended ones (oldest first), the newest
    fills (oldest first) and, by account, until when (ms) its history was reconciled."""

    orders: list[DeskOrder]
    fills: list[tuple[str, Fill]]
    reconciled: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRecord:
    """A transfer between own accounts as the journal has it: `outcome` and `text` are those of its last reply, None
    when it ended without one."""

    key: str
    account: str
    time: int
    request: TransferRequest
    outcome: str | None = None
    text: str | None = None


class _TransferBody(msgspec.Struct):
    request: TransferRequest


class _ReplyBody(msgspec.Struct):
    outcome: str
    text: str = ""


_transfer_decoder = msgspec.json.Decoder(_TransferBody)
_transfer_reply_decoder = msgspec.json.Decoder(_ReplyBody)
_order_decoder = msgspec.json.Decoder(DeskOrder)
_fill_decoder = msgspec.json.Decoder(Fill)
_encode = msgspec.json.Encoder().encode


def encode(value: object) -> str:
    return _encode(value).decode()


def decode_order(text: str) -> DeskOrder:
    """Raises msgspec.DecodeError for text that is not an order."""
    return _order_decoder.decode(text)


def decode_transfer(text: str) -> TransferRequest:
    """Raises msgspec.DecodeError for text that is not the body of a transfer."""
    return _transfer_decoder.decode(text).request


def decode_transfer_reply(text: str) -> tuple[str, str]:
    """Return outcome and words. Raises msgspec.DecodeError for text that is not the body of a reply."""
    reply = _transfer_reply_decoder.decode(text)
    return reply.outcome, reply.text


def decode_fill(text: str) -> Fill:
    """Raises msgspec.DecodeError for text that is not a fill."""
    return _fill_decoder.decode(text)
