"""What the two HashKey documents name: endpoints, parameters, topics, codes, states and so on."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from tests.coverage.documents import Items, found_in, line_of, numbered

_ENDPOINT = re.compile(r"(GET|POST|PUT|DELETE) (/\S+)")


def mena(lines: Sequence[str]) -> dict[str, Items]:
    public = line_of(lines, "Public Market Data Stream")
    private = line_of(lines, "User Data Stream")
    errors = line_of(lines, "List of error codes")
    fiat = line_of(lines, "Get Fiat History")
    flow = line_of(lines, "Get Account Transaction History List")
    return {
        "endpoint": _endpoints(lines),
        "parameter": _parameters(lines),
        "example": _examples(lines),
        "interval": found_in(lines, r"^- (\d+[mhdwM])$"),
        "topic": _topics(lines, public, private),
        "stream event": found_in(lines, r'"event": ?"(\w+)"'),
        "heartbeat": _heartbeats(lines),
        "private event": found_in(lines, r'"e": "(\w+)"', r"(outbound(?:Custody|Fiat)?AccountInfo)", start=private),
        "error code": found_in(lines, r"^\| (-?\d+) \| \d+ \|", start=errors),
        "cancel reason": found_in(lines, r"^\| ([A-Z_]+_CANCEL) \|", start=errors),
        "order status": _bullets(lines, "Order Status"),
        "order type": _bullets(lines, "Order Types"),
        "side": _bullets(lines, "Order Direction"),
        "time in force": found_in(lines, r'"(GTC|IOC|FOK)" for'),
        "self trade prevention": found_in(lines, r"(EXPIRE_(?:TAKER|MAKER))"),
        "pair status": found_in(lines, r"^\| (IN_PREVIEW|TRADING|HALT|RESUMING) \|"),
        "trading rule": _rules(lines),
        "deposit status": found_in(
            lines, r"^\| (\d+) \| \D", start=line_of(lines, "Deposit Status"), until="Weight: 5"
        ),
        "withdrawal status": _words(lines, "| status | STRING | successful | Status: "),
        "fiat type": _quoted(lines, fiat, "| type |"),
        "fiat status": _quoted(lines, fiat, "| status |"),
        "fiat channel": _quoted(lines, fiat, "| channel |"),
        "flow type": found_in(lines, r"Value (\d+) ", start=flow, until="| accountType |"),
        "flow account type": found_in(lines, r"Value (\d+) (?:Trading|Custody|Fiat) Account", start=flow),
        "account type": _account_types(lines),
        "API key type": found_in(
            lines,
            r"(Master Account|Sub Account) ?",
            start=line_of(lines, "Get API Key Type"),
            until="Get Fiat History",
        ),
        "product type": _listed(lines, "| - productType | STRING | Token-Token | "),
        "withdrawal platform": found_in(lines, r'^\| .* \| "([A-Z]+)" \|$'),
        "deposit exchange": _listed(lines, "| exchangeName | STRING | Y | "),
        "site": _listed(lines, "Supported site: "),
        "instrument type": found_in(
            lines, r"(SPOT|FUTURES|ANY):", start=line_of(lines, "Get 24hr Ticker Price Change")
        ),
        "HTTP status": found_in(lines, r"HTTP (4XX|429|418|5XX)"),
    }


def global_(lines: Sequence[str]) -> dict[str, Items]:
    endpoints: Items = {}
    method = ""
    for number, line in enumerate(lines, 1):
        if call := re.search(r"requests\.(get|post|put|delete)\(", line):
            method = call[1].upper()
        if path := re.search(r"\{self\.base_url\}(/[^?\"]+)", line):
            endpoints.setdefault(f"{method} {path[1]}", number)
    return {
        "endpoint": endpoints,
        "HTTP status": found_in(lines, r"HTTP (4XX|429|418|5XX)"),
        "key header": found_in(lines, r"passed in the REST API header as (\S+?)\.$"),
        "host": found_in(lines, r"((?:https|wss)://[\w.-]+)"),
        "key permission": found_in(lines, r"^- (READ|TRADE) "),
    }


def _endpoints(lines: Sequence[str]) -> Items:
    return found_in(lines, r"^((?:GET|POST|PUT|DELETE) /\S+)$")


def _parameters(lines: Sequence[str]) -> Items:
    """Return "METHOD /path name" for every row of the request parameter tables."""
    found: Items = {}
    endpoint, inside = "", False
    for number, line in enumerate(lines, 1):
        if _ENDPOINT.fullmatch(line):
            endpoint, inside = line, False
        elif line == "Error Codes":
            break
        elif line == "Request Parameters":
            inside = True
        elif line == "Response Content":
            inside = False
        elif inside and endpoint and (row := re.match(r"\| ([a-z]\w+) \|", line)):
            found.setdefault(f"{endpoint} {row[1]}", number)
    return found


def _examples(lines: Sequence[str]) -> Items:
    """Return every JSON text that fills whole lines, by the number of its first line; `{}` printed twice is one."""
    found: Items = {}
    decoder, number = json.JSONDecoder(), 1
    while number <= len(lines):
        if lines[number - 1] in ("{", "[", "{}"):
            try:
                _, length = decoder.raw_decode("\n".join(lines[number - 1 :]))
            except json.JSONDecodeError:
                pass  # a line of a code sample
            else:
                if lines[number - 2] != "{}":
                    found[f"line {number}"] = number
                number += "\n".join(lines[number - 1 :])[:length].count("\n")
        number += 1
    return found


def _topics(lines: Sequence[str], start: int, end: int) -> Items:
    """Return "v1 kline_1m", "v2 depth"; a candle topic once for each interval that its section lists."""
    found: Items = {}
    version, topic, line_of_topic = "", "", 0
    for number, line in numbered(lines, start, end):
        if line in ("V1", "V2"):
            version = line.lower()
        if asked := re.search(r'^"topic": ?"(\w+)",$', line):
            topic, line_of_topic = asked[1].partition("_")[0], number
            if topic != "kline":
                found.setdefault(f"{version} {topic}", line_of_topic)
        if topic == "kline" and line.startswith("1m- "):
            for interval in re.findall(r"(\d+[mhdwM])- ", line):
                found.setdefault(f"{version} kline_{interval}", number)
    return found


def _heartbeats(lines: Sequence[str]) -> Items:
    """Return "public ping", "private pong" and so on."""
    found: Items = {}
    kind = ""
    for number, line in enumerate(lines, 1):
        if heading := re.fullmatch(r"(Public|Private)Stream Heartbeat", line):
            kind = heading[1].lower()
        if kind and (frame := re.match(r'"(ping|pong)": \d+', line)):
            found.setdefault(f"{kind} {frame[1]}", number)
    return found


def _rules(lines: Sequence[str]) -> Items:
    return found_in(
        lines, r"^\| ([A-Z_]+) \| ", start=line_of(lines, "Types of trading restrictions"), until="Trading pair status"
    )


def _account_types(lines: Sequence[str]) -> Items:
    """Return "1 Main Trading Account": two kinds of account share the number 1."""
    rows = re.compile(r"^\| (\d) \| (.+) \|$")
    start = line_of(lines, "GET /api/v1/account/type")
    return {
        f"{row[1]} {row[2]}": number for number, line in numbered(lines, start, start + 12) if (row := rows.match(line))
    }


def _bullets(lines: Sequence[str], heading: str) -> Items:
    found: Items = {}
    start = line_of(lines, heading)
    for number, line in numbered(lines, start + 1, len(lines)):
        if not line.startswith("- "):
            break
        found[line[2:].partition(" ")[0]] = number
    return found


def _quoted(lines: Sequence[str], start: int, prefix: str) -> Items:
    """Return the quoted words of the rows of one endpoint's tables that begin with a prefix."""
    found: Items = {}
    for number, line in numbered(lines, start, start + 80):
        if line.startswith(prefix):
            for word in re.findall(r'"(\w+)"', line):
                found.setdefault(word, number)
    return found


def _words(lines: Sequence[str], prefix: str) -> Items:
    return {
        word: number
        for number, line in enumerate(lines, 1)
        if line.startswith(prefix)
        for word in line.removeprefix(prefix).removesuffix(" |").split()
    }


def _listed(lines: Sequence[str], before: str) -> Items:
    for number, line in enumerate(lines, 1):
        if before in line:
            text = line.partition(before)[2].partition(" |")[0]
            return {word.strip(): number for word in text.split(",")}
    raise ValueError(f"no line with {before!r}")
