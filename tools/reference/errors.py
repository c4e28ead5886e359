"""`errors.md`: every mistake that can be told, with its sentence in both languages."""

from interplay.kernel.i18n import catalogue
from tools.reference.markdown import code, page, table

PREFIX = "errors."


def errors_page() -> str:
    """Return the codes in groups."""
    groups: dict[str, list[list[str]]] = {}
    for key, by_lang in sorted(catalogue().items()):
        if key.startswith(PREFIX):
            name = key.removeprefix(PREFIX)
            groups.setdefault(name.partition(".")[0], []).append([code(name), by_lang["en"], by_lang["zh"]])
    introduction = (
        "A mistake has a code, which does not change, and a sentence, which may. HTTP answers carry the code as `code` "
        "([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)), rejects keep it, the command line prints the sentence."
    )
    return page("Errors", introduction, *(_group(name, rows) for name, rows in groups.items()))


def _group(name: str, rows: list[list[str]]) -> str:
    return f"## {name}\n\n" + table(["code", "", "中文"], rows)
