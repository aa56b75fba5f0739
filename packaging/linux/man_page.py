"""Write isoloss(1): the template with every command and option of the real parser."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from core.cli import parsers

TEMPLATE = Path(__file__).with_name("isoloss.1.in")


def man_page(version: str, moment: int) -> str:
    """The page's roff text; `moment` is in seconds since 1970."""
    commands = [line for parser in parsers()[1].values() for line in command(parser)]
    return (
        TEMPLATE.read_text(encoding="utf-8")
        .replace("@DATE@", datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d"))
        .replace("@VERSION@", version)
        .replace("@COMMANDS@", "\n".join(commands))
    )


def command(parser: argparse.ArgumentParser) -> list[str]:
    """A section for one command: what it is for, its options, its closing words."""
    lines = [f".SS {roff(parser.prog)}", sentence(parser.description or "")]
    for action in parser._actions:
        if action.help == argparse.SUPPRESS or "--help" in action.option_strings:
            continue
        lines += [".TP", _names(action), roff((action.help or "") % vars(action))]
    if parser.epilog:
        lines += [".PP", roff(" ".join(parser.epilog.split()))]
    return lines


def _names(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else roff(str(action.metavar or action.dest.upper()))
    if not action.option_strings:
        return f".I {value}"
    names = ", ".join(f"\\fB{roff(name)}\\fR" for name in action.option_strings)
    return f"{names} \\fI{value}\\fR" if value else names


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    words = " ".join(text.split())
    words = words[:1].upper() + words[1:]
    return roff(words if words.endswith(".") else words + ".")


def roff(text: str) -> str:
    """Escape what roff would read as its own."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text
