"""A libicudata.so without the data that Isoloss's Qt never asks for: 32 MB become about 5.

Qt sorts names with ICU, changes their case, and converts between character sets. Isoloss reads
and writes nothing but UTF-8, which ICU does without data, and Qt has numbers, dates and names of
countries of its own. So the rules for sorting stay, in every language; tables of other character
sets, line breaking, transliteration, and names of places, units and currencies go. What is not
there ICU replaces by its root, as it does for a language that it has never heard of.

Formats: "ICU Data" of the ICU User Guide and ucmndata.h of its sources (common data: a header, a
table of contents, the items); "System V Application Binary Interface", chapters 4 and 5 (ELF).
"""

import re
import struct
from pathlib import Path

_DROPPED = re.compile(
    r"(brkitr|curr|lang|rbnf|region|translit|unit|zone)/(?!(root|pool|res_index|en)\.res$)"
    r"|\w[^/]*\.(cnv|spp|cfu)$|unames\.icu$"
    r"|(?!(root|pool|en|zh)[._])[a-z]{2,3}(_\w+)?\.res$"  # the languages' own numbers and dates
)
_ALIGNED = 16
_LOAD, _DYNAMIC, _RELRO = 1, 2, 0x6474E552
_PROGRAM = struct.Struct("<IIQQQQQQ")


class UnknownLayoutError(Exception):
    """The library is not built as ICU builds it for Linux on 64 bits; the text says where."""


def thin(library: bytes) -> bytes:
    """The same library with fewer items in it.

    Raises:
        UnknownLayoutError: it is not what this can take apart.
    """
    segments = _segments(library)
    read_only = next((one for one in segments if one[0] == _LOAD), None)
    rest = [one for one in segments if one[2] and one[0] in (_LOAD, _DYNAMIC, _RELRO)]
    if read_only is None or read_only[2] or len(rest) != 3 or len({one[2] for one in rest}) != 1:
        raise UnknownLayoutError("segments")
    start = library.find(b"\xda\x27", 0x100) - 2  # the header's magic number follows its length
    if start < 0 or start % _ALIGNED or library[start + 12 : start + 16] != b"CmnD":
        raise UnknownLayoutError("no common data")
    old_at, size = rest[0][2], rest[0][5]
    kept = library[:start] + thin_data(library[start : read_only[5]])
    # the second segment stays where it is in memory, and its place in the file agrees with that
    new_at = len(kept) + (rest[0][3] - len(kept)) % rest[0][7]
    thinned = bytearray(kept.ljust(new_at, b"\0") + library[old_at : old_at + size])
    for index, segment in enumerate(segments):
        kind, flags, at, address, physical, in_file, in_memory, align = segment
        if segment is read_only:
            in_file = in_memory = len(kept)
        elif segment in rest:
            at = new_at
        fields = (kind, flags, at, address, physical, in_file, in_memory, align)
        _PROGRAM.pack_into(thinned, 64 + index * _PROGRAM.size, *fields)
    struct.pack_into("<Q", thinned, 40, 0)  # no table of sections: the loader needs none
    struct.pack_into("<3H", thinned, 58, 0, 0, 0)
    return bytes(thinned)


def _segments(library: bytes) -> list[tuple[int, ...]]:
    if library[:6] != b"\x7fELF\x02\x01" or struct.unpack_from("<Q", library, 32)[0] != 64:
        raise UnknownLayoutError("not ELF on 64 bits")
    (count,) = struct.unpack_from("<H", library, 56)
    table = library[64 : 64 + count * _PROGRAM.size]
    return list(_PROGRAM.iter_unpack(table))


def thin_data(data: bytes) -> bytes:
    """Common data with the items that stay, in the same order: ICU looks them up by halving.

    Raises:
        UnknownLayoutError: its table of contents does not fit.
    """
    (header,) = struct.unpack_from("<H", data)
    body = memoryview(data)[header:]
    (count,) = struct.unpack_from("<I", body)
    table = [struct.unpack_from("<II", body, 4 + 8 * index) for index in range(count)]
    ends = [at for _, at in table[1:]] + [len(body)]
    items = []
    for (name_at, at), end in zip(table, ends, strict=True):
        name = bytes(body[name_at : name_at + 200]).partition(b"\0")[0]
        if not name_at < at < end <= len(body):
            raise UnknownLayoutError(f"item {name!r}")
        if not _DROPPED.match(name.decode("ascii").partition("/")[2]):
            items.append((name, body[at:end]))
    return data[:header] + _packed(items)


def _packed(items: list[tuple[bytes, memoryview]]) -> bytes:
    name_at = 4 + 8 * len(items)
    at = name_at + sum(len(name) + 1 for name, _ in items)
    table, contents = [struct.pack("<I", len(items))], []
    for name, content in items:
        at += (gap := -at % _ALIGNED)
        table.append(struct.pack("<II", name_at, at))
        contents += [b"\0" * gap, content]
        name_at, at = name_at + len(name) + 1, at + len(content)
    return b"".join([*table, *(name + b"\0" for name, _ in items), *contents])


def make(source: Path, target: Path) -> None:
    """Write the thinned library.

    Raises:
        UnknownLayoutError: see `thin`.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(thin(source.read_bytes()))
    target.chmod(source.stat().st_mode)
