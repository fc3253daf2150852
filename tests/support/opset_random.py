"""What the generators of opset_cases.py and opset_layers.py share.

A generator is called with (r, v, op): the random numbers, the version, the name. It returns a Case."""
import dataclasses

import numpy as np

GENERATORS = {}


@dataclasses.dataclass
class Case:
    inputs: list  # arrays; None: left out
    attrs: dict = dataclasses.field(default_factory=dict)
    outputs: int = 1  # the first ones are asked for
    const: tuple = ()  # which inputs are initialisers; the others are inputs of the model
    nodes: list = None  # instead of one node: reads i0, i1, ..., makes y0, y1, ...


def generator(*names):
    def add(function):
        GENERATORS.update({name: function for name in names})
        return function

    return add


class Random:
    """Draws; `types` are those that the first input may have in this version."""

    def __init__(self, seed, types):
        self.rng = np.random.default_rng(seed)
        self.types = [t for t in (np.float32, np.float64, np.int32, np.int64, np.int8, np.uint8, np.uint32) if np.dtype(t).name in types]

    def int(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def flag(self):
        return self.int(0, 1)

    def one(self, *choices):
        return choices[self.int(0, len(choices) - 1)]

    def shape(self, rank=None, most=4):
        return tuple(self.int(1, most) for _ in range(self.int(1, 4) if rank is None else rank))

    def kind(self, numbers=True):
        """An element type of the version, float32 as often as all others."""
        types = self.types if numbers else [t for t in self.types if np.dtype(t).kind == "f"]
        return types[self.int(0, len(types) - 1)] if types and self.flag() else np.float32 if np.float32 in types or not types else types[0]

    def array(self, shape, kind=np.float32, low=-2.0, high=2.0):
        if np.dtype(kind).kind == "f":
            return np.asarray(self.rng.uniform(low, high, shape)).astype(kind)
        if kind is bool:
            return np.asarray(self.rng.integers(0, 2, shape)).astype(bool)
        return np.asarray(self.rng.integers(0 if np.dtype(kind).kind == "u" else -9, 10, shape)).astype(kind)

    def ints(self, shape, low, high, kind=np.int64):
        return np.asarray(self.rng.integers(low, high + 1, shape)).astype(kind)

    def axis(self, rank, since=1):
        """Negative ones since opset 11."""
        return self.int(-rank if since >= 11 else 0, rank - 1)

    def axes(self, rank, v):
        chosen = sorted(self.rng.permutation(rank)[:self.int(1, rank)])
        return [int(a) - (rank if v >= 11 and self.flag() else 0) for a in chosen]

    def some(self, **attrs):
        """Each attribute with one chance in two."""
        return {name: value for name, value in attrs.items() if self.flag()}


def ints(*values):
    return np.array(values, np.int64)
