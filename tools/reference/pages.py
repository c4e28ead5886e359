"""Which pages there are. `http.md` and `commands.md` come from the faces, the others from what is below them."""

from collections.abc import Callable

from tools.reference.commands import commands_page
from tools.reference.criteria import criteria_page
from tools.reference.engines import engines_page
from tools.reference.errors import errors_page
from tools.reference.facts import facts_page, traits_page
from tools.reference.http import http_page
from tools.reference.mapping import mapping_page
from tools.reference.settings import settings_page

PAGES: dict[str, Callable[[], str]] = {
    "facts.md": facts_page,
    "traits.md": traits_page,
    "criteria.md": criteria_page,
    "engines.md": engines_page,
    "mapping.md": mapping_page,
    "commands.md": commands_page,
    "http.md": http_page,
    "settings.md": settings_page,
    "errors.md": errors_page,
}
