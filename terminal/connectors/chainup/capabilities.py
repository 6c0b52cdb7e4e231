"""What a venue of the ChainUp engine offers, by the contract's names."""

from __future__ import annotations

from types import MappingProxyType

from terminal.connectors.chainup.market_data import PERIODS, STEPS
from terminal.connectors.chainup.order_entry import TIMES_IN_FORCE
from terminal.connectors.chainup.profile import ChainUpProfile
from terminal.connectors.chainup.stream import BOOK_LEVELS
from terminal.domain.kinds import Channel, OrderType, Side, TimeInForce
from terminal.domain.venue import Capabilities

_METHODS = frozenset(
    {
        "server_time",
        "instruments",
        "tickers",
        "order_book",
        "trades",
        "candles",
        "subscribe",
        "unsubscribe",
        "start_account_stream",
        "place_order",
        "place_orders",
        "cancel_order",
        "cancel_orders",
        "cancel_all",
        "order",
        "open_orders",
        "order_history",
        "fills",
        "balances",
    }
)
_WALLET = ("assets", "asset", "deposit_addresses", "deposits", "withdrawals", "withdraw")
_SEVERAL_ACCOUNTS = (
    "accounts",
    "transfer",
    "fiat_history",
    "balance_flow",
    "vip_info",
    "api_key_type",
    "authenticate_deposit",
    "sub_account_open_orders",
    "sub_account_orders",
    "sub_account_fills",
)


def capabilities_of(profile: ChainUpProfile) -> Capabilities:
    """Return what a venue of the engine offers."""
    name = profile.name
    return Capabilities(
        methods=_METHODS,
        channels=frozenset(Channel),
        intervals=tuple(PERIODS),
        order_types=(OrderType.LIMIT, OrderType.MARKET),
        times_in_force=(TimeInForce.GTC, TimeInForce.IOC),
        times_in_force_by_type=TIMES_IN_FORCE,
        batch_sizes=MappingProxyType({}),
        market_quote_amount=True,
        market_quote_sides=frozenset({Side.BUY}),
        market_base_sides=frozenset({Side.SELL}),
        client_order_ids=False,
        book_depth=BOOK_LEVELS,
        book_steps=STEPS,
        polled=frozenset({Channel.QUOTES, "account"}),
        tells_maker=False,
        fee_coin=profile.fee_coin,
        reasons=MappingProxyType(
            {
                **dict.fromkeys(_WALLET, f"{name} offers no deposits and withdrawals through its interface"),
                **dict.fromkeys(_SEVERAL_ACCOUNTS, f"{name} has one account behind a key"),
                "test_order": f"{name} cannot check an order without placing it",
                "fee_rates": f"{name} does not tell its fee rates; each fill tells its fee",
                "limit_maker": f"{name} has no maker-only orders",
                "self_trade_prevention": f"{name} has no self-trade modes",
                "client_order_id": f"{name} takes no client order ids",
                "place_offer": f"{name} has no offers",
                "inspect_offer": f"{name} has no offers",
            }
        ),
    )
