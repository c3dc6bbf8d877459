"""Reads a folder or one file: each delimited file and each sheet becomes a dataset.

What no reader can take, hidden files and linked folders are listed as unread; a file is told by
its first bytes, not by its name.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from shanhou.errors import Coded, Fault
from shanhou.sources.delimited import DelimitedFile, is_text
from shanhou.sources.reader import Fingerprint, Rows, Unread, chosen
from shanhou.sources.spreadsheet import Sheet, Workbook
from shanhou.vault.tables import Dataset

_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_NOT_TEXT = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"SQLite format 3\x00", b"\x1f\x8b",
             b"Rar!", b"7z\xbc\xaf", b"RIFF", b"MZ", b"\x7fELF")  # fmt: skip
_PART = ".shanhou-part"
"""In the name of a new file that has not taken the old one's place yet; none of the company's."""
_BINARY_SUFFIXES = {".ppt", ".pptx", ".doc", ".docx", ".vsd", ".vsdx", ".msg", ".eml"}


class FolderReader:
    """Files as a source; reading starts when the datasets are asked for."""

    def __init__(
        self,
        source: str,
        path: Path,
        include: tuple[str, ...] = (),
        exclude: tuple[str, ...] = (),
        *,
        headers: Mapping[str, int] = MappingProxyType({}),
        is_row: Callable[[Sequence[str]], bool] = lambda _titles: False,
    ) -> None:
        """`headers`: per file, or `file#sheet`, where a person says the header begins; 0 for none.

        `is_row`: whether what was found as titles is a person's row; such a table is not read.
        """
        self.source = source
        self.path = path
        self._include, self._exclude = include, exclude
        self._headers = {f"{source}/{name}": line for name, line in headers.items()}
        self._is_row = is_row
        self._files: dict[str, DelimitedFile | tuple[Workbook, Sheet]] = {}
        self._unread: list[Unread] = []
        self._looked = False

    def close(self) -> None:
        """Nothing stays open between readings."""

    def unread(self) -> tuple[Unread, ...]:
        self.datasets()
        return tuple(self._unread)

    def slow(self) -> tuple[Unread, ...]:
        """Nothing: each file is rewritten once."""
        return ()

    def datasets(self) -> tuple[Dataset, ...]:
        if not self._looked:
            self._look()
        return tuple(
            file.dataset if isinstance(file, DelimitedFile) else file[1].dataset
            for file in self._files.values()
        )

    def read(self, dataset: Dataset) -> Iterator[Rows]:
        file = self.file(dataset)
        if isinstance(file, DelimitedFile):
            yield from file.read()
        else:
            yield from file[0].read(file[1])

    def fingerprint(self, dataset: Dataset) -> Fingerprint:
        file = self.file(dataset)
        return (file if isinstance(file, DelimitedFile) else file[0]).fingerprint()

    def file(self, dataset: Dataset) -> DelimitedFile | tuple[Workbook, Sheet]:
        """The file behind a dataset."""
        self.datasets()
        return self._files[dataset.name]

    def path_of(self, dataset: Dataset) -> Path:
        file = self.file(dataset)
        return file.path if isinstance(file, DelimitedFile) else file[0].path

    def _look(self) -> None:
        """Open every file once.

        Raises:
            Fault: SH-E-101 the folder or file is not there.
        """
        if not self.path.exists():
            raise Fault("SH-E-101", place=self.path.name)
        self._looked = True
        for path in self._paths():
            relative = path.name if self.path.is_file() else path.relative_to(self.path).as_posix()
            name = f"{self.source}/{relative}"
            inside = self.path.is_dir()
            linked = inside and path.is_symlink()
            hidden = inside and path.name.startswith(("~$", "."))
            if linked or hidden or not path.is_file():
                self._unread.append(Unread(name, "SH-E-116"))
                continue
            try:
                self._open(path, name)
            except Coded as error:
                self._unread.append(Unread(name, error.code))
        told = {*self._files, *(one.place for one in self._unread)}
        self._unread += [Unread(name, "SH-E-115") for name in self._headers if name not in told]

    def _paths(self) -> Iterator[Path]:
        if self.path.is_file():
            yield self.path
            return
        for path in sorted(self.path.rglob("*")):
            relative = path.relative_to(self.path).as_posix()
            if path.is_dir() and not path.is_symlink():
                continue
            if path.name.startswith(".") and _PART in path.name:
                continue
            if chosen(relative, self._include, self._exclude):
                yield path

    def _open(self, path: Path, name: str) -> None:
        with path.open("rb") as handle:
            head = handle.read(16)
        if _is_workbook(path, head):
            named = {place.removeprefix(f"{name}#"): line for place, line in self._headers.items()
                     if place.startswith(f"{name}#")}  # fmt: skip
            workbook = Workbook(path, self.source, name, named)
            for sheet in workbook.sheets:
                code = sheet.code or self._doubt(sheet.dataset)
                if code:
                    self._unread.append(Unread(sheet.dataset.name, code))
                else:
                    self._files[sheet.dataset.name] = (workbook, sheet)
        elif path.suffix.lower() == ".zip" and not head.startswith(_ZIP):
            raise Fault("SH-E-112", place=name)
        elif head.startswith((_ZIP, *_NOT_TEXT)) or path.suffix.lower() in _BINARY_SUFFIXES:
            raise Fault("SH-E-109", place=name)
        elif not is_text(path):
            raise Fault("SH-E-124", place=name)
        else:
            file = DelimitedFile(path, self.source, name, self._headers.get(name))
            if code := self._doubt(file.dataset):
                raise Fault(code, place=name, line=file.dialect.header_line)
            self._files[name] = file

    def _doubt(self, dataset: Dataset) -> str:
        """SH-E-114 where the header may be a person's row and nobody said that it is the header."""
        named = dataset.name in self._headers
        titles = [field.name for field in dataset.fields]
        return "SH-E-114" if not named and self._is_row(titles) else ""


def _is_workbook(path: Path, head: bytes) -> bool:
    if head.startswith(_OLE2):
        return path.suffix.lower() not in _BINARY_SUFFIXES
    named = path.suffix.lower() in {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".et"}
    if named or not head.startswith(_ZIP):
        return named
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return True
    return any(name.startswith(("xl/", "Xl/")) for name in names) or "content.xml" in names
