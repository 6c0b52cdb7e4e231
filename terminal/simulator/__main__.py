"""`python -m terminal.simulator`: serves simulated venues on loopback until SIGTERM or the end of stdin."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import msgspec

from terminal.simulator import cryptocom, hashkey
from terminal.simulator.faults import FaultBoard, FaultRule
from terminal.simulator.hashkey_profiles import GLOBAL, MENA
from terminal.simulator.instruments import CRYPTOCOM
from terminal.simulator.loopback import Loopback
from terminal.simulator.state import FileStore, MemoryStore, StateInUse, Store
from terminal.simulator.venue import EngineVenue
from terminal.simulator.world import WorldSettings, build_world

VENUES: Mapping[str, Callable[..., EngineVenue]] = {
    **{profile.name: partial(hashkey.build, profile) for profile in (MENA, GLOBAL)},
    CRYPTOCOM: cryptocom.build,
}
"""What can be simulated: each name with the function that builds it in a world."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m terminal.simulator", description=__doc__)
    parser.add_argument("--venue", choices=[*VENUES, "all"], default="all", help="which venue to serve (default: all)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same market (default: 1)")
    parser.add_argument("--port", type=_port, default=0, help="port of the first venue; 0 takes a free one")
    parser.add_argument("--json", action="store_true", help="print one JSON line with the addresses and keys")
    parser.add_argument("--state", type=Path, metavar="DIR", help="keep keys, orders, fills, balances, candles here")
    parser.add_argument("--exit-with-stdin", action="store_true", help="end when standard input is closed")
    parser.add_argument("--replay", type=Path, nargs="+", default=(), metavar="FILE", help="recorded market to replay")
    parser.add_argument("--speed", type=_positive, default=1.0, help="how much faster to replay (default: 1)")
    parser.add_argument("--rebase", action="store_true", help="move the recorded times to now")
    parser.add_argument("--pace", type=_positive, default=1.0, help="how much busier than usual the market is")
    parser.add_argument(
        "--fault", type=_fault, action="append", default=[], metavar="SPEC", help="kind[,name=value...], repeatable"
    )
    return parser


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1000:
        raise argparse.ArgumentTypeError("must lie above 0 and at most at 1000")
    return value


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 65_535:
        raise argparse.ArgumentTypeError("must lie between 0 and 65535")
    return value


def _fault(text: str) -> FaultRule:
    try:
        return FaultRule.parse(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to end; 0 after an orderly end, 1 with a line on stderr when it cannot start."""
    options = _parser().parse_args(arguments)
    missing = [path for path in options.replay if not path.is_file()]
    if missing:
        print(f"simulator: there is no file {missing[0]}", file=sys.stderr)
        return 1
    try:
        store: Store = MemoryStore() if options.state is None else FileStore(options.state)
    except (StateInUse, OSError) as problem:
        print(f"simulator: {problem}", file=sys.stderr)
        return 1
    try:
        return asyncio.run(_serve(options, store))
    finally:
        store.close()


async def _serve(options: argparse.Namespace, store: Store) -> int:
    ending = asyncio.Event()
    _end_on_signals(ending)
    if options.exit_with_stdin:
        _end_with_stdin(ending)
    settings = WorldSettings(
        seed=options.seed,
        pace=options.pace,
        replay=tuple(options.replay),
        speed=options.speed,
        rebase=options.rebase,
    )
    names = list(VENUES) if options.venue == "all" else [options.venue]
    venues: list[EngineVenue] = []
    hosts: list[Loopback] = []
    addresses: dict[str, dict[str, str]] = {}
    try:
        for index, name in enumerate(names):
            faults = FaultBoard([replace(rule) for rule in options.fault], seed=options.seed)
            venue = VENUES[name](partial(build_world, settings=settings, store=store, faults=faults))
            wanted = options.port + index if options.port else venue.identity.port
            host = await _listen(venue, wanted, is_fixed=bool(options.port))
            venue.serve_at(host.port)
            if not venues:
                venue.open_market()  # the others' markets open when they are asked for, or a little later
            venues.append(venue)
            hosts.append(host)
            addresses[name] = {
                "rest": host.base,
                "stream": host.stream_base,
                "private_stream": host.stream_base,
                "key": venue.identity.key,
                "secret": venue.identity.secret,
                "admin": host.admin,
                **(_sub_account(venue) if venue.has_sub_account else {}),
            }
    except (OSError, ValueError) as problem:
        print(f"simulator: {problem}", file=sys.stderr)
        return 1
    try:
        _announce(addresses, as_json=options.json)
    except BrokenPipeError:  # whoever asked is gone already
        ending.set()
    await _run(venues, ending)
    for host in hosts:
        await host.stop()
    for venue in venues:
        venue.save()
    return 0


def _sub_account(venue: EngineVenue) -> dict[str, str]:
    identity = venue.identity
    return {
        "sub_key": identity.sub_key,
        "sub_secret": identity.sub_secret,
        "sub_account": identity.sub_account_id,
    }


async def _listen(venue: EngineVenue, port: int, *, is_fixed: bool) -> Loopback:
    """Serve a venue; a remembered port that was taken meanwhile gives way to a free one, an ordered port does not."""
    host = Loopback(venue, port=port, admin_token=venue.identity.admin_token)
    try:
        await host.start()
    except OSError:
        if is_fixed or port == 0:
            raise
        print(f"simulator: port {port} of the last run is taken; using a free one", file=sys.stderr)
        host = Loopback(venue, port=0, admin_token=venue.identity.admin_token)
        await host.start()
    return host


async def _run(venues: Sequence[EngineVenue], ending: asyncio.Event) -> None:
    """Move the venues on until told to end; a venue that fails ends the program with its error."""
    tasks = [asyncio.create_task(venue.run()) for venue in venues]
    stop = asyncio.create_task(ending.wait())
    done, _ = await asyncio.wait([*tasks, stop], return_when=asyncio.FIRST_COMPLETED)
    for task in [*tasks, stop]:
        task.cancel()
    for task in done - {stop}:
        task.result()
    for task in [*tasks, stop]:
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _announce(addresses: Mapping[str, Mapping[str, str]], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(addresses).decode() + "\n")
    else:
        for name, address in addresses.items():
            sys.stdout.write(f"{name}\n")
            for field, value in address.items():
                sys.stdout.write(f"  {field:15}{value}\n")
    sys.stdout.flush()


def _end_on_signals(ending: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, ending.set)
        except NotImplementedError:  # Windows: its loop has no signal handlers
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(ending.set))


def _end_with_stdin(ending: asyncio.Event) -> None:
    """Set `ending` when stdin closes, as it does however the parent process dies."""
    loop = asyncio.get_running_loop()

    def watch() -> None:
        # plain reads of the descriptor: a buffered reader would block the interpreter's end
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(ending.set)

    threading.Thread(target=watch, name="stdin", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
