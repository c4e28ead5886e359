"""The documentation is true: links lead somewhere, the reference is current, examples are what the code accepts."""

import ast
import re
import shlex
from pathlib import Path

import pytest
import typer

from interplay.bootstrap.registry import features
from interplay.collect.facts.declarations import declared_by
from interplay.collect.imports import mapping
from interplay.collect.imports.compiling import compile_mapping
from interplay.collect.imports.contracts import Reading
from interplay.criteria.api import parse
from interplay.engine.documents.api import read_folder
from interplay.faces.cli.main import app
from interplay.kernel.ids import Micros
from interplay.kernel.settings import Brand, Settings
from interplay.understand.segments.vocabulary import BrandVocabulary
from tests.house.pages import ROOT, Example, Page, every_page
from tools.reference.criteria import WORDS, words_of_the_language
from tools.reference.pages import PAGES
from tools.reference.settings import TABLES

DOCUMENT_KINDS = ("facts", "consent", "trait", "segment")
BRAND = Brand("Corner Coffee")
EVERY_PAGE = every_page()


def pages_with(language: str, *marks: str) -> list[Page]:
    return [page for page in EVERY_PAGE if page.examples(language, *marks)]


def each(pages: list[Page]):
    return pytest.mark.parametrize("page", pages, ids=[page.name for page in pages])


def place(page: Page, example: Example) -> str:
    return f"{page.name}:{example.line}"


@each(EVERY_PAGE)
def test_every_link_leads_somewhere(page):
    by_path = {other.path: other for other in EVERY_PAGE}
    for link in page.links():
        if link.startswith(("https://", "http://")):
            continue
        target, _, anchor = link.partition("#")
        path = (page.path.parent / target).resolve() if target else page.path
        assert path.exists(), f"{page.name}: {link}"
        if anchor:
            assert anchor in by_path[path].anchors(), f"{page.name}: {link}"


def test_every_page_can_be_reached_from_the_index():
    by_path = {page.path: page for page in EVERY_PAGE}
    reached: set[Path] = set()
    waiting = [ROOT / "docs/index.md"]
    while waiting:
        path = waiting.pop()
        if path in by_path and path not in reached:
            reached.add(path)
            waiting += [(path.parent / link.partition("#")[0]).resolve() for link in by_path[path].links()]
    assert {p.name for p in EVERY_PAGE if p.path.is_relative_to(ROOT / "docs") and p.path not in reached} == set()


def test_both_readmes_say_the_same_commands():
    english, chinese = (Page(ROOT / name, (ROOT / name).read_text("utf-8")) for name in ("README.md", "README.zh.md"))
    assert re.findall(r"^    (make .+)$", english.text, re.MULTILINE) == re.findall(
        r"^    (make .+)$", chinese.text, re.MULTILINE
    )
    assert [e.marks for e in english.every_example()] == [e.marks for e in chinese.every_example()]
    assert [link for link in english.links() if "README" not in link] == [
        link for link in chinese.links() if "README" not in link
    ]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_reference_is_what_the_code_says(name):
    committed = (ROOT / "docs/reference" / name).read_text(encoding="utf-8")
    assert committed == PAGES[name](), "run `make reference`"


def test_the_reference_has_no_page_that_the_code_does_not_make():
    assert {path.name for path in (ROOT / "docs/reference").iterdir()} == set(PAGES)


def test_every_table_of_the_settings_is_documented():
    assert set(TABLES) == set(Settings.__struct_fields__)


def test_every_word_of_criteria_is_documented():
    assert set(WORDS) == words_of_the_language()


def vocabulary(page: Page, folder: Path) -> BrandVocabulary:
    """Return the words of a brand that has applied the documents of a page."""
    for kind in DOCUMENT_KINDS:
        for number, example in enumerate(page.examples("yaml", kind)):
            (folder / f"{kind}-{number}.yaml").write_text(example.text, encoding="utf-8")
    documents, unread = read_folder(folder, DOCUMENT_KINDS)
    assert unread == []
    words = BrandVocabulary(declared_by(documents), [], features(documents, BRAND), BRAND)
    assert words.define(documents) == []
    return words


@each([page for kind in DOCUMENT_KINDS for page in pages_with("yaml", kind)])
def test_documents_in_the_docs_can_be_applied(page, tmp_path):
    vocabulary(page, tmp_path)


@each(pages_with("criteria"))
def test_criteria_in_the_docs_can_be_asked(page, tmp_path):
    own = Page(ROOT / "docs/guides/own-facts.md", (ROOT / "docs/guides/own-facts.md").read_text(encoding="utf-8"))
    words = vocabulary(own, tmp_path)
    for example in page.examples("criteria"):
        for text in re.split(r"\n\s*\n", example.text.strip()):
            parse(text, words, BRAND.zone())


@each(pages_with("yaml", "mapping"))
def test_mappings_in_the_docs_fit_the_catalogue(page):
    """Which columns there are, only a file can say; all else is checked."""
    for example in page.examples("yaml", "mapping"):
        document = mapping.decode(example.text)
        brand = Brand("Corner Coffee", currency=document.currency or BRAND.currency)
        _, mistakes = compile_mapping(document, example.text, [], Reading(declared_by([]), brand, Micros(0)))
        told = [mistake for mistake in mistakes if not mistake.code.startswith("import.mapping.column")]
        assert [mistake.params | {"code": mistake.code} for mistake in told] == [], place(page, example)


@each(pages_with("python"))
def test_python_in_the_docs_is_python(page):
    for example in page.examples("python"):
        ast.parse(example.text, place(page, example))


@each(pages_with("shell"))
def test_commands_in_the_docs_exist(page):
    for example in page.examples("shell"):
        for line in example.text.splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] == ["interplay"]:
                check_command(words[1:], f"{place(page, example)}: {line}")


def check_command(words: list[str], where: str) -> None:
    """Follow the words through the groups of commands; each option must belong to where it stands."""
    command = typer.main.get_command(app)
    for word in words:
        children = getattr(command, "commands", {})
        options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        if word.startswith("--"):
            assert word in options | {"--help"}, f"{where}: {word}"
        elif word in children:
            command = children[word]
    assert not getattr(command, "commands", {}), f"{where}: this is not a whole command"
