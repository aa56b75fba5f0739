"""Text files in pieces of whole lines: any encoding, any line end, any size, little memory."""

import codecs
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError
from core.files import NotAFileError, TooBigError, open_file, read_file
from core.runs.blocks import BLOCK_BYTES

MAX_LINE_BYTES = 16 * 2**20
HEAD_BYTES = 64 * 2**10
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of a text file.

    Attributes:
        content: whole lines, UTF-8 unless ``encoding`` says otherwise; lines end in LF or CR LF.
        encoding: ``utf-8`` or, where the bytes are not, ``cp1252``.
        first_line: number of its first line, 1-based.
        fraction: how much of the file has been read after it, 0 to 1.
    """

    content: bytes
    encoding: str
    first_line: int
    fraction: float

    def text(self, content: bytes) -> str:
        """``content`` of the piece decoded."""
        return content.decode(self.encoding, errors="replace")


def head_of(path: Path, size: int = HEAD_BYTES) -> bytes:
    """The first ``size`` bytes.

    Raises:
        InputError: the file cannot be opened, or is a folder.
    """
    try:
        with open_file(path) as file:
            return file.read(size)
    except NotAFileError as error:
        raise InputError("file", path.name, "a file, no folder, pipe or device") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError("file", path.name, f"a file that can be read ({reason})") from error


def size_of(path: Path) -> int:
    """Bytes of a file, at least 1; also of one that is gone, which is for its reader to say."""
    try:
        return max(path.stat().st_size, 1)
    except OSError:
        return 1


def all_of(path: Path, most_bytes: int) -> bytes:
    """All of a file.

    Raises:
        InputError: the file cannot be read, or is too big; nothing of it was read then.
    """
    try:
        return read_file(path, most_bytes)
    except TooBigError as error:
        most = f"at most {most_bytes // 2**20} MB in one piece"
        raise InputError("file", path.name, most) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError("file", path.name, f"a file that can be read ({reason})") from error


def pieces(path: Path, size: int = BLOCK_BYTES) -> Iterator[Piece]:
    """The lines of ``path`` in pieces of about ``size`` bytes, the byte order mark left away.

    Raises:
        InputError: not a text file, a line beyond 16 MB, or the disk fails.
    """
    total = size_of(path)
    line, rest, encoding, read = 1, b"", "utf-8", 0
    for content, read in _utf8(path, size):
        if b"\0" in content[:HEAD_BYTES] and line == 1 and not rest:
            raise InputError("file", path.name, "a text file: it holds NUL bytes")
        rest += content
        cut = rest.rfind(b"\n") + 1
        if not cut:
            if len(rest) > MAX_LINE_BYTES:
                raise InputError("file", path.name, _too_long(line))
            continue
        whole, rest = rest[:cut], rest[cut:]
        if len(rest) > MAX_LINE_BYTES:
            raise InputError("file", path.name, _too_long(line + whole.count(b"\n")))
        encoding = encoding if encoding != "utf-8" else _encoding(whole)
        yield Piece(whole, encoding, line, min(read / total, 1.0))
        line += whole.count(b"\n")
    if rest:
        yield Piece(rest, encoding if encoding != "utf-8" else _encoding(rest), line, 1.0)


def first_lines(path: Path, count: int) -> list[str]:
    """At most ``count`` lines from the beginning, without their ends."""
    for piece in pieces(path, 256 * 2**10):
        lines = piece.content.split(b"\n", count)[:count]
        return [piece.text(line).rstrip("\r") for line in lines]
    return []


def _utf8(path: Path, size: int) -> Iterator[tuple[bytes, int]]:
    """Pieces as UTF-8 (or the single-byte encoding that it is), and the bytes read so far."""
    read = 0
    decoder: codecs.IncrementalDecoder | None = None
    lone_returns = False
    try:
        with open_file(path) as file:
            end = os.fstat(file.fileno()).st_size  # a training that goes on writes no end of lines
            while content := file.read(min(size, end - read)):
                if not read:
                    wide = _UTF16.get(content[:2])
                    decoder = codecs.getincrementaldecoder(wide)("replace") if wide else None
                    read = len(content)
                    content = content[2:] if wide else content.removeprefix(codecs.BOM_UTF8)
                    lone_returns = _ends_in_returns(decoder, content)
                else:
                    read += len(content)
                if decoder is not None:
                    content = decoder.decode(content).encode("utf-8", errors="replace")
                yield (content.replace(b"\r", b"\n") if lone_returns else content), read
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError("file", path.name, f"a file that can be read ({reason})") from error


def _ends_in_returns(decoder: codecs.IncrementalDecoder | None, content: bytes) -> bool:
    """Whether lines end as they did on a Mac before 2001."""
    return decoder is None and b"\r" in content and b"\n" not in content


def _encoding(content: bytes) -> str:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _too_long(line: int) -> str:
    return f"a table with lines of at most {MAX_LINE_BYTES // 2**20} MB: line {line} is longer"
