"""What every job of a release must agree on: version and time, both from the commit.

    python packaging/release_facts.py [--tag v0.1.0]     prints version=... and epoch=...

Fails if a tag is given that is not `v` and the version in pyproject.toml.
"""

import argparse
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str] | None = None) -> int:
    """Print the facts as GitHub's outputs; 1 if the tag is another version's."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--tag", default="")
    tag = parser.parse_args(arguments).tag
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = project["version"]
    if tag and tag != f"v{version}":
        print(
            f"isoloss: the tag is {tag}, pyproject.toml has {version}: tag v{version}, or change"
            " the version there, run `uv lock` and tag that commit",
            file=sys.stderr,
        )
        return 1
    command = ["git", "log", "-1", "--format=%ct"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    print(f"version={version}\nepoch={done.stdout.strip()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
