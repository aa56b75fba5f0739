"""Looks for contents that a reader cannot bear, led by what it has not run yet: ``make fuzz``.

    fuzz_readers.py [SECONDS for each reader, default 60] [READER...]

Every reader runs in a process of its own, which ends at the first exception that is no
`InputError`; the content that did it is kept in build/fuzz. Needs atheris.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOUND = HERE.parent.parent / "build" / "fuzz" / "found"
_LARGEST, _SLOWEST_S, _MOST_MB = 20_000, 20, 4_000


def main(arguments: list[str]) -> int:
    """Fuzz one reader after the other; how many failed."""
    from fuzz_targets import TARGETS

    seconds = int(arguments[0]) if arguments else 60
    failed = []
    for name in arguments[1:] or TARGETS:
        print(f"== {name}", flush=True)
        command = [sys.executable, __file__, "--one", name, str(seconds)]
        with tempfile.TemporaryDirectory() as scratch:
            there = {**os.environ, "TMPDIR": scratch}
            done = subprocess.run(command, env=there, check=False)
        if done.returncode:
            failed.append(name)
    print(f"failed: {', '.join(failed) or 'none'}; contents are in {FOUND}")
    return len(failed)


def fuzz(name: str, seconds: int) -> None:
    """Fuzz one reader; does not return."""
    import atheris

    scratch = Path(tempfile.mkdtemp(prefix="isoloss-fuzz-"))
    for variable in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        os.environ[variable] = str(scratch)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from fuzz_targets import TARGETS
    from hypothesis import HealthCheck, given, settings
    from mutations import contents

    target = TARGETS[name]
    with atheris.instrument_imports(include=["core", "gui", "json", "csv"]):
        for seed in target.seeds():  # imports whatever the reader needs
            target.use(_put(scratch / "seed" / target.file, seed))
    FOUND.mkdir(parents=True, exist_ok=True)
    corpus = scratch / "corpus"
    for number, seed in enumerate(target.seeds()):
        _put(corpus / str(number), b"0" + seed)
    _put(corpus / "made", b"1" + bytes(range(256)))
    count = 0

    def try_one(content: bytes) -> None:
        nonlocal count
        count += 1  # a folder each, for readers remember files by their stamps
        path = _put(scratch / str(count) / target.file, content)
        target.use(path)
        if not target.may_move:
            assert path.read_bytes() == content, "the file is another"
        for place in sorted(scratch.joinpath(str(count)).rglob("*"), reverse=True):
            place.rmdir() if place.is_dir() else place.unlink()
        scratch.joinpath(str(count)).rmdir()

    made = settings(suppress_health_check=list(HealthCheck), deadline=None, database=None)(
        given(contents(target.seeds(), target.kind))(try_one)
    ).hypothesis.fuzz_one_input

    def try_bytes(content: bytes) -> None:
        """After "0" the content of a file, after anything else the choices that make one."""
        if content[:1] == b"0":
            try_one(content[1:])
        else:
            made(content[1:])

    options = {
        "max_total_time": seconds,
        "max_len": _LARGEST,
        "timeout": _SLOWEST_S,
        "rss_limit_mb": _MOST_MB,
        "artifact_prefix": f"{FOUND}/{name}-",
        "verbosity": 0,
        "print_final_stats": 1,
    }
    said = [f"-{option}={value}" for option, value in options.items()]
    atheris.Setup([sys.argv[0], *said, str(corpus)], try_bytes)
    atheris.Fuzz()


def _put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        fuzz(sys.argv[2], int(sys.argv[3]))
    sys.exit(main(sys.argv[1:]))
