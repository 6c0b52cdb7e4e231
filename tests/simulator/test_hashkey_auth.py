"""Keys, signatures, the time window and where parameters are read from."""

from __future__ import annotations

import time
from urllib.parse import urlencode

import pytest

from terminal.simulator.hashkey_auth import Limits, sign, without_signature
from terminal.simulator.hashkey_profiles import Profile
from tests.simulator.conftest import Serve
from tests.simulator.hashkey_client import HashKeyClient

ACCOUNT = "/api/v1/account"
ORDER = "/api/v1.1/spot/order"

# the document's own examples, then vectors checked by executing third-party clients
VECTORS = [
    (
        "lH3ELTNiFxCQTmi9pPcWWikhsjO04Yoqw3euoHUuOLC3GYBW64ZqzQsiOEHXQS76",
        "symbol=ETHBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1538323200000",
        "5f2750ad7589d1d40757a55342e621a44037dad23b5128cc70e18ec1d1c3f4c6",
    ),
    (
        "lH3ELTNiFxCQTmi9pPcWWikhsjO04Yoqw3euoHUuOLC3GYBW64ZqzQsiOEHXQS76",
        "symbol=ETHBTC&side=BUY&type=LIMIT&timeInForce=GTCquantity=1&price=0.1&recvWindow=5000&timestamp=1538323200000",
        "885c9e3dd89ccd13408b25e6d54c2330703759d7494bea6dd5a3d1fd16ba3afa",
    ),
    ("secret", "timestamp=1721996915813", "a740275f66bce9409294cc2bd007b177b9ed545718bc672e31fe6833f9796422"),
    (
        "secret",
        "orderId=1738708541676585728&timestamp=1721996915813",
        "856ac0452f67a86c578769b5667a08d70eaaeb6cd010cbbedbc975f8b8c8dc7b",
    ),
    ("testSecretKey", "timestamp=1000000", "52815749ea921c80e65072a0392a59cabb89cf6bd16bfede8263cec527e3c34c"),
]


@pytest.mark.parametrize(("secret", "text", "digest"), VECTORS)
def test_signs_the_documented_vectors(secret: str, text: str, digest: str) -> None:
    assert sign(secret, text.encode()) == digest


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("a=1&signature=x", "a=1"),
        ("signature=x&a=1", "a=1"),
        ("a=1&signature=x&timestamp=2", "a=1&timestamp=2"),
        ("signature=x", ""),
        ("a=1", "a=1"),
        ("signatures=1", "signatures=1"),
    ],
)
def test_drops_the_signature_wherever_it_stands(text: str, rest: str) -> None:
    assert without_signature(text) == rest


def now() -> int:
    return int(time.time() * 1000)


async def test_takes_either_header(mena: HashKeyClient) -> None:
    for name in ("X-HK-APIKEY", "X-APIKEY"):
        answer = await mena.send("GET", ACCOUNT, query=mena.signed(), headers={name: mena.address["key"]})
        assert answer.status == 200


async def test_refuses_a_missing_and_an_unknown_key(client: HashKeyClient) -> None:
    answer = await client.send("GET", ACCOUNT, query=client.signed(), headers={})
    assert (answer.status, answer.body) == (400, {"code": "-1002", "msg": "Unauthorized operation"})
    answer = await client.send("GET", ACCOUNT, query=client.signed(), headers={"X-HK-APIKEY": "nobody"})
    assert (answer.status, answer.body) == (400, {"code": "0102", "msg": "Invalid APIKey"})


async def test_refuses_one_changed_byte(client: HashKeyClient) -> None:
    text = urlencode({"symbol": "BTCUSDT", "timestamp": now()})
    signature = client.signature(text)
    answer = await client.send("GET", "/api/v1/spot/openOrders", query=f"{text}&signature={signature}")
    assert answer.status == 200
    changed = text.replace("BTCUSDT", "BTCUSDX")
    answer = await client.send("GET", "/api/v1/spot/openOrders", query=f"{changed}&signature={signature}")
    assert (answer.status, answer.body) == (400, {"code": "0001", "msg": "Incorrect signature"})


async def test_takes_a_signature_in_any_case_and_place(client: HashKeyClient) -> None:
    text = f"timestamp={now()}&recvWindow=5000"
    signature = client.signature(text).upper()
    for query in (f"signature={signature}&{text}", text.replace("&", f"&signature={signature}&", 1)):
        assert (await client.send("GET", ACCOUNT, query=query)).status == 200


async def test_signs_the_bytes_as_they_were_sent(client: HashKeyClient) -> None:
    text = f"ids=1%2C2&timestamp={now()}"
    answer = await client.send(
        "DELETE", "/api/v1/spot/cancelOrderByIds", body=f"{text}&signature={client.signature(text)}"
    )
    assert answer.body["result"] == [{"orderId": "1", "code": "0211"}, {"orderId": "2", "code": "0211"}]


async def test_names_missing_fields(client: HashKeyClient) -> None:
    answer = await client.send("GET", ACCOUNT, query=f"timestamp={now()}")
    assert answer.body == {"code": "0001", "msg": "Required field signature missing or invalid"}
    answer = await client.send("GET", ACCOUNT, query=f"a=1&signature={client.signature('a=1')}")
    assert answer.body == {"code": "0001", "msg": "Required field timestamp missing or invalid"}
    text = "timestamp=yesterday"
    answer = await client.send("GET", ACCOUNT, query=f"{text}&signature={client.signature(text)}")
    assert answer.body == {"code": "0001", "msg": "Required field timestamp missing or invalid"}


