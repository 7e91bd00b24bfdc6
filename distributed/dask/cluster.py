"""All shards of a run on the workers of a Dask cluster: they load, are asked as one, and come back when lost."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Awaitable, Callable, Sequence, TypeVar

import cloudpickle
from distributed import Client, Future
from distributed.actor import Actor

import lines
import shard
from lines import Answer, Failed, Line
from shard import Shard

# Workers get the code along with the actors: nothing to install on them.
cloudpickle.register_pickle_by_value(lines)
cloudpickle.register_pickle_by_value(shard)

ATTEMPTS = 5  # losses in a row over one request
POLL = 0.1  # seconds between two looks at whether a worker died
PATIENCE = 30.0  # seconds that lost workers have to come back before the others take over

T = TypeVar("T")


@dataclass
class Place:
    """Where a shard is, and what rebuilds it."""

    name: str
    address: str = ""
    future: Future | None = None
    actor: Actor | None = None
    rebuild: list[str] = field(default_factory=list)

    @property
    def is_lost(self) -> bool:
        return self.future is None or self.future.status not in ("pending", "finished")


class Cluster:
    """The shards as one sweeper.

    A call that does not come through is made again, after whatever was on a dead worker has been built anew on a live
    one: `load`, `append`, `place`, the last `open`. Answers depend on those lines and the request alone, and a shard
    that had answered already repeats itself, so the bits are the same however often this happens.
    """

    def __init__(self, client: Client, command: list[str], abi: int) -> None:
        self._client, self._command, self._abi = client, command, abi
        self._places: list[Place] = []
        self._identities = itertools.count()
        self._wanted = 0
        self._opened = ""

    async def load(self, sources: Sequence[Line]) -> tuple[int, int]:
        """One shard for each source, loaded and placed. Returns rows of all and dimensions."""
        self._places = [Place(f"shard {index}") for index in range(len(sources))]
        self._wanted = len(await self._workers())
        loads = [
            self._line(op="load", source=source, name=place.name) for place, source in zip(self._places, sources)
        ]
        answers = await self._survive(lambda: asyncio.gather(*map(self._tell, self._places, loads)))
        counts: list[int] = []
        for place, line, answer in zip(self._places, loads, answers):
            if "error" in answer:
                raise _located(answer["error"], sum(counts))
            _expect_alike(place.name, answer, answers[0])
            counts.append(answer["rows"])
            place.rebuild.append(line)
        await self._place(counts)
        return sum(counts), answers[0]["dimensions"]

    async def ask(self, line: str) -> Answer:
        """The answer of all shards to a driver's line."""
        answer = await self._survive(lambda: self._root().answer(line))
        if json.loads(line)["op"] == "open":
            self._opened = line
        return answer

    async def close(self) -> None:
        """Ends the shards' processes; those on dead workers have ended."""
        stops = [place.actor.stop() for place in self._places if place.actor and not place.is_lost]
        if stops:
            await asyncio.wait([asyncio.ensure_future(_awaited(stop)) for stop in stops], timeout=5)
        self._places = []

    async def _place(self, counts: list[int]) -> None:
        """From the last shard to the first, since each takes what its successor gives up."""
        for index in reversed(range(len(counts))):
            head = (await self._settle(index, op="place", first=sum(counts[:index])))["head"]
            if head and index > 0:
                await self._settle(index - 1, op="append", rows=head)

    async def _settle(self, index: int, **words: Any) -> Answer:
        place, line = self._places[index], self._line(**words)
        answer = await self._survive(lambda: self._tell(place, line))
        if "error" in answer:
            raise Failed(**answer["error"])
        place.rebuild.append(line)
        return answer

    async def _survive(self, call: Callable[[], Awaitable[T]]) -> T:
        """The result of a call that may be made several times."""
        cause: BaseException | None = None
        for _ in range(ATTEMPTS):
            lost = [index for index, place in enumerate(self._places) if place.is_lost]
            if lost:
                self._assign(lost, await self._workers())
            task = asyncio.ensure_future(self._attempt(lost, call))
            while not task.done() and not self._is_torn():
                await asyncio.wait({task}, timeout=POLL)
            if not task.done():
                task.cancel()
                continue
            try:
                return task.result()
            except Failed:
                raise
            except Exception as error:  # the scheduler hears of a dead worker a little later than its caller
                cause = error
                await self._notice()
        names = ", ".join(place.name for place in self._places if place.is_lost) or "shards"
        raise Failed("environment", f"{names}: lost {ATTEMPTS} times over one request: {cause}") from cause

    async def _attempt(self, lost: list[int], call: Callable[[], Awaitable[T]]) -> T:
        if lost:
            start = time.perf_counter()
            await asyncio.gather(*(self._build(self._places[index]) for index in lost))
            parents = {index & (index - 1) for index in lost}
            await asyncio.gather(*(self._join(index) for index in parents.union(lost)))
            if any(self._places[index].rebuild for index in lost):
                _note(f"{_names(self._places, lost)} rebuilt in {time.perf_counter() - start:.1f} s")
        return await call()

    def _assign(self, lost: list[int], workers: list[str]) -> None:
        """A new actor for each of them, on the worker that has the fewest."""
        load = Counter({address: 0 for address in workers})
        load.update(place.address for place in self._places if not place.is_lost and place.address in load)
        if any(self._places[index].rebuild for index in lost):
            _note(f"{_names(self._places, lost)} lost: {len(workers)} workers are there, building anew")
        for index in lost:
            place = self._places[index]
            place.address = min(load, key=lambda address: load[address])
            load[place.address] += 1
            place.actor = None
            place.future = self._client.submit(
                Shard, place.name, self._command, self._abi, actor=True, workers=[place.address]
            )

    async def _build(self, place: Place) -> None:
        assert place.future
        try:
            place.actor = await asyncio.wait_for(place.future, PATIENCE)
        except asyncio.TimeoutError:  # its worker died before
            await place.future.cancel()
            raise
        for line in place.rebuild + [self._opened] * (self._opened != ""):
            answer = await self._tell(place, line)
            if "error" in answer:
                raise Failed(**answer["error"])

    async def _join(self, index: int) -> None:
        branches = [self._places[branch] for branch in branches_of(index, len(self._places))]
        await self._places[index].actor.join([(place.address, place.future.key) for place in branches])

    async def _workers(self) -> list[str]:
        """Addresses of live workers: as many as at the start, or what there is when patience ends."""
        deadline = time.monotonic() + PATIENCE
        while True:
            workers = list((await self._client.scheduler.identity())["workers"])
            late = time.monotonic() > deadline
            if workers and (late or len(workers) >= self._wanted):
                return workers
            if late:
                raise Failed("environment", f"the scheduler has had no worker for {PATIENCE:.0f} seconds")
            await asyncio.sleep(POLL)

    async def _notice(self) -> None:
        deadline = time.monotonic() + 5
        while not self._is_torn() and time.monotonic() < deadline:
            await asyncio.sleep(POLL)

    def _is_torn(self) -> bool:
        return any(place.is_lost for place in self._places)

    def _root(self) -> Actor:
        return self._places[0].actor

    async def _tell(self, place: Place, line: str) -> Answer:
        return await place.actor.tell(line)

    def _line(self, **words: Any) -> str:
        return json.dumps({"id": next(self._identities), **words}) + "\n"


def branches_of(index: int, count: int) -> list[int]:
    """A binomial tree over the shards: 0 has 1, 2, 4 ..., 4 has 5, 6, each in the order of the rows."""
    steps = itertools.takewhile(lambda step: index % (2 * step) == 0, (1 << k for k in itertools.count()))
    return list(itertools.takewhile(lambda branch: branch < count, (index + step for step in steps)))


def _located(error: Line, before: int) -> Failed:
    row = error.get("row")
    where = f"; it is row {before + row} of all" if isinstance(row, int) and before > 0 else ""
    return Failed(error["code"], error["message"] + where)


def _expect_alike(name: str, answer: Answer, first: Answer) -> None:
    for what in ("dimensions", "weighted", "grouped"):
        if answer.get(what) != first.get(what):
            raise Failed("input", f"{name}: {what} is {answer.get(what)}, expected {first.get(what)} as in shard 0")


def _names(places: list[Place], indices: list[int]) -> str:
    return ", ".join(places[index].name for index in indices)


def _note(text: str) -> None:
    print(f"wayward: {text}", file=sys.stderr, flush=True)


async def _awaited(stop: Awaitable[None]) -> None:
    try:
        await stop
    except Exception:  # its worker died
        pass
