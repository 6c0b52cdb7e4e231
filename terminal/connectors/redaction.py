"""Takes secrets out of texts that are recorded, logged or shown."""

from __future__ import annotations

import re

_MARK = "***"
_PARAMETER = re.compile(r"\b(signature|sign|listenKey|api_key)=([^&\s\"]+)")
_FIELD = re.compile(r'("(?:signature|sign|listenKey|api_key)"\s*:\s*)"[^"]*"')


class Redactor:
    """Replaces known secrets, signatures and listen keys by ***. Short texts are never taken for a secret."""

    def __init__(self) -> None:
        self._secrets: list[str] = []

    def add(self, secret: str | None) -> None:
        """Remember one more secret."""
        if secret is not None and len(secret) >= 4 and secret not in self._secrets:
            self._secrets.append(secret)

    def replace(self, old: str | None, new: str) -> None:
        """Remember `new` in place of `old`, a session secret that is no longer used."""
        if old in self._secrets:
            self._secrets.remove(old)
        self.add(new)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _MARK)
        text = _PARAMETER.sub(rf"\1={_MARK}", text)
        return _FIELD.sub(rf'\1"{_MARK}"', text)
