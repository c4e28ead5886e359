"""`commands.md`: every command of the command line with its arguments and options."""

from collections.abc import Iterator

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from interplay.faces.cli.main import app
from tools.reference.markdown import code, page, table

OF_EVERY_SHELL = frozenset({"--install-completion", "--show-completion"})


def commands_page() -> str:
    """Return the commands, after the options of the whole program."""
    root = get_command(app)
    parts = [_parameters(root.params)]
    parts += [_command(words, command) for words, command in _commands(root, ())]
    return page("Commands", "Options of the whole program stand before the command:", *parts)


def _commands(command: object, words: tuple[str, ...]) -> Iterator[tuple[str, TyperCommand]]:
    match command:
        case TyperGroup():
            for name, child in sorted(command.commands.items()):
                if not child.hidden:
                    yield from _commands(child, (*words, name))
        case TyperCommand():
            yield " ".join(words), command


def _command(words: str, command: TyperCommand) -> str:
    return f"## {words}\n\n{_one_line(command.help)}\n\n{_parameters(command.params)}"


def _parameters(parameters: object) -> str:
    rows = [row for row in map(_row, parameters if isinstance(parameters, list) else []) if row]
    return table(["", "", ""], rows) if rows else ""


def _row(parameter: object) -> list[str]:
    match parameter:
        case TyperArgument():
            return [
                code((parameter.name or "").upper()),
                "required" if parameter.required else "",
                _one_line(parameter.help),
            ]
        case TyperOption() if not parameter.hidden and not OF_EVERY_SHELL & set(parameter.opts):
            spelled = ", ".join(code(name) for name in (*parameter.opts, *parameter.secondary_opts))
            default = "required" if parameter.required else _default(parameter.default)
            return [spelled, default, _one_line(parameter.help)]
        case _:
            return []


def _default(default: object) -> str:
    return code(str(default)) if isinstance(default, str | int | float) and not isinstance(default, bool) else ""


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())
