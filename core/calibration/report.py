"""What a profile says of itself: as text for people, and as plain values for JSON."""

from collections.abc import Iterator

from core.calibration.curve import ARTICLE_ERROR, COEFFICIENTS, limit_message
from core.calibration.fit import CurveFit, GroupFit, RooflineFit
from core.calibration.hardware import plan_ends
from core.calibration.held_out import LEVEL, HeldOut
from core.calibration.messages import StepMeasurement
from core.calibration.profile import Profile
from core.calibration.shipped import Shipped, against_shipped
from core.calibration.suspects import Suspect
from core.calibration.together import Together, shared_messages, together
from core.quantities import format_number
from core.speed.calibrated import DIMENSIONS, TERMS

_TOO_FAR = (
    "Too far off to rely on. Were other programs at work? Measure again on a quiet machine, or "
    "for longer (--minutes)."
)


def profile_as_text(profile: Profile) -> str:
    """Fits with their held-out errors, and the points to look at."""
    device, calibration = profile.device, profile.calibration
    software = ", ".join(
        f"{what} {value}"
        for what, value in (("PyTorch", device.torch), ("driver", device.driver))
        if value
    )
    lines = [
        profile.name,
        f"  {device.name} ({device.device}), {software}; {len(profile.steps)} training steps in "
        f"{calibration.elapsed_s:.0f} s, {calibration.status}",
    ]
    if profile.excluded:
        lines.append(f"  Left out by hand: {', '.join(map(str, profile.excluded))}")
    for group in profile.fits:
        lines += ["", *_group_lines(profile, group)]
    shared = shared_messages(calibration)
    if shared:
        lines += ["", "  Several processes", *(f"    {message}" for message in shared)]
    return "\n".join(lines)


def profile_as_dict(profile: Profile) -> dict[str, object]:
    """The same as plain values."""
    device = profile.device
    return {
        "name": profile.name,
        "date": device.date,
        "device": {"device": device.device, "kind": device.kind, "name": device.name},
        "torch": device.torch,
        "driver": device.driver,
        "status": str(profile.calibration.status),
        "elapsed_s": profile.calibration.elapsed_s,
        "n_steps": len(profile.steps),
        "excluded": list(profile.excluded),
        "fits": [_group_values(profile, group) for group in profile.fits],
        "together": [_together_values(one) for one in together(profile.calibration)],
    }


def in_short(step: StepMeasurement) -> str:
    """A measured shape: ``decoder 4x320, 3x128 tokens, vocabulary 8,192``."""
    batch = f"{step.micro_batch}x{step.seq_len} tokens"
    return f"{step.stack} {step.n_layers}x{step.d_model}, {batch}, vocabulary {step.vocab:,}"


def _group_lines(profile: Profile, group: GroupFit) -> Iterator[str]:
    how = ", compiled" if group.compile else ""
    yield f"  {group.stack} in {group.precision}{how}: {len(group.points)} points"
    roofline, curve = group.roofline, group.curve
    if isinstance(roofline, RooflineFit):
        yield f"    Unseen shapes     {_errors(roofline.held_out)}"
        low, high = (f"{100 * (end - 1):+.0f}%" for end in plan_ends(roofline))
        yield f"    Plans allow for   {low} to {high} of the speed ({LEVEL:.0%})"
        if roofline.held_out.median > ARTICLE_ERROR:
            yield f"    ! {_TOO_FAR}"
    else:
        yield f"    {roofline.reason}"
    if isinstance(curve, CurveFit):
        each = (f"{name} {format_number(getattr(curve.curve, name))}" for name in COEFFICIENTS)
        yield f"    Curve of 2020     {', '.join(each)}"
        if curve.curve.at_limit:
            yield f"    ! {limit_message(curve.curve)}"
        article = f"the article states {ARTICLE_ERROR:.0%}"
        yield f"                      {_errors(curve.held_out)}; {article}"
    elif curve is not None:
        yield f"    Curve of 2020     {curve.reason}"
    shipped = against_shipped(profile, group)
    if shipped is not None:
        yield f"    Catalogue         {_shipped_text(shipped)}"
    for suspect in group.suspects:
        reasons = "; ".join(str(reason) for reason in suspect.reasons)
        left = ", left out" if suspect.point in profile.excluded else ""
        shape = in_short(profile.steps[suspect.point])
        yield f"    ! point {suspect.point}{left} ({shape}): {reasons}"


def _group_values(profile: Profile, group: GroupFit) -> dict[str, object]:
    roofline, curve = group.roofline, group.curve
    shipped = against_shipped(profile, group)
    values: dict[str, object] = {
        "stack": str(group.stack),
        "precision": group.precision,
        "compile": group.compile,
        "points": list(group.points),
        "suspects": [_suspect_values(suspect) for suspect in group.suspects],
    }
    if isinstance(roofline, RooflineFit):
        values["roofline"] = {
            "form": roofline.form,
            "seconds": dict(zip(TERMS, roofline.seconds, strict=True)),
            "overlap": roofline.overlap,
            "ranges": dict(zip(DIMENSIONS, roofline.ranges, strict=True)),
            **_error_values(roofline.held_out),
            "plan_low": plan_ends(roofline)[0],
            "plan_high": plan_ends(roofline)[1],
        }
    else:
        values["roofline"] = {"not_identified": str(roofline.reason)}
    if isinstance(curve, CurveFit):
        each = {name: getattr(curve.curve, name) for name in COEFFICIENTS}
        values["curve_2020"] = {
            **each,
            "at_limit": list(curve.curve.at_limit),
            **_error_values(curve.held_out),
        }
    elif curve is not None:
        values["curve_2020"] = {"not_identified": str(curve.reason)}
    if shipped is not None:
        low, high = shipped.ends
        values["against_shipped"] = {
            "gpu": shipped.card.id,
            "stack": shipped.stack.id,
            "median": shipped.median,
            "low": low,
            "high": high,
        }
    return values


def _together_values(one: Together) -> dict[str, object]:
    step = one.step
    return {
        "parallel": None if step.parallel is None else str(step.parallel),
        "processes": step.processes,
        "precision": step.precision,
        "shape": in_short(step),
        "tokens_per_s_each": one.each,
        "share_of_one_alone": one.share,
    }


def _suspect_values(suspect: Suspect) -> dict[str, object]:
    reasons = [str(reason) for reason in suspect.reasons]
    return {"point": suspect.point, "misfit": suspect.misfit, "reasons": reasons}


def _error_values(held_out: HeldOut) -> dict[str, object]:
    return {
        "shapes": held_out.shapes,
        "held_out_median": held_out.median,
        "held_out_largest": held_out.largest,
        "half_width": held_out.width,
        "level": LEVEL,
        "errors": list(held_out.errors),
    }


def _errors(held_out: HeldOut) -> str:
    median, largest = (format_number(100 * x, 2) for x in (held_out.median, held_out.largest))
    return f"{median}% off in the middle, {largest}% at most ({held_out.shapes} shapes)"


def _shipped_text(shipped: Shipped) -> str:
    low, high = shipped.ends
    return (
        f"{format_number(shipped.median, 3)} times what is shipped for {shipped.card.name} with "
        f"{shipped.stack.name} (80%: {format_number(low, 3)} to {format_number(high, 3)})"
    )
