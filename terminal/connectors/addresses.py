"""Which base URLs a connector may use: the venue's own, or the caller's overrides, never a mixture."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from terminal.domain.failures import NotSupported
from terminal.domain.venue import Endpoints


def is_loopback(url: str) -> bool:
    """Tell whether a URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def resolve(venue: str, own: Endpoints, overrides: Endpoints | None) -> Endpoints:
    """Return the base URLs to use: all of the venue's own, or only the overrides once there is one.

    Raises `NotSupported` for an override that is not a base URL, or that is not encrypted and not on loopback.
    """
    if overrides is None or (overrides.rest is None and overrides.stream is None and overrides.private_stream is None):
        return own
    return Endpoints(
        rest=_checked(venue, "rest", overrides.rest, "http", "https"),
        stream=_checked(venue, "stream", overrides.stream, "ws", "wss"),
        private_stream=_checked(venue, "private_stream", overrides.private_stream, "ws", "wss"),
    )


def required(venue: str, name: str, url: str | None) -> str:
    """Return the base URL, or raise `NotSupported` when overrides left it out."""
    if url is None:
        raise NotSupported(f"No {name} endpoint is given, and the venue's own is not mixed with overrides", venue=venue)
    return url


def _checked(venue: str, name: str, url: str | None, plain: str, encrypted: str) -> str | None:
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in (plain, encrypted) or not parts.hostname:
        raise NotSupported(f"Endpoint {name} must be a {encrypted}:// or loopback {plain}:// base URL", venue=venue)
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password:
        raise NotSupported(f"Endpoint {name} must be a base URL without path, query or user", venue=venue)
    if parts.scheme == plain and not is_loopback(url):
        raise NotSupported(f"Endpoint {name}: {plain}:// is for loopback only, use {encrypted}://", venue=venue)
    return f"{parts.scheme}://{parts.netloc}"
