"""Faults: what may go wrong between a venue and its client, switched on by rules.

A rule is given on the command line (`--fault SPEC`) or posted to the admin endpoint as an object. SPEC is
`kind[,name=value...]`, for instance `5xx,when=after,method=POST,path=/api/v1.1/spot/order,count=1`.

Kinds for requests: `drop` (connection closed without an answer), `delay` (ms), `reject` (code, message), `429` and
`418` (retry_after), `5xx` (status), `garbage` (a body that is not JSON), `stale` (the previous answer again).
Kinds for stream frames: `drop` (the socket is closed), `delay`, `duplicate`, `gap` (frame left out), `reorder` (sent
after the next one), `garbage`, `silence` (open, nothing sent, no pong either).
Kinds for the contents of both: `crossed`, `nan`, `negative`, `unknown_enum`, `extra_fields`, `wrong_type`.
`skew` moves the venue's clock by `ms` while the rule stands.

A rule matches by `method`, `path` (a `*` matches anything) and `channel` (a topic, an event name, or `public` or
`private` for a whole stream) and `symbol`. A rule with a path or method is for requests only, one with a channel
for frames only. `when` is `before` or `after` acceptance, `skip` leaves the first matches alone, `count` ends the
rule after so many (none: until cleared), `probability` is drawn at each match from the seeded source.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from fnmatch import fnmatchcase


class FaultKind(StrEnum):
    DROP = "drop"
    DELAY = "delay"
    REJECT = "reject"
    RATE_LIMIT = "429"
    BAN = "418"
    SERVER_ERROR = "5xx"
    STALE = "stale"
    GARBAGE = "garbage"
    DUPLICATE = "duplicate"
    GAP = "gap"
    REORDER = "reorder"
    SILENCE = "silence"
    SKEW = "skew"
    CROSSED = "crossed"
    NAN = "nan"
    NEGATIVE = "negative"
    UNKNOWN_ENUM = "unknown_enum"
    EXTRA_FIELDS = "extra_fields"
    WRONG_TYPE = "wrong_type"


CONTENT_KINDS = frozenset(
    {
        FaultKind.CROSSED,
        FaultKind.NAN,
        FaultKind.NEGATIVE,
        FaultKind.UNKNOWN_ENUM,
        FaultKind.EXTRA_FIELDS,
        FaultKind.WRONG_TYPE,
    }
)
"""Kinds that change what a body or frame says, see `corruption`."""

_REQUEST_ONLY = frozenset(
    {FaultKind.REJECT, FaultKind.RATE_LIMIT, FaultKind.BAN, FaultKind.SERVER_ERROR, FaultKind.STALE}
)
_STREAM_ONLY = frozenset({FaultKind.DUPLICATE, FaultKind.GAP, FaultKind.REORDER, FaultKind.SILENCE})


@dataclass(slots=True, kw_only=True)
class FaultRule:
    """One rule; the field names are those of SPEC and of the posted object. `fired` counts its uses."""

    kind: FaultKind
    when: str = "before"
    method: str | None = None
    path: str | None = None
    channel: str | None = None
    symbol: str | None = None
    skip: int = 0
    count: int | None = None
    probability: float = 1.0
    ms: int = 0
    status: int = 503
    code: str | None = None
    message: str | None = None
    retry_after: int = 60
    fired: int = 0

    def __post_init__(self) -> None:
        self.kind = FaultKind(self.kind)
        if self.when not in ("before", "after"):
            raise ValueError(f"fault {self.kind}: when must be before or after, not {self.when!r}")
        if not 0 <= self.probability <= 1:
            raise ValueError(f"fault {self.kind}: probability must lie between 0 and 1")
        if not 500 <= self.status <= 599:
            raise ValueError(f"fault {self.kind}: status must be a 5xx code")
        for name in ("skip", "retry_after"):
            if getattr(self, name) < 0:
                raise ValueError(f"fault {self.kind}: {name} must not be negative")
        if self.count is not None and self.count < 1:
            raise ValueError(f"fault {self.kind}: count must be at least 1")

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> FaultRule:
        """Build a rule from a posted object. Raises ValueError naming the field and what it must be."""
        known = {field.name for field in fields(cls)} - {"fired"}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(f"fault: unknown field {unknown[0]!r}; known are {', '.join(sorted(known))}")
        if "kind" not in values:
            raise ValueError("fault: the field 'kind' is missing")
        whole = {"skip": 0, "ms": 0, "status": 503, "retry_after": 60}
        kind = str(values["kind"])
        if kind not in [known.value for known in FaultKind]:
            raise ValueError(f"fault: kind {kind!r} is unknown; known are {', '.join(FaultKind)}")
        return cls(
            kind=FaultKind(kind),
            when=str(values.get("when", "before")),
            method=_text(values, "method"),
            path=_text(values, "path"),
            channel=_text(values, "channel"),
            symbol=_text(values, "symbol"),
            count=_whole(values, "count", 1) if values.get("count") is not None else None,
            probability=_fraction(values, "probability"),
            code=_text(values, "code"),
            message=_text(values, "message"),
            **{name: _whole(values, name, default) for name, default in whole.items()},
        )

    @classmethod
    def parse(cls, spec: str) -> FaultRule:
        """Build a rule from a command-line SPEC. Raises ValueError like `from_mapping`."""
        kind, *pairs = spec.split(",")
        values: dict[str, object] = {"kind": kind.strip()}
        for pair in pairs:
            name, equals, value = pair.partition("=")
            if not equals:
                raise ValueError(f"fault: {pair!r} is not name=value")
            values[name.strip()] = value.strip()
        return cls.from_mapping(values)

    def for_request(self, method: str, path: str) -> bool:
        if self.kind in _STREAM_ONLY or self.kind is FaultKind.SKEW or self.channel is not None:
            return False
        if self.method is not None and self.method.upper() != method:
            return False
        return self.path is None or fnmatchcase(path, self.path)

    def for_frame(self, group: str, channel: str, symbol: str | None) -> bool:
        if self.kind in _REQUEST_ONLY or self.kind is FaultKind.SKEW:
            return False
        if self.path is not None or self.method is not None:
            return False
        if self.symbol is not None and self.symbol != symbol:
            return False
        return self.channel is None or self.channel in (group, channel)

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def _text(values: Mapping[str, object], name: str) -> str | None:
    value = values.get(name)
    return None if value is None or value == "" else str(value)


def _whole(values: Mapping[str, object], name: str, default: int) -> int:
    value = values.get(name, default)
    try:
        return int(str(value))
    except ValueError:
        raise ValueError(f"fault: {name} must be a whole number, not {value!r}") from None


def _fraction(values: Mapping[str, object], name: str) -> float:
    value = values.get(name, 1.0)
    try:
        return float(str(value))
    except ValueError:
        raise ValueError(f"fault: {name} must be a number, not {value!r}") from None


class FaultBoard:
    """The rules that stand now, in the order they were set. Each match draws from one seeded source."""

    def __init__(self, rules: Iterable[FaultRule] = (), *, seed: int = 0) -> None:
        self._rules = list(rules)
        self._random = random.Random(seed)

    @property
    def rules(self) -> tuple[FaultRule, ...]:
        return tuple(self._rules)

    @property
    def is_quiet(self) -> bool:
        """No rule stands: callers on a hot path need not ask further."""
        return not self._rules

    @property
    def skew_ms(self) -> int:
        return sum(rule.ms for rule in self._rules if rule.kind is FaultKind.SKEW)

    def add(self, rule: FaultRule) -> None:
        self._rules.append(rule)

    def clear(self, kind: FaultKind | None = None) -> None:
        self._rules = [] if kind is None else [rule for rule in self._rules if rule.kind is not kind]

    def on_request(self, method: str, path: str) -> list[FaultRule]:
        """Return the rules that hit this request, each counted as used."""
        if not self._rules:
            return []
        return [rule for rule in self._rules if rule.for_request(method, path) and self._fires(rule)]

    def on_frame(self, group: str, channel: str, symbol: str | None = None) -> list[FaultRule]:
        """Return the rules that hit this frame of a topic or event; `group` is `public` or `private`."""
        if not self._rules:
            return []
        return [rule for rule in self._rules if rule.for_frame(group, channel, symbol) and self._fires(rule)]

    def is_silent(self, group: str) -> bool:
        """Tell whether a whole stream is silenced, its pings and pongs included."""
        return any(
            rule.kind is FaultKind.SILENCE and rule.symbol is None and rule.channel in (None, group)
            for rule in self._rules
        )

    def _fires(self, rule: FaultRule) -> bool:
        if rule.skip > 0:
            rule.skip -= 1
            return False
        if rule.count is not None and rule.fired >= rule.count:
            return False
        if rule.probability < 1 and self._random.random() >= rule.probability:
            return False
        rule.fired += 1
        return True
