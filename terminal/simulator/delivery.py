"""Hands frames to sockets through the faults: dropped, doubled, held back, delayed, garbled or changed on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial

import msgspec

from terminal.simulator.corruption import Json, PayloadKeys, corrupt
from terminal.simulator.faults import CONTENT_KINDS, FaultBoard, FaultKind, FaultRule
from terminal.simulator.sockets import ClientSocket

Packing = Callable[[bytes], tuple[bytes, bool]]
"""Turns an encoded frame into what travels: (bytes, whether it is a binary frame)."""


class Delivery:
    """Sends the frames of one stream (`public` or `private`)."""

    def __init__(self, group: str, faults: FaultBoard, keys: PayloadKeys) -> None:
        self._group = group
        self._faults = faults
        self._keys = keys
        self._held: dict[str, tuple[list[ClientSocket], bytes, bool]] = {}

    def send(
        self,
        sockets: Iterable[ClientSocket],
        channel: str,
        payload: object,
        *,
        symbol: str | None = None,
        key: str | None = None,
        packing: Packing | None = None,
    ) -> None:
        """Encode `payload` once and queue it for all `sockets`; one with a `key` replaces an unsent older one."""
        rules = [] if self._faults.is_quiet else self._faults.on_frame(self._group, channel, symbol)
        if not rules and channel not in self._held:
            frame, binary = _pack(msgspec.json.encode(payload), packing)
            for socket in sockets:
                socket.send(frame, key=key, binary=binary)
            return
        self._send_faulty(list(sockets), channel, payload, rules, packing)

    def _send_faulty(
        self,
        sockets: list[ClientSocket],
        channel: str,
        payload: object,
        rules: list[FaultRule],
        packing: Packing | None,
    ) -> None:
        kinds = {rule.kind for rule in rules}
        if FaultKind.DROP in kinds:
            for socket in sockets:
                socket.abort()
            return
        if kinds & {FaultKind.GAP, FaultKind.SILENCE}:
            return
        plain: Json = msgspec.json.decode(msgspec.json.encode(payload))
        for kind in kinds & CONTENT_KINDS:
            plain = corrupt(plain, kind, self._keys)
        encoded = msgspec.json.encode(plain)
        if FaultKind.GARBAGE in kinds:
            encoded = encoded[: len(encoded) // 2]
        frame, binary = _pack(encoded, packing)
        if FaultKind.REORDER in kinds and channel not in self._held:
            self._held[channel] = (sockets, frame, binary)
            return
        copies = 2 if FaultKind.DUPLICATE in kinds else 1
        # a faulty frame goes without a key: it must arrive, not be replaced
        deliver = partial(_deliver, sockets, frame, binary, copies)
        delay = sum(rule.ms for rule in rules if rule.kind is FaultKind.DELAY)
        if delay > 0:
            asyncio.get_running_loop().call_later(delay / 1000, deliver)
        else:
            deliver()
        held = self._held.pop(channel, None)
        if held is not None:
            _deliver(*held, 1)


def _pack(encoded: bytes, packing: Packing | None) -> tuple[bytes, bool]:
    return (encoded, False) if packing is None else packing(encoded)


def _deliver(sockets: list[ClientSocket], frame: bytes, binary: bool, copies: int) -> None:
    for socket in sockets:
        for _ in range(copies):
            socket.send(frame, binary=binary)
