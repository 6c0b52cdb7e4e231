"""Signatures of the ChainUp engine (PROTOCOLS 4.2): hex SHA-256 of the sorted names and values, the secret appended."""

from __future__ import annotations

import hashlib
from urllib.parse import quote, urlencode

from terminal.connectors.parameters import Parameters


def signature(secret: str, parameters: Parameters) -> str:
    """Return the signature of these parameters; names are sorted by their bytes, values taken as they are, before
    they are encoded to travel."""
    text = "".join(name + value for name, value in sorted(parameters) if value)
    return hashlib.sha256((text + secret).encode()).hexdigest()


def signed_form(key: str, secret: str, parameters: Parameters, time: int) -> str:
    """Return the form body of a user call: `api_key`, `time` (venue time, ms) and `sign` beside the parameters that
    have a value. An empty one is not signed, so it is not sent either."""
    sent = [(name, value) for name, value in parameters if value]
    sent += [("api_key", key), ("time", str(time))]
    return urlencode([*sent, ("sign", signature(secret, sent))], quote_via=quote)
