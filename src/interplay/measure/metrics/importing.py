"""Templates of files with outside figures: a mapping and the first lines of a file that it reads."""

from importlib.resources import files
from importlib.resources.abc import Traversable

from interplay.kernel.errors import AppError
from interplay.kernel.spelling import closest
from interplay.measure.metrics.contracts import Template


def names() -> list[str]:
    """Return which templates there are."""
    return sorted(path.name.removesuffix(".yaml") for path in _folder().iterdir() if path.name.endswith(".yaml"))


def template(name: str) -> Template:
    """Return a template. Raises AppError `metrics.template`."""
    if name not in (known := names()):
        raise AppError(
            "metrics.template", status=404, given=name, meant=closest(name, known) or "", allowed=", ".join(known)
        )
    mapping, example = (_folder().joinpath(f"{name}.{ending}").read_text("utf-8") for ending in ("yaml", "csv"))
    return Template(name, mapping, example)


def _folder() -> Traversable:
    return files("interplay.measure.metrics").joinpath("templates")
