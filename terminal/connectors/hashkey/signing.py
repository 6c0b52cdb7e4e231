"""Signatures of the HashKey family (PROTOCOLS 2.2): hex HMAC-SHA256 of the exact parameter bytes that travel."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import quote, urlencode

from terminal.connectors.parameters import Parameters


def encode(parameters: Parameters) -> str:
    """Return the parameters as they travel: percent-encoded, a comma left as it is (lists of ids)."""
    return urlencode(parameters, quote_via=quote, safe=",")


def signature(secret: str, query: str, body: str = "") -> str:
    """Return the signature of query and body, which are joined without a separator."""
    return hmac.new(secret.encode(), (query + body).encode(), hashlib.sha256).hexdigest()


def signed(secret: str, parameters: Parameters, timestamp: int) -> str:
    """Return the encoded parameters with `timestamp` (venue time, ms) and, last and unsigned, `signature`."""
    text = encode([*parameters, ("timestamp", str(timestamp))])
    return f"{text}&signature={signature(secret, text)}"
