"""What a venue is and can do, where it is reached, and who we are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from terminal.domain.kinds import (
    Channel,
    OrderType,
    SelfTradePrevention,
    Side,
    StreamState,
    TimeInForce,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Base URLs without a path. Once one is overridden, using a missing one raises NotSupported."""

    rest: str | None = None
    stream: str | None = None
    private_stream: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An API key and its secret, or a bearer token. The representation never shows a secret."""

    key: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowType:
    """A kind of line in an account's statement: the venue's code, its plain name, how many days back it is kept."""

    code: int
    text: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a venue offers; what it lacks stays visible in the window, disabled, with `reasons` as tooltip.

    `times_in_force` is what exists for any type, `times_in_force_by_type` narrows it. `batch_sizes` maps a method
    name to the most items it takes. `market_quote_amount` tells that a market order may name a quote amount,
    `market_quote_sides` on which sides; `market_base_sides` are those on which it may name a quantity.
    `withdrawal_platforms` maps what `WithdrawalRequest.platform` may be to its name for people, `deposit_exchanges`
    are names for `DepositProof.exchange`, `memo_rule` is the rule of a withdrawal's memo in words, `flow_types` are
    what `balance_flow` can be asked for. `book_steps` are the price groupings of a book that its streams have, finest
    first, for `subscribe(step=)`. `polled` names what is asked for again and again because the venue does not stream
    it: channels, and "account". `tells_maker` says whether its fills tell who was the maker. `fee_coin` is the
    platform coin that an order's fee may be paid in. `reasons` maps a missing method, channel or option to the
    venue's own rule.
    """

    methods: frozenset[str] = frozenset()
    channels: frozenset[Channel] = frozenset()
    intervals: tuple[str, ...] = ()
    order_types: tuple[OrderType, ...] = ()
    times_in_force: tuple[TimeInForce, ...] = ()
    times_in_force_by_type: Mapping[OrderType, tuple[TimeInForce, ...]] = field(default_factory=dict)
    self_trade_prevention: tuple[SelfTradePrevention, ...] = ()
    batch_sizes: Mapping[str, int] = field(default_factory=dict)
    market_quote_amount: bool = False
    market_quote_sides: frozenset[Side] = frozenset(Side)
    market_base_sides: frozenset[Side] = frozenset(Side)
    client_order_ids: bool = False
    book_depth: int | None = None
    withdrawal_platforms: Mapping[str, str] = field(default_factory=dict)
    deposit_exchanges: tuple[str, ...] = ()
    memo_rule: str | None = None
    flow_types: tuple[FlowType, ...] = ()
    book_steps: tuple[str, ...] = ()
    polled: frozenset[str] = frozenset()
    tells_maker: bool = True
    fee_coin: str | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def tells_fees(self) -> bool:
        """Tell whether an account's fee rates can be asked for before it trades."""
        return "fee_rates" in self.methods


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamStatus:
    """A connection's state, told whenever it changes. `time` is this machine's ms.

    With a `symbol` it is the state of that instrument's `channel` alone, on a stream that else lives.
    """

    venue: str
    stream: str
    state: StreamState
    account: str | None = None
    reason: str | None = None
    time: int | None = None
    symbol: str | None = None
    channel: Channel | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "state", StreamState(self.state))


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueInfo:
    """How people name a venue: "HashKey MENA", in narrow places "HK MENA", as a code "HKM"."""

    venue: str
    name: str
    short_name: str
    code: str
