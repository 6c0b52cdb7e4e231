"""The collection of the document's examples: each has its source, and every reply is read by its own struct."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from terminal.connectors.contract import Connector
from terminal.connectors.hashkey import messages, stream_messages, wallet_messages
from terminal.connectors.hashkey.errors import code_of
from terminal.connectors.hashkey.parse import Parser
from terminal.connectors.hashkey.private_stream import PrivateStream
from terminal.connectors.wire import Malformed

FOLDER = Path(__file__).resolve().parents[2] / "payloads" / "hashkey"
SHARED = {"SOURCES.json", "signature_vectors.json", "error_codes.json"}
EXAMPLES = sorted(path.name for path in FOLDER.glob("*.json") if path.name not in SHARED)

SHAPES: dict[str, Any] = {
    "http_delete_cancel_all_open_orders": messages.CancelAllReply,
    "http_delete_cancel_order_by_ids": messages.CancelByIdsReply,
    "http_delete_cancel_order_by_ids_failures": messages.CancelByIdsReply,
    "http_delete_order": messages.OrderRow,
    "http_get_account": messages.Account,
    "http_get_book_ticker": list[messages.BookTicker],
    "http_get_ticker_price": list[messages.PriceTicker],
    "http_get_account_trades": list[messages.AccountTrade],
    "http_get_account_type": list[wallet_messages.AccountTypeRow],
    "http_get_balance_flow_custody": list[wallet_messages.FlowRow],
    "http_get_balance_flow_funding": list[wallet_messages.FlowRow],
    "http_get_balance_flow_main": list[wallet_messages.FlowRow],
    "http_get_balance_flow_main_to_sub": list[wallet_messages.FlowRow],
    "http_get_balance_flow_sub": list[wallet_messages.FlowRow],
    "http_get_chain_type": list[wallet_messages.ChainTypes],
    "http_get_check_api_key": wallet_messages.ApiKeyType,
    "http_get_coin_info": wallet_messages.CoinInfo,
    "http_get_deposit_address": wallet_messages.DepositAddressReply,
    "http_get_deposit_orders": list[wallet_messages.DepositRow],
    "http_get_fiat_history": list[wallet_messages.FiatRow],
    "http_get_sub_account_open_orders": list[messages.OrderRow],
    "http_get_sub_account_trade_orders": list[messages.OrderRow],
    "http_get_sub_account_trades": list[messages.AccountTrade],
    "http_get_withdraw_orders": list[wallet_messages.WithdrawalRow],
    "http_post_asset_transfer": wallet_messages.TransferReply,
    "http_post_withdraw": wallet_messages.WithdrawReply,
    "http_get_depth": messages.Depth,
    "http_get_depth_merged": messages.Depth,
    "http_get_exchange_info": messages.Symbol,
    "http_get_open_orders": list[messages.OrderRow],
    "http_get_order": messages.OrderRow,
    "http_get_ticker_24hr": list[messages.DayTicker],
    "http_get_time": messages.ServerTime,
    "http_get_trade_orders": list[messages.OrderRow],
    "http_get_trades": list[messages.PublicTrade],
    "http_get_vip_info": messages.VipInfo,
    "http_post_batch_orders": messages.BatchReply,
    "http_post_order": messages.OrderRow,
    "http_post_user_data_stream": messages.ListenKey,
    "ws_private_execution_report": list[stream_messages.ExecutionReport],
    "ws_private_outbound_account_info": list[stream_messages.AccountUpdate],
    "ws_private_ticket_info": list[stream_messages.TicketInfo],
    "ws_v1_depth": stream_messages.V1Depth,
    "ws_v1_kline": stream_messages.V1Kline,
    "ws_v1_realtimes": stream_messages.V1Realtimes,
    "ws_v1_trade": stream_messages.V1Trade,
    "ws_v2_bbo": stream_messages.V2Bbo,
    "ws_v2_depth": stream_messages.V2Depth,
    "ws_v2_kline": stream_messages.V2Kline,
    "ws_v2_realtimes": stream_messages.V2Realtimes,
    "ws_v2_trade": stream_messages.V2Trade,
}


UNREAD = {
    "http_delete_open_orders",
    "http_delete_user_data_stream",
    "http_get_klines",
    "http_get_ping",
    "http_post_auth_address",
    "http_post_batch_orders_request",
    "http_post_order_test",
    "http_put_user_data_stream",
    "ws_private_outbound_custody_account_info",
    "ws_private_outbound_fiat_account_info",
    "ws_private_ping",
    "ws_private_pong",
    "ws_public_ping",
    "ws_public_pong",
}
"""Replies that say no more than yes, candles (rows without names), heartbeats, requests, balances of accounts that
hold no orders, and what the connector never asks for (ping, ticker/price, ticker/bookTicker)."""


def test_every_example_has_its_source() -> None:
    sources = json.loads((FOLDER / "SOURCES.json").read_text())
    assert sorted(sources) == EXAMPLES
    assert all(source["section"] for source in sources.values())


def test_every_example_is_read_by_a_struct_or_named_as_unread() -> None:
    names = {name.removesuffix(".json") for name in EXAMPLES if not name.endswith("_request.json")}
    assert names == set(SHAPES) | {name for name in UNREAD if not name.endswith("_request")}


@pytest.mark.parametrize("name", SHAPES)
def test_every_value_of_an_example_that_a_struct_names_is_kept(name: str) -> None:
    text = (FOLDER / f"{name}.json").read_bytes()
    sent, read = json.loads(text), msgspec.to_builtins(msgspec.json.decode(text, type=SHAPES[name]))
    assert _kept(sent, read) > 0


def _kept(sent: object, read: object) -> int:
    """Count the values of `read` that stand in `sent`; fail on one that changed or was lost on the way."""
    if isinstance(read, dict):
        assert isinstance(sent, dict)
        return sum(_kept(sent[name], value) for name, value in read.items() if name in sent)
    if isinstance(read, list | tuple):
        assert isinstance(sent, list)
        assert len(sent) == len(read)
        return 1 + sum(_kept(one, other) for one, other in zip(sent, read, strict=True))
    assert read == sent
    return 1


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name.startswith("http_")])
def test_every_documented_reply_is_a_success(name: str) -> None:
    text = (FOLDER / name).read_bytes()
    if text.lstrip().startswith(b"{"):
        assert code_of(messages.Verdicts.decode(text)) is None


@pytest.mark.parametrize("kind", ["custody", "fiat"])
def test_balances_of_other_accounts_are_read_and_left_alone(parser: Parser, malformed: Malformed, kind: str) -> None:
    example = (FOLDER / f"ws_private_outbound_{kind}_account_info.json").read_bytes()
    assert list(PrivateStream(parser).on_frame(example, 1_764_932_840_383)) == []
    assert malformed.counts == {}


async def test_every_balance_keeps_its_digits(connector: Connector) -> None:
    sent = json.loads((FOLDER / "http_get_account.json").read_text())["balances"]
    assert [(one.asset, str(one.free), str(one.locked), str(one.total)) for one in await connector.balances()] == [
        tuple(row[name] for name in ("asset", "free", "locked", "total")) for row in sent
    ]


async def test_every_candle_keeps_its_digits(connector: Connector) -> None:
    sent = json.loads((FOLDER / "http_get_klines.json").read_text())
    found = await connector.candles("BTCUSDT", "1m")
    assert [
        (one.time, *map(str, (one.open, one.high, one.low, one.close, one.base_volume, one.quote_volume)))
        for one in found
    ] == [(*row[:6], row[7]) for row in sent]
