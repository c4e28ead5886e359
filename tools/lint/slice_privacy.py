"""An import-linter contract: a slice is reached from outside only through its public modules.

[importlinter:contract:privacy]
type = slice_privacy
root_package = interplay
slice_depth = 3                  ; interplay.<stage>.<slice>
whole_stages = …                 ; stages that are one slice themselves
open_stages = …                  ; stages without slices: every module is public
public = api contracts
mounted = routes reactions       ; public to the mounters as well
mounters = interplay.bootstrap …
"""

from dataclasses import dataclass
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


@dataclass(frozen=True)
class SliceMap:
    """Which part of a module's name is its slice, and what of it outsiders may import."""

    root_package: str
    slice_depth: int
    whole_stages: frozenset[str]
    open_stages: frozenset[str]
    public: frozenset[str]
    mounted: frozenset[str]
    mounters: frozenset[str]

    def slice_of(self, module: str) -> str | None:
        """Return the slice a module lies in (the package itself counts), or None outside of slices."""
        depth = self._depth_in(module)
        parts = module.split(".")
        return ".".join(parts[:depth]) if depth is not None and len(parts) >= depth else None

    def may_import(self, importer: str, imported: str) -> bool:
        """Say whether `importer`, a module of elsewhere, may import this module of a slice."""
        depth = self._depth_in(imported)
        parts = imported.split(".")
        if depth is None or len(parts) <= depth or parts[depth] in self.public:
            return True
        return parts[depth] in self.mounted and any(f"{importer}.".startswith(f"{m}.") for m in self.mounters)

    def _depth_in(self, module: str) -> int | None:
        parts = module.split(".")
        if len(parts) < 2 or parts[0] != self.root_package or parts[1] in self.open_stages:
            return None
        return 2 if parts[1] in self.whole_stages else self.slice_depth


class SlicePrivacy(Contract):
    """Only `public` modules of a slice may be imported by other slices."""

    type_name = "slice_privacy"

    root_package = fields.StringField()
    slice_depth = fields.IntegerField()
    whole_stages = fields.SetField(subfield=fields.StringField(), required=False, default=frozenset())
    open_stages = fields.SetField(subfield=fields.StringField(), required=False, default=frozenset())
    public = fields.SetField(subfield=fields.StringField())
    mounted = fields.SetField(subfield=fields.StringField())
    mounters = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002  (import-linter's signature)
        """Collect every direct import that reaches past a slice's public modules."""
        slices = self._slices()
        leaks = sorted(
            (importer, imported)
            for imported in graph.modules
            if (home := slices.slice_of(imported)) is not None
            for importer in graph.find_modules_that_directly_import(imported)
            if slices.slice_of(importer) != home and not slices.may_import(importer, imported)
        )
        return ContractCheck(kept=not leaks, metadata={"leaks": leaks})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print one line per leak."""
        for importer, imported in check.metadata["leaks"]:
            output.print_error(f"{importer} reaches past the api of a slice: it imports {imported}")

    def _slices(self) -> SliceMap:
        """Return the options as values: import-linter puts them where the class declares fields."""

        def names(field: object) -> frozenset[str]:
            return frozenset(cast("set[str]", field))

        return SliceMap(
            root_package=cast("str", self.root_package),
            slice_depth=cast("int", self.slice_depth),
            whole_stages=names(self.whole_stages),
            open_stages=names(self.open_stages),
            public=names(self.public),
            mounted=names(self.mounted),
            mounters=names(self.mounters),
        )
