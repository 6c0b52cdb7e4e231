"""What Crypto.com's document names: endpoints, parameters, channels, statuses, states; and the platform's codes.

The document has no table of error codes: those of the platform stand in the checked notes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tests.coverage.documents import Items, found_in, line_of, numbered


def document(lines: Sequence[str]) -> dict[str, Items]:
    """Return the items of cryptocom-v1.md by kind."""
    return {
        "endpoint": _endpoints(lines),
        "parameter": _parameters(lines),
        "channel": _channels(lines),
        "example": _examples(lines),
        "HTTP status": found_in(lines, r"^- ([45]\d\d) "),
        "rate limit": found_in(lines, r"^    \| (Market|User) APIs \| up to 10 requests per second"),
        "signing": found_in(lines, r"^\|(api_key|time|sign)\|"),
        "order status": _order_states(lines),
        "order type": found_in(lines, r"Type of list: (1) for limit", r", (2) for market order"),
        "side": _words(lines, r"^\|side\|\tYes\|\t(.+)\|$"),
        "market order volume": found_in(
            lines, r"type=2: (buy) means the total price", r"(Selling) represents the total"
        ),
        "fee coin": found_in(lines, r"pay the handling fee, (0) means no", r", (1) means yes"),
        "period": _words(lines, r"Possible values are `\[(.+?)\]`"),
        "depth type": _words(lines, r"The depth type -- options: (.+?) \("),
        "sort": found_in(lines, r"^\|sort\|\tNo\|\t (1) gives reverse order"),
        "date format": found_in(lines, r'accurate to seconds "(yyyy-MM-dd HH:mm:ss)"'),
        "reply event": found_in(lines, r'"?event_rep"?: ?"(\w+)"'),
        "lower_frame": found_in(lines, r"lower_frame: (0) No coin pair off the shelf", r",  (1) Coin pair"),
        "heartbeat": found_in(lines, r'market\.contains\("(ping)"\)', r'replace\("ping", "(pong)"\)'),
        "compression": found_in(lines, r"new (GZIP)InputStream"),
        "host": found_in(lines, r"root URL for API access: (\S+)", r'"(wss://\S+)"'),
    }


def notes(lines: Sequence[str]) -> dict[str, Items]:
    """Return what the checked notes add: the cancel that clients used, and the platform's error codes."""
    start = line_of(lines, "## 4. Crypto.com Exchange v1 (002; ChainUp stack)")
    table = next(
        number for number, line in numbered(lines, start, len(lines)) if line.startswith("None in the document except")
    )
    codes = re.findall(r"(?:: |, |/)(\d+)(?= |/)", lines[table - 1])
    return {
        "endpoint": {
            name.replace("`", ""): number
            for name, number in found_in(lines, r"\*\*(POST `/v1/orders/cancel)`", start=start).items()
        },
        "error code": dict.fromkeys(sorted(set(codes), key=int), table),
    }


def _endpoints(lines: Sequence[str]) -> Items:
    rows = re.compile(r"^\| (?:Market|User) \| `(/v1/\S+)` \| `(\w+)` \|")
    return {f"{row[2]} {row[1]}": number for number, line in enumerate(lines, 1) if (row := rows.match(line))}


def _parameters(lines: Sequence[str]) -> Items:
    """Return "METHOD /path name" for every row of the request tables; key, time and signature have a kind of their
    own."""
    found: Items = {}
    path, method, inside = "", "", False
    for number, line in enumerate(lines, 1):
        if address := re.match(r"\d\. Endpoint URL: `(\S+)`", line):
            path = address[1]
        elif verb := re.match(r"\d\. Method: `?(\w+)`?", line):
            method = verb[1]
        elif re.match(r"\d\. Re(quest|sponse) ", line):
            inside = "Request Parameter" in line
        elif inside and (row := re.match(r"\|(?!(?:api_key|time|sign)\|)(\w+)\s*\|\s*(?:Yes|No)\|", line)):
            found[f"{method} {path} {row[1]}"] = number
    return found


def _channels(lines: Sequence[str]) -> Items:
    """Return "sub market_${symbol}_kline_1min" and so on, each depth step once for each kind of update."""
    found: Items = {}
    for number, line in enumerate(lines, 1):
        if (row := re.match(r"\| WS \| `(req|sub)` \| (.+?) \| (.+)", line)) is None:
            continue
        update = re.search(r"\((\w+) update\)", row[3])
        for channel in re.findall(r"`([^`]+)`", row[2]):
            for step in "012" if "[0-2]" in channel else "-":
                name = f"{row[1]} {channel.replace('[0-2]', step)}"
                found[f"{name} {update[1].lower()}" if update else name] = number
    return found


def _examples(lines: Sequence[str]) -> Items:
    """Return every code block of JSON by the number of its fence, and the one that stands in a table."""
    found: Items = {}
    for number, line in enumerate(lines, 1):
        if line == "```js":
            first = next(at for at, text in numbered(lines, number + 1, len(lines)) if text.strip())
            if lines[first - 1].startswith(("{", "[")):
                found[f"line {number}"] = number
        elif line.startswith("|data|\t{"):
            found[f"line {number}"] = number
    return found


def _order_states(lines: Sequence[str]) -> Items:
    rows = re.compile(r"^\s+// (\d)[:.] (\w+)")
    return {f"{row[1]} {row[2]}": number for number, line in enumerate(lines, 1) if (row := rows.match(line))}


def _words(lines: Sequence[str], pattern: str) -> Items:
    for number, line in enumerate(lines, 1):
        if row := re.search(pattern, line):
            return {word.strip(): number for word in row[1].split(",")}
    raise ValueError(f"no line with {pattern}")
