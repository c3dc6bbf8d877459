"""The tree is RFC 6962's: by its public vectors, by another implementation, by its own laws."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shanhou.evidence import proof
from shanhou.evidence.proof import EMPTY_ROOT, Tree, leaf_hash, node_hash

VECTORS = Path(__file__).parents[3] / "shared" / "data" / "vectors" / "merkle"

entry_lists = st.lists(st.binary(max_size=8), min_size=1, max_size=70)


def _raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def _verdict(kind: str, case: dict[str, Any]) -> bool:
    path = [_raw(step) for step in case.get("proof") or []]
    if kind == "inclusion":
        return proof.included(
            _raw(case["leafHash"]),
            case["leafIdx"],
            size=case["treeSize"],
            root=_raw(case["root"]),
            path=path,
        )
    if kind == "consistency":
        return proof.grown(
            case["size1"],
            case["size2"],
            first_root=_raw(case["root1"]),
            root=_raw(case["root2"]),
            path=path,
        )
    if kind == "subtreeinclusion":
        return proof.subtree_included(
            _raw(case["leafHash"]),
            case["leafIdx"],
            start=case["start"],
            end=case["end"],
            root=_raw(case["root"]),
            path=path,
        )
    return proof.subtree_grown(
        case["start"],
        case["end"],
        size=case["size"],
        subtree_root=_raw(case["root1"]),
        root=_raw(case["root2"]),
        path=path,
    )


@pytest.mark.shared
def test_all_public_merkle_vectors_agree() -> None:
    if not VECTORS.is_dir():
        pytest.skip("the public vectors are not beside this checkout")
    files = sorted(VECTORS.rglob("*.json"))
    wrong = []
    for file in files:
        case = json.loads(file.read_text(encoding="utf8"))
        kind = file.relative_to(VECTORS).parts[0]
        if _verdict(kind, case) is case["wantErr"]:
            wrong.append(str(file.relative_to(VECTORS)))
    assert len(files) == 518
    assert wrong == []


def _root_by_definition(leaves: list[bytes]) -> bytes:
    """MTH word for word as RFC 6962 section 2.1 defines it."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(_root_by_definition(leaves[:split]), _root_by_definition(leaves[split:]))


@given(entry_lists)
def test_the_root_and_every_earlier_root_follow_the_definition(entries: list[bytes]) -> None:
    tree = Tree.of(map(leaf_hash, entries))
    for size in range(len(entries) + 1):
        assert tree.root_of_first(size) == _root_by_definition(entries[:size])
    assert tree.root == tree.root_of_first(tree.size)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 64, 100, 257])
def test_pymerkle_gives_the_same_root_and_paths(size: int) -> None:
    from pymerkle import InmemoryTree

    entries = [f"entry {number}".encode() for number in range(size)]
    oracle = InmemoryTree(algorithm="sha256")
    for each in entries:
        oracle.append_entry(each)
    tree = Tree.of(map(leaf_hash, entries))
    assert tree.root == oracle.get_root()
    for index in {0, size // 2, size - 1}:
        theirs = oracle.prove_inclusion(index + 1).path
        assert [leaf_hash(entries[index]), *tree.inclusion(index)] == theirs


@given(st.data(), entry_lists)
def test_an_entry_is_included_where_it_is_and_nowhere_else(
    data: st.DataObject, entries: list[bytes]
) -> None:
    unlike = [b"%d:" % number + each for number, each in enumerate(entries)]
    tree = Tree.of(map(leaf_hash, unlike))
    index = data.draw(st.integers(0, tree.size - 1))
    claimed = data.draw(st.integers(0, tree.size - 1))
    path = tree.inclusion(index)
    found = proof.included(
        leaf_hash(unlike[index]), claimed, size=tree.size, root=tree.root, path=path
    )
    assert found is (index == claimed)


@given(st.data(), entry_lists)
def test_a_tree_that_grew_proves_it_and_a_rewritten_one_cannot(
    data: st.DataObject, entries: list[bytes]
) -> None:
    tree = Tree.of(map(leaf_hash, entries))
    first = data.draw(st.integers(1, tree.size))
    place = data.draw(st.integers(0, first - 1))
    rewritten = [*entries[:place], entries[place] + b"!", *entries[place + 1 :]]
    other = Tree.of(map(leaf_hash, rewritten))
    for candidate, expected in ((tree, True), (other, False)):
        grew = proof.grown(
            first,
            tree.size,
            first_root=tree.root_of_first(first),
            root=candidate.root,
            path=candidate.consistency(first),
        )
        assert grew is expected


@given(st.data(), entry_lists)
@settings(max_examples=60)
def test_no_changed_bit_of_a_path_passes(data: st.DataObject, entries: list[bytes]) -> None:
    tree = Tree.of(map(leaf_hash, [*entries, b"one more"]))
    path = list(tree.inclusion(0))
    step = data.draw(st.integers(0, len(path) - 1))
    bit = data.draw(st.integers(0, 255))
    flipped = (int.from_bytes(path[step], "big") ^ (1 << bit)).to_bytes(32, "big")
    path[step] = flipped
    leaf = leaf_hash(entries[0])
    assert not proof.included(leaf, 0, size=tree.size, root=tree.root, path=path)


def test_what_a_tree_does_not_hold_is_refused() -> None:
    tree = Tree.of([leaf_hash(b"only")])
    for ask in (
        lambda: tree.inclusion(1),
        lambda: tree.consistency(0),
        lambda: tree.root_of_first(2),
        lambda: tree.node(0, 1),
        lambda: Tree.over(b"short"),
    ):
        with pytest.raises(ValueError, match=r"tree|32 bytes"):
            ask()
