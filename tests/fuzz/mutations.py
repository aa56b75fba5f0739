"""What may be wrong with a file: strategies that start from valid ones."""

import json
import re

from hypothesis import strategies as st

_MARK = "here stands what is odd"
# within and beyond what the interpreter nests
_DEPTHS = st.integers(1, 40) | st.integers(850, 1010) | st.sampled_from([4_000, 9_990, 200_000])


def nested(depth: int, is_list: bool = True) -> str:
    """Lists or objects in each other."""
    return "[" * depth + "]" * depth if is_list else '{"a":' * depth + "1" + "}" * depth


ODD_JSON = st.one_of(
    st.sampled_from(
        [
            *("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "-0", "-0.0", "1e308", "5e-324"),
            *("null", "true", "false", "[]", "{}", '""', '" "', "0", "1", "-1", "0.5", "1e30"),
            *("1" + "0" * 29, "1" + "0" * 400, "9" * 4_299, "9" * 5_000, "1" + "0" * 18),
            *('"\\u0000"', '"\\ud800"', '"\\u202e"', '"../../etc/passwd"', '"/dev/zero"', "[null]"),
            *('"embedded"', '"' + "9" * 50 + '"', '"' + "ä" * 5_000 + '"', '"1e999"', "[[],{}]"),
            *('"٣"', '"\x00"', '"%s{0}"', '{"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}'),
        ]
    ),
    st.builds(nested, _DEPTHS, st.booleans()),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inside: st.lists(inside) | st.dictionaries(st.text(max_size=4), inside),
        max_leaves=6,
    ).map(json.dumps),
)
ODD_CELLS = st.one_of(
    st.sampled_from(
        [
            *("NaN", "inf", "1e999", "-0", "1e308", "", " ", '"', '""', '"a', "\0", "\n", "\r"),
            *(",", ";", "\t", "=1+1", "1e-400", "0", "-1", "9" * 400, "9" * 5_000, "1_0", "٣"),
            *(
                "x" * 200_000,
                "," * 3_000,
                "../..",
                "%n",
                "é",
                "\ud83d\ude00",
                "\u2028",
                "1,5",
                "[[",
            ),
            *("true", "@Variant(\\0)", "@ByteArray(\\x", "\\x", "[a", "a=", "=", "#", "@Invalid()"),
        ]
    ),
    st.text(max_size=8),
    st.floats().map(str),
    st.integers().map(str),
)


def contents(seeds: list[bytes], kind: str) -> st.SearchStrategy[bytes]:
    """Anything at all, and valid files with something wrong in them."""
    whole = st.sampled_from(seeds)
    ways = [
        st.binary(max_size=200),
        ODD_JSON.map(_utf8),
        st.text(max_size=100).map(_utf8),
        st.builds(lambda seed, share: seed[: int(share * len(seed))], whole, st.floats(0, 1)),
        st.builds(_flipped, whole, st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)))),
        st.builds(_spliced, whole, st.floats(0, 1), st.floats(0, 1), whole, st.binary(max_size=9)),
    ]
    if kind in ("json", "lines"):
        ways += [
            st.builds(_swapped, whole, st.integers(0, 10_000), ODD_JSON),
            st.builds(_swapped, whole, st.integers(0, 10_000), ODD_JSON),
            st.builds(_doubled, whole, st.integers(0, 10_000), ODD_JSON),
        ]
    if kind in ("table", "ini"):
        ways += [
            st.builds(_with_cell, whole, st.integers(0, 10_000), ODD_CELLS),
            st.builds(_with_cell, whole, st.integers(0, 10_000), ODD_CELLS),
            st.builds(lambda seed, cell: seed + _utf8(cell) + seed, whole, ODD_CELLS),
        ]
    return st.one_of(ways)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _flipped(seed: bytes, flips: list[tuple[float, int]]) -> bytes:
    content = bytearray(seed)
    for share, bits in flips:
        content[int(share * (len(content) - 1))] ^= bits
    return bytes(content)


def _spliced(seed: bytes, start: float, end: float, other: bytes, between: bytes) -> bytes:
    return seed[: int(start * len(seed))] + between + other[int(end * len(other)) :]


def _places(value: object, place: tuple = ()) -> list[tuple]:
    found = [place]
    inside = value.items() if isinstance(value, dict) else []
    inside = enumerate(value) if isinstance(value, list) else inside
    for key, child in inside:
        found += _places(child, (*place, key))
    return found


def _swapped(seed: bytes, number: int, odd: str) -> bytes:
    """One value is another."""
    lines = seed.decode().strip().split("\n") if seed.count(b"}\n{") else [seed.decode()]
    which = number % len(lines)
    tree = json.loads(lines[which])
    places = _places(tree)
    place = places[number // len(lines) % len(places)]
    if not place:
        lines[which] = odd
    else:
        inside = tree
        for key in place[:-1]:
            inside = inside[key]
        inside[place[-1]] = _MARK
        lines[which] = json.dumps(tree).replace(f'"{_MARK}"', odd)
    return _utf8("\n".join(lines))


def _doubled(seed: bytes, number: int, odd: str) -> bytes:
    """A field stands there twice."""
    fields = list(re.finditer(r'"\w+": ', seed.decode()))
    field = fields[number % len(fields)]
    at = field.start()
    return _utf8(seed.decode()[:at] + field.group() + odd + ", " + seed.decode()[at:])


def _with_cell(seed: bytes, number: int, odd: str) -> bytes:
    """One cell is another."""
    cells = re.split(r"([,;\t\n=])", seed.decode())
    cells[2 * (number % (len(cells) // 2 + 1))] = odd
    return _utf8("".join(cells))
