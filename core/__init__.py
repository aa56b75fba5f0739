"""Isoloss's knowledge: laws, speed, shapes, plans. Pure functions; never Qt."""

__version__: str


def __getattr__(name: str) -> str:
    """Read the version when somebody asks: `importlib.metadata` is slow to import.

    Raises:
        AttributeError: any other name.
    """
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = version("isoloss")
    except PackageNotFoundError:  # run from a source tree that was never installed
        found = "0+unknown"
    globals()["__version__"] = found
    return found
