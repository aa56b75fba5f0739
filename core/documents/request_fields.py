"""A request as plain values, and back: each field by the type that `PlanRequest` gives it."""

from functools import cache
from types import UnionType
from typing import Any, get_args, get_type_hints

from core.documents.migrations import refuse_unknown
from core.errors import InputError
from core.hardware.catalogue import has_curve
from core.laws.library import laws
from core.laws.reading import Fields
from core.planner.request import ANY_GPU, By, PlanRequest, resolve
from core.quantities import check_positive

_MOST = 10**15  # of a whole number; what makes sense is for the planner to say
EMBEDDED = "embedded"
"""In place of a law or GPU whose content stands in the file."""


def as_values(request: PlanRequest) -> dict[str, object]:
    """The request for JSON; every field, so that other defaults of later versions say nothing."""
    values = {}
    for name, (kind, _) in _types().items():
        value = getattr(request, name)
        values[name] = value if value is None or kind is By else kind(value)
    return {**values, "by": str(request.by)}


def request_from(fields: Fields, embedded: dict[str, str]) -> PlanRequest:
    """The request that an object of a file describes.

    Args:
        fields: of the object; nothing in it is trusted.
        embedded: path by field, of those whose content stands in the file.

    Raises:
        InputError: a field that is missing, unknown or of another type, a number out of range,
            or a name that is none of the catalogue's: a plan file never names a file.
    """
    types = _types()
    refuse_unknown(fields, tuple(types))
    found: dict[str, Any] = {name: _value(fields, name, kind) for name, kind in types.items()}
    for name, check in (("law", _is_law), ("gpu", _is_gpu)):
        given = found[name]
        if given == EMBEDDED:
            if name not in embedded:
                fields.refuse(name, f"the id of one of the catalogue: no {name} is embedded")
            found[name] = embedded[name]
        elif name in embedded:
            fields.refuse(name, f'"{EMBEDDED}", as one is')
        else:
            found[name] = check(fields, given)
    request = PlanRequest(**found)
    _check_ranges(request, fields)
    return request


def in_file(error: InputError, file: str) -> InputError:
    """An error of the planner about a request that came from a file."""
    field = "value" if error.field in set(By) else error.field
    return error.renamed(f"request.{field} in {file}")


@cache
def _types() -> dict[str, tuple[type, bool]]:
    """Type by field, and whether it may be null."""
    found = {}
    for name, hint in get_type_hints(PlanRequest).items():
        kinds = get_args(hint) if isinstance(hint, UnionType) else (hint,)
        found[name] = (kinds[0], len(kinds) > 1)
    return found


def _value(fields: Fields, name: str, kind: tuple[type, bool]) -> object:
    type_, may_be_null = kind
    if name not in fields.values:
        fields.refuse(name, "given")
    if fields.values[name] is None and may_be_null:
        return None
    if type_ is By:
        text = fields.text(name)
        if text not in set(By):
            fields.refuse(name, f"one of {', '.join(By)}")
        return By(text)
    if type_ is bool:
        if fields.values[name] is None:
            fields.refuse(name, "true or false")
        return fields.flag(name)
    if type_ is int:
        return fields.integer(name, -_MOST, _MOST)
    return fields.number(name) if type_ is float else fields.text(name)


def _is_law(fields: Fields, name: str) -> str:
    if name not in laws():
        fields.refuse("law", f"one of {', '.join(laws())}, or embedded in the file")
    return name


def _is_gpu(fields: Fields, name: str) -> str:
    if has_curve(name) or name == ANY_GPU:
        return name
    from core.hardware.devices import devices
    from core.speed.device_names import device_called

    if name in devices():
        return name
    try:
        return device_called(name).id
    except InputError:
        return fields.refuse(
            "gpu", "a GPU of this computer's catalogue (isoloss gpus), or embedded in the file"
        )


def _check_ranges(request: PlanRequest, fields: Fields) -> None:
    from core.planner.joint.setting import check_numbers, setting_of

    try:
        check_positive(request.value, request.by)
        if not request.of_today:
            resolve(request)
        elif request.gpu == ANY_GPU:
            check_numbers(request)
        else:
            setting_of(request)
    except InputError as error:
        raise in_file(error, fields.file) from error
