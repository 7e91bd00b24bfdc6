"""All shards of a run on the workers of a Dask cluster: they load, are asked as one, and come back when lost."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Awaitable, Callable, Iterable, Sequence

import cloudpickle
from distributed import Client, Future

import lines
import shard
from lines import Answer, Failed, Line, rows_in
from shard import Shard

# Workers get the code along with the actors: nothing to install on them.
cloudpickle.register_pickle_by_value(lines)
cloudpickle.register_pickle_by_value(shard)

ATTEMPTS = 5  # losses in a row over one request
POLL = 0.1  # seconds between two looks at whether a worker died
PATIENCE = 30.0  # seconds that lost workers have to come back before the others take over

Step = tuple[int, str]
"""A line, and its number among all: an actor takes each once, in order."""


@dataclass
class Place:
    """Where a shard is, and what rebuilds it."""

    name: str
    address: str = ""
    future: Future | None = None
    actor: Any = None
    rebuild: list[tuple[Step, Answer]] = field(default_factory=list)
    is_built: bool = False

    @property
    def is_lost(self) -> bool:
        return self.future is None or self.future.status not in ("pending", "finished")


class Cluster:
    """The shards as one sweeper.

    A call that does not come through is made again, after whatever was on a dead worker has been built anew on a live
    one: `load`, `append`, `place`, `open`. Why the bits are the same however often this happens: a line's answer
    depends on those before it and on nothing else; lines are numbered, and each is sent to an actor only after all
    before it were answered; what comes to an actor again, from this attempt or late from one given up, it does not do
    again.
    """

    def __init__(self, client: Client, command: list[str], abi: int) -> None:
        self._client, self._command, self._abi = client, command, abi
        self._places: list[Place] = []
        self._numbers = itertools.count()
        self._wanted = 0
        self._opened: list[Step] = []

    async def load(self, sources: Sequence[Line]) -> tuple[int, int]:
        """One shard for each source, loaded and placed. Returns rows of all and dimensions."""
        self._places = [Place(f"shard {index}") for index in range(len(sources))]
        self._wanted = len(await self._workers())
        loads = [
            self._step(op="load", source=source, name=place.name) for place, source in zip(self._places, sources)
        ]
        answers: list[Answer] = await self._survive(
            lambda: _all(place.actor.tell(*step) for place, step in zip(self._places, loads))
        )
        counts: list[int] = []
        for place, step, answer in zip(self._places, loads, answers):
            if "error" in answer:
                raise _located(answer["error"], sum(counts))
            _expect_alike(place.name, answer, answers[0])
            counts.append(answer["rows"])
            place.rebuild.append((step, rows_in(answer)))
        await self._place(counts)
        return sum(counts), answers[0]["dimensions"]

    async def ask(self, line: str) -> Answer:
        """The answer of all shards to a driver's line."""
        step = next(self._numbers), line
        answer: Answer = await self._survive(lambda: self._places[0].actor.answer(*step))
        if json.loads(line)["op"] == "open" and "error" not in answer:
            self._opened = [step]
        return answer

    async def close(self) -> None:
        """Ends the shards' processes; those on dead workers have ended."""
        stops = [place.actor.stop() for place in self._places if place.actor and not place.is_lost]
        self._places = []
        try:
            await asyncio.wait_for(_all(stops, return_exceptions=True), timeout=5)
        except asyncio.TimeoutError:  # a worker hangs; Dask will drop the actor
            pass

    async def _place(self, counts: list[int]) -> None:
        """From the last shard to the first, since each takes what its successor gives up."""
        for index in reversed(range(len(counts))):
            head = (await self._settle(index, op="place", first=sum(counts[:index])))["head"]
            if head and index > 0:
                await self._settle(index - 1, op="append", rows=head)

    async def _settle(self, index: int, **words: Any) -> Answer:
        place, step = self._places[index], self._step(**words)
        answer: Answer = await self._survive(lambda: place.actor.tell(*step))
        if "error" in answer:
            raise Failed(**answer["error"])
        place.rebuild.append((step, rows_in(answer)))
        return answer

    async def _survive(self, call: Callable[[], Any]) -> Any:
        """The result of a call that may be made several times."""
        cause: BaseException | None = None
        for _ in range(ATTEMPTS):
            if self._is_torn():
                self._assign(await self._workers())
            task = asyncio.ensure_future(self._attempt(call))
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
        lost = [index for index, place in enumerate(self._places) if place.is_lost or not place.is_built]
        raise Failed("environment", f"{self._names(lost) or 'shards'}: lost {ATTEMPTS} times over one request: {cause}") from cause

    async def _attempt(self, call: Callable[[], Any]) -> Any:
        missing = [index for index, place in enumerate(self._places) if not place.is_built]
        if missing:
            start = time.perf_counter()
            await _all(self._build(self._places[index]) for index in missing)
            parents = {index & (index - 1) for index in missing}
            await _all(self._join(index) for index in parents.union(missing))
            for index in missing:
                self._places[index].is_built = True
            if self._places[0].rebuild:
                _note(f"{self._names(missing)} rebuilt in {time.perf_counter() - start:.1f} s")
        return await call()

    def _assign(self, workers: list[str]) -> None:
        """For each that is lost a new actor, on the worker that has the fewest."""
        lost = [index for index, place in enumerate(self._places) if place.is_lost]
        load = Counter({address: 0 for address in workers})
        load.update(place.address for place in self._places if not place.is_lost and place.address in load)
        if self._places[0].rebuild:
            _note(f"{self._names(lost)} lost with a worker, {len(workers)} workers are there")
        for index in lost:
            place = self._places[index]
            place.address = min(load, key=lambda address: load[address])
            load[place.address] += 1
            place.is_built = False
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
        for step, before in [*place.rebuild, *((step, None) for step in self._opened)]:
            answer: Answer = await place.actor.tell(*step, before)
            if "error" in answer:
                raise Failed(**answer["error"])

    async def _join(self, index: int) -> None:
        branches = [self._places[branch] for branch in branches_of(index, len(self._places))]
        await self._places[index].actor.join([(place.address, place.actor.key) for place in branches])

    async def _workers(self) -> list[str]:
        """Addresses of live workers: as many as at the start, or what there is when patience ends."""
        deadline = time.monotonic() + PATIENCE
        while True:
            workers = await workers_of(self._client)
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

    def _step(self, **words: Any) -> Step:
        number = next(self._numbers)
        return number, json.dumps({"id": number, **words}) + "\n"

    def _names(self, indices: list[int]) -> str:
        return ", ".join(self._places[index].name for index in indices)


async def workers_of(client: Client) -> list[str]:
    """Addresses of the workers that the scheduler has now."""
    return list((await client.scheduler.identity())["workers"])  # type: ignore[union-attr]


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


def _note(text: str) -> None:
    print(f"wayward: {text}", file=sys.stderr, flush=True)


async def _all(calls: Iterable[Awaitable[Any]], **options: Any) -> list[Any]:
    return list(await asyncio.gather(*calls, **options))
