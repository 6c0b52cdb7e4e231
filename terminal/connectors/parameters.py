"""Request parameters and API keys as every venue takes them: name and value as text."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.domain.failures import AuthFailed
from terminal.domain.venue import Credentials

Parameters = Sequence[tuple[str, str]]


def pairs(*fields: tuple[str, object | None]) -> Sequence[tuple[str, str]]:
    """Return the parameters that have a value, as text."""
    return [(name, str(value)) for name, value in fields if value is not None]


def key_and_secret(venue: str, credentials: Credentials | None) -> tuple[str, str]:
    """Return what requests are signed with.

    Raises `AuthFailed` when the key or the secret is missing, or holds what cannot travel: anything but printable
    ASCII characters.
    """
    if credentials is None or not credentials.key or not credentials.secret:
        raise AuthFailed("This needs an API key and its secret", venue=venue)
    for name, value in (("key", credentials.key), ("secret", credentials.secret)):
        # both come by copy and paste: what came along is told, never cut off silently
        if not all("!" <= character <= "~" for character in value):
            text = (
                f"The API {name} contains a character that cannot be part of a {name}"
                " (a space, a line break, an invisible character or a letter with an accent, for example)"
            )
            raise AuthFailed(text, venue=venue)
    return credentials.key, credentials.secret
