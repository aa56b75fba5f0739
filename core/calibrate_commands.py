"""``isoloss calibrate``: the speeds of a person's own device, measured and fitted."""

import argparse
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from core import cluster_commands as clusters
from core.command_line import Once, Parser, UsageError, as_json
from core.errors import InputError
from core.quantities import Kind, parse_quantity

if TYPE_CHECKING:
    from core.calibration.profile import Profile
    from core.calibration.pythons import TorchPython
    from core.calibration.result import Calibration
    from core.calibration.run import CalibrationRequest, Outcome

FIELDS = {
    **clusters.FIELDS,
    "python": "--python",
    "device": "--device",
    "precision": "--precision",
    "minutes": "--minutes",
    "stack": "--stack",
    "exclude": "--exclude",
    "name": "--name",
    "calibration": "--from",
    "profile": "--from",
    "file": "--out",
}
_MEASURING = {
    "python": "--python",
    "device": "--device",
    "precision": "--precision",
    "minutes": "--minutes",
    "stack": "--stack",
    "compile": "--compile",
    "json_lines": "--json-lines",
}
_PARTIAL = ".measured"  # beside the profile while it is measured: nothing is lost with the process


def add_calibrate_options(command: Parser) -> None:
    """Options of ``isoloss calibrate``."""
    command.add_argument(
        "--python", metavar="PATH", action=Once, help="with PyTorch (default: the first found)"
    )
    command.add_argument(
        "--device", metavar="ID", action=Once, help="cuda:0, mps or cpu (default: the fastest)"
    )
    command.add_argument(
        "--precision",
        metavar="NAME,...",
        action=Once,
        help="bf16, fp32, tf32, fp16 (default: the device's usual one)",
    )
    command.add_argument(
        "--minutes", metavar="X", action=Once, help="for all of it (default 2; 10 is thorough)"
    )
    command.add_argument("--stack", action=Once, help="txl, decoder or both (default decoder)")
    command.add_argument("--compile", action="store_true", help="with torch.compile")
    command.add_argument(
        "--from",
        dest="source",
        metavar="FILE",
        action=Once,
        help="fit a probe's result instead, or a profile again",
    )
    command.add_argument(
        "--exclude", metavar="N,...", action=Once, help="points to leave out, as they are listed"
    )
    command.add_argument("--name", action=Once, help="of the profile (default: device and date)")
    command.add_argument(
        "--out", metavar="FILE", action=Once, help="the profile to write; of --submit a folder"
    )
    command.add_argument(
        "--json-lines",
        action="store_true",
        help="print what is measured as it comes, one JSON each",
    )
    command.add_argument("--list", action="store_true", help="show the Pythons found, and stop")
    clusters.add_cluster_options(command)
    command.epilog = (
        "examples: isoloss calibrate --out mine.json; isoloss plan --hours 12 --gpu mine.json; "
        "isoloss calibrate --from mine.json --exclude 3,17 --out mine.json"
    )


def calibrate(arguments: argparse.Namespace) -> str:
    """List Pythons, or measure or read a device, fit it and save the profile.

    Raises:
        UsageError: options that do not go together, or nothing could be measured.
        InputError: a value that cannot be used.
    """
    if arguments.list:
        return _listed(arguments.json)
    if clusters.is_asked(arguments):
        return _on_a_cluster(arguments)
    out = _out(arguments.out)
    if arguments.source is not None:
        beside = [name for field, name in _MEASURING.items() if getattr(arguments, field)]
        if beside:
            raise UsageError(f"{beside[0]} must be left out with --from, which measures nothing")
        return _answer(arguments, _again(arguments), out)
    if arguments.exclude is not None:
        raise UsageError("--exclude must go with --from: points are listed once measured")
    request = _request(arguments)
    outcome, partial = _measured(request, out, arguments.json_lines)
    calibration = _kept(outcome, partial)
    from core.calibration.profile import default_name, make_profile

    name = arguments.name or default_name(calibration, here=True)
    profile = make_profile(calibration, name)
    answer = _answer(arguments, profile, out, outcome)
    partial.unlink(missing_ok=True)
    return answer


def _on_a_cluster(arguments: argparse.Namespace) -> str:
    """Submit, or collect what was submitted."""
    beside = {"source": "--from", "exclude": "--exclude"}
    if arguments.collect is not None:
        beside.update({field: name for field, name in _MEASURING.items() if field != "json_lines"})
        beside["name"] = "--name"
    for field, name in beside.items():
        if getattr(arguments, field):
            with_ = "--submit" if arguments.collect is None else "--collect"
            raise UsageError(f"{name} must be left out with {with_}")
    if arguments.collect is not None:
        return clusters.collect(arguments)
    return clusters.submit(arguments, _request(arguments))


def _answer(
    arguments: argparse.Namespace, profile: "Profile", out: Path, outcome: "Outcome | None" = None
) -> str:
    """Save the profile, and say what is in it."""
    from core.calibration.profile_file import save_profile
    from core.calibration.report import profile_as_dict, profile_as_text

    save_profile(profile, out)
    message = None if outcome is None or outcome.message is None else str(outcome.message)
    if arguments.json or arguments.json_lines:
        document = {"type": "profile", "file": str(out), **profile_as_dict(profile)}
        document["message"] = message
        if arguments.json_lines:
            return json.dumps(document, allow_nan=False)
        return as_json(document)
    lines = [profile_as_text(profile), ""]
    if message is not None:
        lines.append(f"! {message}")
    return "\n".join([*lines, f"Saved to {out}", clusters.how_to_plan(profile, out)])


