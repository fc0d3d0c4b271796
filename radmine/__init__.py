"""radmine mines radiology reports and their key images."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("radmine")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+source"

__all__ = ["__version__"]
