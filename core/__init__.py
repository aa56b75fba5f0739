"""Isoloss's knowledge: laws, speed, shapes, plans. Pure functions; never Qt."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("isoloss")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"
