"""The mathematics of the log: what was written stays written, and each entry is in it.

The Merkle tree of RFC 6962 section 2.1 over SHA-256, with the verification algorithms of
RFC 9162 section 2.1. Pure: hashes in, hashes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
"""The root of no entries (RFC 6962 section 2.1)."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry; 0x00 keeps it apart from inner nodes (RFC 6962 section 2.1)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees (RFC 6962 section 2.1)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True)
class Tree:
    """All hashes of a tree, leaves first, each level one run of 32-byte hashes.

    `levels[k]` at place `i` is the hash of the leaves `i * 2**k` up to `(i + 1) * 2**k`, cut at
    the tree's size; a last node without a partner goes up unchanged, which gives the root of
    RFC 6962's split at the largest power of two.
    """

    levels: tuple[bytes, ...]

    @classmethod
    def of(cls, leaf_hashes: Iterable[bytes]) -> Tree:
        """The tree over leaf hashes in their order."""
        return cls.over(b"".join(leaf_hashes))

    @classmethod
    def over(cls, leaf_run: bytes) -> Tree:
        """The tree over one run of 32-byte leaf hashes."""
        if len(leaf_run) % HASH_BYTES:
            raise ValueError("a run of leaf hashes is a multiple of 32 bytes")
        levels = [leaf_run]
        while len(levels[-1]) > HASH_BYTES:
            levels.append(_level_above(levels[-1]))
        return cls(tuple(levels))

    @property
    def size(self) -> int:
        return len(self.levels[0]) // HASH_BYTES

    @property
    def root(self) -> bytes:
        return self.levels[-1] or EMPTY_ROOT

    def node(self, level: int, place: int) -> bytes:
        at = place * HASH_BYTES
        if not 0 <= at < len(self.levels[level]):
            raise ValueError("no such node in this tree")
        return self.levels[level][at : at + HASH_BYTES]

    def root_of_first(self, size: int) -> bytes:
        """The root this tree had when it held `size` entries."""
        if not 0 <= size <= self.size:
            raise ValueError("the tree never had that size")
        root, start = b"", size
        for level in range(size.bit_length()):
            if size >> level & 1:
                start -= 1 << level
                peak = self.node(level, start >> level)
                root = node_hash(peak, root) if root else peak
        return root or EMPTY_ROOT

    def inclusion(self, index: int) -> tuple[bytes, ...]:
        """The path from the leaf at `index` to the root (RFC 6962 section 2.1.1)."""
        if not 0 <= index < self.size:
            raise ValueError("no such leaf in this tree")
        path, place = [], index
        for level in range(len(self.levels) - 1):
            sibling = place ^ 1
            if sibling * HASH_BYTES < len(self.levels[level]):
                path.append(self.node(level, sibling))
            place >>= 1
        return tuple(path)

    def consistency(self, first: int) -> tuple[bytes, ...]:
        """The proof that the tree of the first entries grew into this one (RFC 6962 2.1.2)."""
        if not 0 < first <= self.size:
            raise ValueError("the tree never had that size")
        return tuple(self._subproof(first, 0, self.size, whole=True))

    def _subproof(self, first: int, start: int, end: int, *, whole: bool) -> list[bytes]:
        """SUBPROOF of RFC 6962 section 2.1.2 over the leaves `start` to `end`."""
        if first == end:
            return [] if whole else [self._range(start, end)]
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if first <= middle:
            below = self._subproof(first, start, middle, whole=whole)
            return [*below, self._range(middle, end)]
        return [*self._subproof(first, middle, end, whole=False), self._range(start, middle)]

    def _range(self, start: int, end: int) -> bytes:
        level = (end - start - 1).bit_length()
        return self.node(level, start >> level)


def _level_above(level: bytes) -> bytes:
    pair = 2 * HASH_BYTES
    whole = len(level) - len(level) % pair
    hashed = [sha256(b"\x01" + level[at : at + pair]).digest() for at in range(0, whole, pair)]
    return b"".join(hashed) + level[whole:]


def included(leaf: bytes, index: int, *, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether a path shows the leaf hash at `index` under the root (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes([leaf, *path]):
        return False
    place, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, step)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def grown(
    first: int, second: int, *, first_root: bytes, root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether a path shows that a tree of `first` entries only grew (RFC 9162 2.1.4.2).

    From a tree of no entries nothing is shown, so that only two empty trees agree.
    """
    if first == 0:
        return second == 0 and not path and first_root == root == EMPTY_ROOT
    return subtree_grown(0, first, size=second, subtree_root=first_root, root=root, path=path)


def subtree_included(
    leaf: bytes, index: int, *, start: int, end: int, root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether a path shows the leaf at `index` within the subtree of leaves `start` to `end`."""
    if not is_subtree(start, end) or not start <= index < end:
        return False
    return included(leaf, index - start, size=end - start, root=root, path=path)


def subtree_grown(
    start: int, end: int, *, size: int, subtree_root: bytes, root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether a path shows the subtree of leaves `start` to `end` within a tree.

    RFC 9162 section 2.1.4.2, with the start that draft-ietf-plants-merkle-tree-certs adds.
    """
    if not 0 <= start <= end <= size or not _are_hashes(path):
        return False
    if start == end:  # no entries: in every tree
        return not path and subtree_root == EMPTY_ROOT
    if not is_subtree(start, end):
        return False
    first, place, last = start, end - 1, size - 1
    # Up to the largest node that both trees have whole.
    while first != place and (place & 1 or place == last):
        first, place, last = first >> 1, place >> 1, last >> 1
    steps = [subtree_root, *path] if first == place else list(path)
    return bool(steps) and _folded(first, place, last, steps) == (subtree_root, root)


def _folded(first: int, place: int, last: int, steps: list[bytes]) -> tuple[bytes, bytes] | None:
    """The older and the newer root that a consistency path leads to, if it ends in both."""
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return None
        if place & 1 or place == last:
            old = node_hash(step, old) if first < place else old
            new = node_hash(step, new)
            while not place & 1 and place:
                first, place, last = first >> 1, place >> 1, last >> 1
        else:
            new = node_hash(new, step)
        first, place, last = first >> 1, place >> 1, last >> 1
    return (old, new) if last == 0 else None


def is_subtree(start: int, end: int) -> bool:
    """Whether a range of leaves is a subtree: it begins at a multiple of its rounded-up width."""
    return 0 <= start < end and start % (1 << (end - start - 1).bit_length()) == 0


def _are_hashes(path: Sequence[bytes]) -> bool:
    return all(len(step) == HASH_BYTES for step in path)
