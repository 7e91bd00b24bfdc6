"""`wayward anneal` with its points on the workers of a Dask cluster. See README.md beside this file."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import shlex
import sys
import time
from asyncio.subprocess import PIPE, Process
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory
from typing import AsyncIterator

try:
    import numpy  # noqa: F401
    from distributed import Client, LocalCluster
except ImportError as error:
    sys.exit(f"wayward: {error}: install python3-distributed and python3-numpy (Debian), or pip install distributed numpy")

from cluster import Cluster, workers_of
from lines import Failed, Line, check_hello, encode, parse
from shard import LONGEST_LINE, kill

BAD_INPUT, BAD_USAGE, INTERRUPTED = 1, 2, 130
BUILT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../dist/cli.js")
WAYWARD = shlex.join(["node", os.path.normpath(BUILT)]) if os.path.exists(BUILT) else "wayward"


def main(arguments: list[str]) -> int:
    """The exit code: the driver's, or 1 for bad input and 2 for wrong usage, as `wayward` has them."""
    flags, options = parse_arguments(arguments)
    try:
        return asyncio.run(run(flags, options))
    except Failed as failed:
        print(f"wayward: {failed}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED


def parse_arguments(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Ours, and after `--` those of `wayward anneal`."""
    parser = argparse.ArgumentParser(
        prog="anneal.py",
        usage="%(prog)s [options] FILE [FILE ...] -- --clusters K --out result.json [options of `wayward anneal`]",
        description="Anneals points that are spread over the workers of a Dask cluster: the bits of one process.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("files", metavar="FILE", nargs="+", help="points, as the workers see them; rows of all files in this order")
    add("--scheduler", metavar="ADDRESS", help="a running cluster, such as tcp://10.0.0.1:8786 (default: a local one)")
    add("--workers", metavar="W", type=_positive, help="processes of the local cluster (default: 2)")
    add("--shards", metavar="S", type=_positive, help="byte ranges of each file (default: one a worker, over all files)")
    add("--columns", metavar="LIST", help="coordinates of a CSV, by name or number from 1 (default: all but the weight)")
    add("--weight", metavar="COLUMN", help="column of positive weights, by name or number")
    add("--format", choices=["csv", "f64", "f32"], default="csv", help="f64, f32: rows of numbers, little-endian")
    add("--dimensions", metavar="D", type=_positive, help="coordinates of a row of an f64 or f32 file")
    add("--weighted", action="store_true", help="each row of an f64 or f32 file ends with its weight")
    add("--wayward", metavar="COMMAND", default=WAYWARD, help="starts wayward, here and on workers (default: %(default)s)")
    add("--timings", metavar="FILE", help="write seconds of every sweep, and of its slowest shard, as JSON")
    split = arguments.index("--") if "--" in arguments else len(arguments)
    flags, options = parser.parse_args(arguments[:split]), arguments[split + 1 :]
    binary = flags.format != "csv"
    if binary != (flags.dimensions is not None):
        parser.error("--format f64 or f32, and --dimensions, need each other")
    if binary and (flags.columns or flags.weight):
        parser.error("--columns and --weight are for a CSV; see --weighted")
    if flags.weighted and not binary:
        parser.error("--weighted is for --format f64 or f32; see --weight")
    if flags.scheduler and flags.workers:
        parser.error("--workers is for a local cluster, without --scheduler")
    return flags, options


async def run(flags: argparse.Namespace, options: list[str]) -> int:
    """Starts a driver, loads the shards, and carries lines between them until the driver is done."""
    if flags.timings:
        expect_writable(flags.timings)
    command = shlex.split(flags.wayward)
    driver = await start_driver(command + ["anneal", "--sweeper", "stdio", *options])
    try:
        text = await next_line(driver)
        if text is None:  # wrong usage, most likely, and it has said so
            return await driver.wait() or BAD_INPUT
        hello = parse(text, "driver")
        check_hello(hello, "driver", None, "driver")
        async with connect(flags) as client:
            shards = Cluster(client, command + ["shard"], hello["abi"])
            try:
                rows, dimensions = await shards.load(await sources_of(flags, client))
                tell(driver, {**hello, "wayward": "sweeper", "rows": rows, "dimensions": dimensions, "name": "dask"})
                timings = await carry(driver, shards)
            finally:
                await shards.close()
        status = await driver.wait()
        if flags.timings:
            write_timings(flags.timings, timings)
        return status if status >= 0 else 128 - status
    finally:
        kill(driver)
        await driver.wait()


async def carry(driver: Process, shards: Cluster) -> list[tuple[float, float]]:
    """Requests to the shards and answers home. Returns seconds of every sweep, and of its slowest shard."""
    assert driver.stdin
    timings = []
    while (text := await next_line(driver)) is not None:
        request = parse(text, "driver")
        if request["op"] == "close":
            tell(driver, {"id": request["id"]})
            break
        start = time.perf_counter()
        answer = await shards.ask(text)
        tell(driver, encode(answer, request["id"]))
        if "error" in answer:  # the driver says it and ends
            driver.stdin.close()
            break
        if request["op"] == "sweep":
            timings.append((time.perf_counter() - start, answer["seconds"]))
    return timings


@asynccontextmanager
async def connect(flags: argparse.Namespace) -> AsyncIterator[Client]:
    """A client of the scheduler that was named, or of worker processes on this machine, which only it can reach."""
    try:
        if flags.scheduler:
            async with Client(flags.scheduler, asynchronous=True, timeout=10) as client:
                yield client
            return
    except (OSError, ValueError) as error:
        raise Failed("environment", f"{flags.scheduler}: {error}") from error
    # Without a dashboard Dask still serves HTTP, and on every interface unless it is told where.
    with TemporaryDirectory(prefix="wayward-dask-") as folder:
        local = LocalCluster(
            n_workers=flags.workers or 2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            local_directory=folder,
            silence_logs=logging.CRITICAL,
            asynchronous=True,
        )
        async with local as cluster, Client(cluster, asynchronous=True) as client:
            yield client


async def sources_of(flags: argparse.Namespace, client: Client) -> list[Line]:
    """What each shard loads: a range of bytes of a file."""
    # On a cluster, a worker's folder is none that we know.
    files = [os.path.abspath(file) if flags.scheduler else file for file in flags.files]
    pieces = flags.shards or max(1, len(await workers_of(client)) // len(files))
    size_of = {"csv": 1, "f64": 8, "f32": 4}[flags.format]
    row = size_of * ((flags.dimensions or 1) + flags.weighted)
    sources = []
    for file in files:
        try:
            size = await client.submit(os.path.getsize, file, pure=False)
        except OSError as error:
            raise Failed("input", f"{file}: cannot be read: {error.strerror}") from error
        if size % row:
            raise Failed("input", f"{file}: {size} bytes, expected a multiple of {row}, a row")
        cuts = [size // row * piece // pieces * row for piece in range(pieces + 1)]
        sources += [_source(flags, file, cuts[piece : piece + 2]) for piece in range(pieces)]
    return sources


def _source(flags: argparse.Namespace, file: str, bytes: list[int]) -> Line:
    if flags.format == "csv":
        columns = {"columns": [name.strip() for name in flags.columns.split(",")]} if flags.columns else {}
        weight = {"weight": flags.weight} if flags.weight else {}
        return {"csv": file, "bytes": bytes, **columns, **weight}
    shape = {"type": flags.format, "dimensions": flags.dimensions, "weighted": flags.weighted, "grouped": False}
    return {"binary": file, "bytes": bytes, **shape}


async def start_driver(command: list[str]) -> Process:
    try:
        # A group of its own, since `wayward` may be a script that starts another process.
        return await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, limit=LONGEST_LINE, start_new_session=True
        )
    except OSError as error:
        raise Failed("environment", f"{command[0]} does not start: {error}") from error


async def next_line(driver: Process) -> str | None:
    """What the driver says; None when it has ended."""
    assert driver.stdout
    text = (await driver.stdout.readline()).decode(errors="replace")
    return text if text.endswith("\n") else None


def tell(driver: Process, line: Line) -> None:
    assert driver.stdin
    driver.stdin.write(json.dumps(line).encode() + b"\n")


def expect_writable(path: str) -> None:
    """Finds out before the work, not after it; a run that fails leaves no empty file."""
    is_new = not os.path.exists(path)
    try:
        open(path, "a").close()
        if is_new:
            os.remove(path)
    except OSError as error:
        raise cannot_write(path, error) from error


def write_timings(path: str, timings: list[tuple[float, float]]) -> None:
    try:
        with open(path, "w", encoding="utf8") as file:
            json.dump({"sweeps": timings}, file)
    except OSError as error:
        raise cannot_write(path, error) from error


def cannot_write(path: str, error: OSError) -> Failed:
    return Failed("input", f"{path}: cannot be written: {error.strerror}")


def _positive(text: str) -> int:
    value = int(text) if text.isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"is {text}, expected an integer of at least 1")
    return value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