def _out(name: str | None) -> Path:
    """The file to write, before minutes are spent on what goes into it."""
    if not name:
        raise UsageError("--out FILE must be given: the profile to write")
    path = Path(name)
    try:
        folder = Path(os.path.realpath(path)).parent
        writable = folder.is_dir() and os.access(folder, os.W_OK) and not path.is_dir()
    except (OSError, ValueError):
        writable = False
    if not writable:
        raise UsageError(f'--out must be a file that can be written, got "{name}"')
    return path


def _again(arguments: argparse.Namespace) -> "Profile":
    """The profile of a probe's result, or of a profile with other points left out."""
    from core.calibration.profile import make_profile, rename
    from core.calibration.profile_file import FORMAT, load_profile
    from core.calibration.result import format_of, read_calibration

    path = Path(arguments.source)
    if format_of(path) == FORMAT:
        profile = load_profile(path)
        left = profile.excluded if arguments.exclude is None else _places(arguments.exclude)
        again = make_profile(profile.calibration, profile.name, left)
        return again if arguments.name is None else rename(again, arguments.name)
    calibration = read_calibration(path)
    if not calibration.steps:
        raise InputError("calibration", path, "a result with training steps of one process")
    return make_profile(calibration, arguments.name, _places(arguments.exclude))


def _request(arguments: argparse.Namespace) -> "CalibrationRequest":
    from core.calibration.pythons import interpreter_in
    from core.calibration.run import CalibrationRequest

    minutes = 2.0
    if arguments.minutes is not None:
        minutes = parse_quantity(arguments.minutes, Kind.NUMBER, "minutes")
    given = arguments.precision or ""
    precisions = tuple(name.strip().lower() for name in given.split(",") if name.strip())
    if arguments.python is None:
        python = _first_python(arguments.device).path
    else:
        python = interpreter_in(Path(arguments.python)).absolute()
    return CalibrationRequest(
        python,
        device=arguments.device or "",
        precisions=precisions,
        minutes=minutes,
        stack=arguments.stack or "decoder",
        compile=arguments.compile,
    )


def _first_python(device: str | None) -> "TorchPython":
    """The first Python that can calibrate, on the device if one is asked for."""
    usable = [python for python in _pythons() if python.is_usable]
    kind = (device or "").partition(":")[0]
    for python in usable:
        if not kind or any(kind == seen.device.partition(":")[0] for seen in python.devices):
            return python
    expected = "the path of one with PyTorch: none was found (isoloss calibrate --list)"
    if usable:
        expected = f"the path of one whose PyTorch sees {device}: none was found"
    raise InputError("python", "none", expected)


def _pythons() -> "list[TorchPython]":
    from core.calibration.managed import managed_python
    from core.calibration.pythons import ask_all, candidates

    found = candidates(managed=managed_python())
    places = {candidate.path: place for place, candidate in enumerate(found)}
    return sorted(ask_all(found), key=lambda python: places[python.path])


def _listed(in_json: bool) -> str:
    pythons = _pythons()
    if in_json:
        return as_json(
            [
                {
                    **asdict(python),
                    "path": str(python.path),
                    "problem": None if python.problem is None else str(python.problem),
                }
                for python in pythons
            ]
        )
    if not pythons:
        return "No Python was found; isoloss calibrate --python PATH takes any with PyTorch."
    lines = []
    for python in pythons:
        lines.append(f"{python.path} ({python.origin}, Python {python.version or 'unknown'})")
        if python.problem is not None:
            lines.append(f"  {python.problem}")
            continue
        lines.append(f"  PyTorch {python.torch}")
        lines += [f"  {seen.device:<8} {seen.name}" for seen in python.devices]
    return "\n".join([*lines, *_stale(pythons)])


def _stale(pythons: "list[TorchPython]") -> list[str]:
    """Kept profiles that no longer match their device, with what changed."""
    from core.calibration.profile import changes_since
    from core.calibration.profiles import kept_profiles

    seen = [device for python in pythons for device in python.devices]
    lines = []
    for kept in kept_profiles()[0]:
        changed = changes_since(kept.profile, seen)
        if changed:
            lines += ["", f"{kept.profile.name} no longer matches:"]
            lines += [f"  {message}" for message in changed]
    return lines


def _measured(request: "CalibrationRequest", out: Path, json_lines: bool) -> "tuple[Outcome, Path]":
    """What came of the measurement, and the file that holds it meanwhile."""
    from core.calibration.live import Shown, interrupts
    from core.calibration.run import calibrate as measure

    partial = out.with_name(f"{out.name}{_PARTIAL}")
    shown = Shown(json_lines)
    with interrupts() as interrupted:
        outcome = measure(
            request, shown.line, lambda: interrupted.is_set() or shown.is_alone, partial
        )
    shown.end()
    return outcome, partial


def _kept(outcome: "Outcome", partial: Path) -> "Calibration":
    """What was measured, if a fit can be tried."""
    calibration = outcome.calibration
    if calibration is None or not calibration.steps:
        partial.unlink(missing_ok=True)
        if outcome.message is not None and outcome.message.code == "busy":
            raise UsageError(str(outcome.message))
        reason = outcome.message or "not one training step was measured"
        raise UsageError(f"nothing to save: {reason}")
    return calibration


def _places(text: str | None) -> list[int]:
    words = [word.strip() for word in (text or "").split(",") if word.strip()]
    try:
        return [int(word) for word in words]
    except ValueError:
        raise InputError("exclude", text, "numbers of points, such as 3,17") from None
