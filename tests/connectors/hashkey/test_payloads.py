"""The collection of the document's examples: each has its source, and every reply is read by its own struct."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from terminal.connectors.hashkey import messages, stream_messages
from terminal.connectors.hashkey.errors import code_of

FOLDER = Path(__file__).resolve().parents[2] / "payloads" / "hashkey"
SHARED = {"SOURCES.json", "signature_vectors.json", "error_codes.json"}
EXAMPLES = sorted(path.name for path in FOLDER.glob("*.json") if path.name not in SHARED)

SHAPES: dict[str, Any] = {
    "http_delete_cancel_all_open_orders": messages.CancelAllReply,
    "http_delete_cancel_order_by_ids": messages.CancelByIdsReply,
    "http_delete_cancel_order_by_ids_failures": messages.CancelByIdsReply,
    "http_delete_order": messages.OrderRow,
    "http_get_account": messages.Account,
    "http_get_account_trades": list[messages.AccountTrade],
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


def test_every_example_has_its_source() -> None:
    sources = json.loads((FOLDER / "SOURCES.json").read_text())
    assert sorted(sources) == EXAMPLES
    assert all(source["section"] for source in sources.values())


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
