"""What a test that starts Spark is marked with."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec

import pytest

LOOKED_FOR = {"pyspark": find_spec("pyspark"), "Java": shutil.which("java")}
LACKING = [name for name, there in LOOKED_FOR.items() if not there]
needs_spark = [
    pytest.mark.spark,
    pytest.mark.skipif(bool(LACKING) and os.environ.get("CI") != "true",
                       reason=f"Spark is not installed: {' and '.join(LACKING)} missing"),
    # pyspark leaves sockets and processes to the end of the program
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]  # fmt: skip
