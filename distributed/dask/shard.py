"""A shard of the points on a Dask worker: an actor that holds one `wayward shard` process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import Any

from distributed import get_worker
from distributed.actor import Actor

from lines import Answer, Failed, Line, check_hello, decode, expect_same, join, parse, rows_in

ATTEMPTS = 3  # a process that ends this often without an answer in between is not started again
LONGEST_LINE = 1 << 30


class Gone(Exception):
    """The process ended: not an answer, but a reason to ask another one."""


class Shard:
    """One shard, and the root of a subtree of the shards behind it.

    Lines are numbered, since they may come again when an answer got lost on the way home: a line is done once, and the
    last one's answer kept. Methods are coroutines, so that actors on one worker never wait for each other's thread.
    """

    def __init__(self, name: str, command: list[str], abi: int) -> None:
        self._name, self._command, self._abi = name, command, abi
        self._worker = get_worker()
        self._process: Process | None = None
        self._turn = asyncio.Lock()
        self._rebuild: dict[str, tuple[str, Answer]] = {}
        self._failed: Failed | None = None  # it could not be rebuilt: nothing may be asked of it
        self._last: tuple[int, Answer] = (-1, {})
        self._branches: list[Actor] = []

    async def join(self, branches: list[tuple[str, str]]) -> None:
        """Learns the (address, key) of the actors whose answers go home through this one, in order."""
        # With its worker given, a call to a worker that died fails; without, it would wait for its return.
        self._branches = [Actor(Shard, address, key, self._worker) for address, key in branches]

    async def answer(self, number: int, line: str) -> Answer:
        """A driver's line, answered by the whole subtree."""
        branches = (branch.answer(number, line) for branch in self._branches)
        parts = await asyncio.gather(self.tell(number, line), *branches)
        if not all(parts):
            return {}
        try:
            return join(parts, json.loads(line).get("merge"))
        except Failed as failed:
            return failed.answer()

    async def tell(self, number: int, line: str, before: Answer | None = None) -> Answer:
        """A line, answered by this shard alone. Errors are answers too: nothing is raised.

        `before` is what it said of the rows when it was answered first, if it was.
        A line that comes after a later one gets an empty answer: whoever sent it has given up, or is rebuilding.
        """
        async with self._turn:
            last, answer = self._last
            if number < last:
                return {}
            if number > last:
                try:
                    answer = await self._tell(line)
                    if before and "error" not in answer:
                        self._expect_same(answer, before, line)
                except Failed as failed:
                    answer = failed.answer()
                self._last = number, answer
            return answer

    async def stop(self) -> None:
        """Ends the process."""
        self._end()

    def __del__(self) -> None:
        # Dask drops an actor when its client is gone.
        self._end()

    async def _tell(self, line: str) -> Answer:
        cause = ""
        if self._failed:
            raise self._failed
        for _ in range(ATTEMPTS):
            try:
                process = self._process or await self._start()
                answer = await self._ask(process, line)
            except Gone as gone:
                self._end()
                cause = str(gone)
                continue
            operation = json.loads(line)["op"]
            if operation in ("load", "append", "place", "open") and "error" not in answer:
                self._rebuild[operation] = line, rows_in(answer)
            return answer
        raise Failed("environment", f"{self._name}: `{' '.join(self._command)}` ended {ATTEMPTS} times: {cause}")

    async def _start(self) -> Process:
        """A process, and in it what the one before held."""
        program, *arguments = self._command
        try:
            process = await asyncio.create_subprocess_exec(
                program, *arguments, stdin=PIPE, stdout=PIPE, limit=LONGEST_LINE, start_new_session=True
            )
        except OSError as error:
            raise Failed("environment", f"{self._name}: {program} does not start: {error}") from error
        self._process = process
        check_hello(await self._read(process), "shard", self._abi, self._name)
        for line, before in self._rebuild.values():
            answer = await self._ask(process, line)
            if "error" in answer:
                self._failed = Failed(**answer["error"])
                raise self._failed
            self._expect_same(answer, before, line)
        return process

    def _expect_same(self, answer: Answer, before: Answer, line: str) -> None:
        try:
            expect_same(answer, before, line, self._name)
        except Failed as failed:
            self._failed = failed
            raise

    async def _ask(self, process: Process, line: str) -> Answer:
        assert process.stdin
        start = time.perf_counter()
        try:
            process.stdin.write(line.encode())
            await process.stdin.drain()
        except OSError:
            pass  # reading tells how it ended
        said = await self._read(process)
        seconds = time.perf_counter() - start
        asked = json.loads(line)["id"]
        if said.get("id") != asked:
            raise Failed("order", f"{self._name}: answered request {json.dumps(said.get('id'))}, expected {asked}")
        return self._decoded(said) | {"seconds": seconds}

    def _decoded(self, said: Line) -> Answer:
        error: Any = said.get("error")
        if error is None:
            return decode(said, self._name)
        if not isinstance(error, dict):
            error = {"message": error}
        return Failed(error.get("code", "internal"), str(error.get("message")), error.get("row")).answer()

    async def _read(self, process: Process) -> Line:
        assert process.stdout
        try:
            text = await process.stdout.readline()
        except ValueError as error:
            raise Failed("input", f"{self._name}: a line of more than {LONGEST_LINE} bytes") from error
        if not text.endswith(b"\n"):
            raise Gone(f"exit code {await process.wait()}")
        return parse(text, self._name)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process:
            kill(process)


def kill(process: Process) -> None:
    """Ends a process that was started in a session of its own, and all that it started there."""
    if process.returncode is None:
        with suppress(ProcessLookupError):  # it has ended, and asyncio does not know yet
            os.killpg(process.pid, signal.SIGKILL)
