"""``--from`` and ``--save`` of ``isoloss plan``: plan files on the command line."""

import argparse
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from core.command_line import UsageError
from core.documents.answers import Change, answers_of, changes
from core.documents.document import SUFFIX, PlanDocument
from core.documents.request_fields import in_file
from core.documents.store import open_plan, save_plan
from core.errors import InputError
from core.planner import AnyPlan, plan

_BESIDE = {"from_file", "save"}


@dataclass(frozen=True, slots=True)
class OpenedPlan:
    """The plan of a file as it is answered today.

    Attributes:
        answer: today's.
        saved_with: version of the Isoloss that saved the file.
        changed: the figures that read otherwise by now.
    """

    answer: AnyPlan
    saved_with: str
    changed: tuple[Change, ...]

    def as_dict(self) -> dict[str, object]:
        """What JSON says of it, beside the plan."""
        changed = [asdict(change) for change in self.changed]
        return {"saved": {"with": self.saved_with, "changed": changed}}

    def as_text(self) -> str:
        """What follows the plan; nothing where it answers as it did."""
        if not self.changed:
            return ""
        figures = "; ".join(map(str, self.changed))
        return f"\n\n  ! changed since it was saved with Isoloss {self.saved_with}: {figures}"


def opened_plan(arguments: argparse.Namespace, options: Mapping[str, str]) -> OpenedPlan:
    """The plan of the file after ``--from``.

    Args:
        arguments: of ``isoloss plan``.
        options: names of options by where their values are kept.

    Raises:
        UsageError: an option that the file answers.
        InputError: the file cannot be used.
    """
    given = set(getattr(arguments, "given", set())) - _BESIDE
    if arguments.spot:
        given.add("spot")
    if given:
        name = min(given)
        option = options.get(name, f"--{name.replace('_', '-')}")
        raise UsageError(f"--from must stand without a budget or its options, got {option} too")
    return answered(Path(arguments.from_file))


def answered(path: Path) -> OpenedPlan:
    """The plan of a file.

    Raises:
        InputError: the file cannot be used.
    """
    document = open_plan(path).document
    try:
        answer = plan(document.request)
    except InputError as error:
        raise in_file(error, path.name) from error
    return OpenedPlan(answer, document.saved_with, changes(document.answers, answer))


def save_as(name: str, answer: AnyPlan) -> None:
    """Save a plan under the name after ``--save``.

    Raises:
        UsageError: it does not end like a plan file, or cannot be written.
    """
    if not name.casefold().endswith(SUFFIX):
        raise UsageError(f'--save must be a file that ends with {SUFFIX}, got "{name}"')
    try:
        save_plan(Path(name), PlanDocument(answer.request, answers_of(answer)))
    except InputError as error:
        raise UsageError(f"--save: {error}") from error