@pytest.mark.parametrize(
    ("offset", "window", "taken"),
    [
        (-4_000, None, True),
        (-6_000, None, False),
        (-6_000, 8_000, True),
        (-3_000, 1_000, False),
        (500, None, True),
        (1_500, None, False),
    ],
)
async def test_holds_the_time_window(client: HashKeyClient, offset: int, window: int | None, taken: bool) -> None:
    extra = {} if window is None else {"recvWindow": window}
    answer = await client.call("GET", ACCOUNT, **extra, timestamp=now() + offset)
    if taken:
        assert answer.status == 200
    else:
        text = "Timestamp for this request is outside of the recvWindow"
        assert (answer.status, answer.body) == (400, {"code": "-1021", "msg": text})


async def test_reads_business_parameters_from_the_query_alone_when_it_has_any(client: HashKeyClient) -> None:
    query = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC"
    body = f"quantity=0.01&price=90000&timestamp={now()}"
    signature = client.signature(query + body)
    answer = await client.send("POST", ORDER, query=query, body=f"{body}&signature={signature}")
    # the signature over query and body without a separator is right, the body's quantity is not looked at
    assert answer.body == {"code": "0001", "msg": "Required field quantity missing or invalid"}
    wrong = client.signature(f"{query}&{body}")
    answer = await client.send("POST", ORDER, query=query, body=f"{body}&signature={wrong}")
    assert answer.body == {"code": "0001", "msg": "Incorrect signature"}


async def test_takes_everything_in_the_query_of_a_post(client: HashKeyClient) -> None:
    query = client.signed(symbol="BTCUSDT", side="BUY", type="LIMIT", quantity="0.01", price="90000")
    assert (await client.send("POST", ORDER, query=query)).body["status"] == "NEW"


async def test_refuses_other_content_types(client: HashKeyClient) -> None:
    text = client.signed(symbol="BTCUSDT", side="BUY", type="LIMIT", quantity="0.01", price="90000")
    answer = await client.send("POST", ORDER, body=text, content_type="text/plain")
    assert (answer.status, answer.body) == (400, {"code": "-1004", "msg": "Bad request"})
    answer = await client.send("POST", client.batch_path, body=client.signed())
    assert answer.body == {"code": "-1004", "msg": "Bad request"}


async def test_skewed_clock_refuses_until_the_client_asks_for_the_time(client: HashKeyClient) -> None:
    await client.admin("faults", {"kind": "skew", "ms": 30_000})
    assert (await client.call("GET", ACCOUNT)).code == "-1021"
    server_time = (await client.public("/api/v1/time")).body["serverTime"]
    assert server_time - now() > 25_000
    assert (await client.call("GET", ACCOUNT, timestamp=server_time)).status == 200


async def test_tenth_order_a_second_is_taken_and_the_next_suspends_for_a_minute(serve: Serve) -> None:
    async with serve(limits=Limits()) as client:
        answers = [await client.limit("BUY", "0.001", "90000") for _ in range(14)]
        refused = [answer for answer in answers if answer.status != 200]
        assert [answer.status for answer in answers] == [200] * 10 + [429] * 4
        assert (refused[0].status, refused[0].body) == (429, {"code": "0003", "msg": "Rate limit exceeded"})
        assert refused[0].headers["Retry-After"] == "60"
        await client.admin("market", {"advance": 59_000})
        assert (await client.limit("BUY", "0.001", "90000", timestamp=now() + 59_000)).status == 429
        await client.admin("market", {"advance": 2_000})
        assert (await client.limit("BUY", "0.001", "90000", timestamp=now() + 61_000)).status == 200


async def test_two_queries_a_second_are_taken(serve: Serve) -> None:
    async with serve(limits=Limits()) as client:
        answers = [await client.call("GET", ACCOUNT) for _ in range(4)]
        assert [answer.status for answer in answers] == [200, 200, 429, 429]
        assert answers[2].headers["Retry-After"] == "1"
        # orders are counted apart
        assert (await client.limit("BUY", "0.001", "90000")).status == 200
        await client.admin("market", {"advance": 500})
        assert (await client.call("GET", ACCOUNT, timestamp=now() + 500)).status == 429
        await client.admin("market", {"advance": 500})
        assert (await client.call("GET", ACCOUNT, timestamp=now() + 1_000)).status == 200


async def test_going_on_after_429_is_blocked_with_418(serve: Serve) -> None:
    async with serve(limits=Limits()) as client:
        answers = [await client.call("GET", ACCOUNT) for _ in range(24)]
        assert answers[-1].status == 418
        assert (await client.public("/api/v1/ping")).status == 418
        await client.admin("market", {"reset_limits": True})
        assert (await client.public("/api/v1/ping")).status == 200
        assert (await client.call("GET", ACCOUNT)).status == 200


async def test_every_key_has_limits_of_its_own(serve: Serve, profile: Profile) -> None:
    async with serve(profile=profile, limits=Limits()) as client:
        first = [await client.call("GET", ACCOUNT) for _ in range(3)]
        second = [await client.as_sub().call("GET", ACCOUNT) for _ in range(2)]
        assert [answer.status for answer in (*first, *second)] == [200, 200, 429, 200, 200]
