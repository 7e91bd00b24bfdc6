"""What travels: lines of the protocol (docs/shards.md), and the answers that are decoded from them.

An answer is a plain dict, so that Dask sends its arrays as they are and never pickles a class.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, Sequence

import numpy as np
from numpy.typing import NDArray

Line = dict[str, Any]
Answer = dict[str, Any]
Array = NDArray[Any]

PROTOCOL = 1
ARRAYS = {"nodes": "<f8", "labels": "<i4", "policy": "<f8"}


class Failed(Exception):
    """An error as the protocol knows it: a code of wayward's, and a sentence."""

    def __init__(self, code: str, message: str, row: int | None = None) -> None:
        super().__init__(message)
        self.code, self.row = code, row

    def answer(self) -> Answer:
        error = {"code": self.code, "message": str(self)}
        return {"error": error if self.row is None else error | {"row": self.row}}


def parse(text: str | bytes, who: str) -> Line:
    """One JSON object, or `Failed`."""
    try:
        line = json.loads(text)
    except ValueError:  # not JSON, or not UTF-8
        line = None
    if isinstance(line, dict):
        return line
    shown = text.decode(errors="replace") if isinstance(text, bytes) else text
    raise Failed("input", f"{who}: {json.dumps(shown.strip()[:60])} is no line of the protocol, expected a JSON object")


def check_hello(line: Line, wayward: str, abi: Any, who: str) -> None:
    """`Failed` unless the other end is what it should be, from the same build. `abi` None takes any."""
    expected = {"wayward": wayward, "protocol": PROTOCOL, "abi": line.get("abi") if abi is None else abi}
    for name, value in expected.items():
        if line.get(name) != value:
            said = json.dumps(line[name]) if name in line else "missing"
            raise Failed("environment", f"{who}: {name} is {said}, expected {json.dumps(value)}")


def decode(line: Line, who: str) -> Answer:
    """An answer with arrays in place of base64; the nodes of a sweep are the rows of a matrix."""
    answer = dict(line)
    for name in ARRAYS.keys() & line.keys():
        if line[name] is not None:
            answer[name] = _array(line[name], ARRAYS[name], f"{who}: {name}")
    if "nodes" in answer:
        width = 2 + line["length"] if isinstance(line.get("length"), int) else 0
        if width < 2 or answer["nodes"].size % width:
            raise Failed("input", f"{who}: {answer['nodes'].size} numbers, expected nodes of {width}")
        answer["nodes"] = answer["nodes"].reshape(-1, width)
    return answer


def encode(answer: Answer, identity: Any) -> Line:
    """What the driver hears."""
    if "error" in answer:
        return {"id": identity, "error": answer["error"]}
    return {"id": identity, **{name: _base64(answer[name]) for name in ARRAYS.keys() & answer.keys()}}


def join(parts: Sequence[Answer], merge: str | None) -> Answer:
    """The answers of neighboring shards, in their order, as one; of several errors the first."""
    for part in parts:
        if "error" in part:
            return part
    joined: Answer = {"seconds": max(part["seconds"] for part in parts)}
    for name in ARRAYS.keys() & parts[0].keys():
        arrays = [part[name] for part in parts]
        if any(array is None for array in arrays):
            joined[name] = None
        else:
            joined[name] = merge_nodes(arrays, merge) if name == "nodes" else np.concatenate(arrays)
    return joined


def merge_nodes(parts: Sequence[Array], merge: str | None) -> Array:
    """Nodes of shards in order, with neighbors (a, s) and (a + s, s) added up where they are one node (a, 2 s).

    The same additions as one process makes, so the same bits. Rows are first, blocks, sums.
    """
    filled = [part for part in parts if len(part)]
    if len(filled) == 0:
        return parts[0]
    if len({part.shape[1] for part in filled}) > 1:
        raise Failed("order", f"sweep: nodes of {[part.shape[1] for part in filled]} numbers, expected one length")
    if merge not in ("sum", "min"):
        return np.concatenate(filled)
    combine = _add if merge == "sum" else _minimum
    stack: list[Array] = []
    for node in (node for part in filled for node in part):
        while stack and _are_halves(stack[-1], node):
            left = stack.pop()
            node = np.concatenate((left[:1], 2 * left[1:2], combine(left[2:], node[2:])))
        stack.append(node)
    return np.array(stack)


def rows_in(answer: Answer) -> Answer:
    """What an answer says of a shard's rows."""
    return {name: answer.get(name) for name in ("rows", "checksum")}


def expect_same(answer: Answer, before: Answer, line: str, who: str) -> None:
    """`Failed` if a line that rebuilds a shard finds other rows than it did before: a file has changed."""
    for what, now in rows_in(answer).items():
        if now != before[what]:
            asked = json.loads(line)
            source = asked.get("source", {})
            name = source.get("csv") or source.get("binary") or asked["op"]
            said = f"{what} is {now}, expected {before[what]}"
            raise Failed("input", f"{who}: {name} has changed since it was loaded: {said}")


def _are_halves(left: Array, right: Array) -> bool:
    (first, blocks), (next_first, next_blocks) = left[:2], right[:2]
    return bool(blocks == next_blocks and first + blocks == next_first and first % (2 * blocks) == 0)


def _add(left: Array, right: Array) -> Array:
    result: Array = left + right
    return result


def _minimum(left: Array, right: Array) -> Array:
    """As WebAssembly's min, where -0 is below 0; numpy leaves that open."""
    return np.where(left == right, np.where(np.signbit(left), left, right), np.minimum(left, right))


def _array(text: Any, kind: str, what: str) -> Array:
    try:
        return np.frombuffer(base64.b64decode(text, validate=True), kind)
    except (TypeError, ValueError, binascii.Error) as error:
        raise Failed("input", f"{what} is no base64 of {kind[1:]} numbers: {error}") from error


def _base64(array: Array | None) -> str | None:
    return None if array is None else base64.b64encode(array.tobytes()).decode()
