"""What a HashKey venue offers, by the contract's names."""

from __future__ import annotations

from types import MappingProxyType

from terminal.connectors.hashkey.cancels import CANCEL_BATCH_SIZE
from terminal.connectors.hashkey.endpoints import HashKeyProfile
from terminal.connectors.hashkey.order_entry import TIMES_IN_FORCE
from terminal.connectors.hashkey.parse_wallet import FLOW_TYPES
from terminal.connectors.hashkey.trading import BATCH_SIZE
from terminal.connectors.hashkey.wallet_rules import EXCHANGES, MEMO_RULE, PLATFORMS
from terminal.domain.kinds import INTERVALS, Channel, OrderType, TimeInForce
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
        "test_order",
        "cancel_order",
        "cancel_orders",
        "cancel_all",
        "order",
        "open_orders",
        "order_history",
        "fills",
        "balances",
        "fee_rates",
        "assets",
        "asset",
        "deposit_addresses",
        "deposits",
        "withdrawals",
        "withdraw",
        "authenticate_deposit",
        "accounts",
        "transfer",
        "fiat_history",
        "balance_flow",
        "vip_info",
        "api_key_type",
        "sub_account_open_orders",
        "sub_account_orders",
        "sub_account_fills",
    }
)


def capabilities_of(profile: HashKeyProfile) -> Capabilities:
    """Return what a venue of the family offers."""
    return Capabilities(
        methods=_METHODS,
        channels=frozenset(Channel),
        intervals=INTERVALS,
        order_types=(OrderType.LIMIT, OrderType.MARKET, OrderType.LIMIT_MAKER),
        times_in_force=(TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK),
        times_in_force_by_type=TIMES_IN_FORCE,
        self_trade_prevention=profile.self_trade_prevention,
        batch_sizes=MappingProxyType({"place_orders": BATCH_SIZE, "cancel_orders": CANCEL_BATCH_SIZE}),
        market_quote_amount=True,
        market_quote_sides=profile.quote_amount_sides,
        client_order_ids=True,
        book_depth=200,
        withdrawal_platforms=PLATFORMS,
        deposit_exchanges=EXCHANGES,
        memo_rule=MEMO_RULE,
        flow_types=FLOW_TYPES,
        reasons=MappingProxyType(
            {
                "inspect_offer": "HashKey has no offers",
                "place_offer": "HashKey has no offers",
                "step": "HashKey streams books ungrouped; grouped ones can be asked for",
                **profile.lacks,
            }
        ),
    )
