"""Loads files and what they import: which names each file sees, and how far an import may reach."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from pathlib import Path

from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError, Fix, Related
from ...dsl.diagnostics.suggest import correction, did_you_mean, everywhere, nearest
from ...dsl.record import record
from ...dsl.syntax import ast
from ...dsl.syntax.read import decode
from ...dsl.text.source import Source
from .module import Constant, Defined, Entity, Module, Unavailable
from .parsed import parsed
from .reach import below, escapes, from_here, here, resolved
from .read_net import read_net
from .snapshot import Snapshot

MODELS = Path(__file__).resolve().parents[2] / "models"
"""The zoo: what `from zoo.… import` reads."""
_TOOLS = ("keras", "tensorflow", "tf", "torch", "torchvision", "numpy", "jax", "flax", "layers")
"""What Python's users import their layers from."""

MAX_IMPORT_DEPTH = 64


@record(frozen=False)
class Project:
    """Files loaded so far and everything found wrong with them.

    `root` is the folder that no import may leave; `overlay` holds texts that stand for files on
    disk (an editor's unsaved buffers, a test's files). Below the root of a `snapshot` there are its
    files and no others.
    """

    root: Path
    diagnostics: list[Diagnostic] = field(default_factory=list)
    overlay: dict[Path, str] = field(default_factory=dict)
    modules: dict[Path, Module | None] = field(default_factory=dict)
    alone: bool = True
    """Whether no other project is checked with it, so that names within it are enough."""
    snapshot: Snapshot | None = None
    links: dict[Path, Path] = field(default_factory=dict)
    """The paths that were read, as they were written, and what they lead to."""
    texts: dict[Path, str] = field(default_factory=dict)
    """What was read, by its path behind all links."""
    _shown: dict[Path, str] = field(default_factory=dict)
    _loading: list[Path] = field(default_factory=list)
    _through: list[ast.Import] = field(default_factory=list)
    """The imports that led to the files of `_loading`, but for the first of them."""

    def load(self, path: Path) -> Module | None:
        """Reads, parses and links a file; None where it cannot be parsed (and is reported)."""
        key = resolved(path)
        self.links[path] = key
        # What a link may not lead to can still be named by itself.
        if key in self.modules and not escapes(path):
            return self.modules[key]
        try:
            source = self._source(path, key)
            self.texts[key] = source.text
            file = parsed(source)
        except DiagnosticError as error:
            self.diagnostics.extend(error.diagnostics)
            self.modules.setdefault(key if not escapes(path) else path, None)
            return None
        module = Module(key, file)
        self.modules[key] = module
        self._loading.append(key)
        try:
            self._link(module)
        finally:
            self._loading.pop()
        return module

    def _source(self, path: Path, key: Path) -> Source:
        shown = self.shown(path)
        if key in self.overlay:
            return Source(shown, self.overlay[key])
        if self.snapshot is not None and key in self.snapshot.files:
            return decode(self.snapshot.files[key], shown)
        return read_net(path, shown)

    def shown(self, path: Path) -> str:
        """The path as messages show it: as seen from the working folder.

        Where that lies outside the one project that is checked, from the project's folder. No two
        files are shown alike.
        """
        known = self._shown.get(path)
        if known is None:
            known = self._shown[path] = self._seen(path)
        return known

    def _seen(self, path: Path) -> str:
        if escapes(path):
            return str(path)
        full = resolved(path)
        if self.snapshot is not None and self.snapshot.has(full):
            return self.snapshot.shown(full)
        if below(full, MODELS) and not below(here(), MODELS.parent):
            return f"zoo/{full.relative_to(MODELS).as_posix()}"
        own = self.alone and not self._around(here())
        for base in (here(), *([self.root] if own else [])):
            if below(full, base):
                return "/".join(full.parts[len(base.parts) :]) or "."
        return str(path) if own else from_here(full)

    def _around(self, folder: Path) -> bool:
        """Whether a folder lies in the project."""
        return below(folder, self.root)

    def _link(self, module: Module) -> None:
        for item in module.file.items:
            if isinstance(item, ast.Definition):
                self._define(module, item.name, Defined(module, item))
            elif isinstance(item, ast.Const):
                self._define(module, item.name, Constant(module, item))
            elif isinstance(item, ast.Import):
                self._import(module, item)

    def _define(self, module: Module, name: ast.Ident, entity: Entity) -> None:
        earlier = module.names.get(name.name)
        if earlier is None or isinstance(earlier, Unavailable):
            module.names[name.name] = entity
            return
        if isinstance(entity, Unavailable):
            # The import that failed has been reported.
            return
        related: tuple[Related, ...] = ()
        if isinstance(earlier, Defined):
            related = (Related("first defined here", earlier.definition.name.span),)
        elif isinstance(earlier, Constant):
            related = (Related("first defined here", earlier.const.name.span),)
        self.diagnostics.append(
            Diagnostic(
                Code.DUPLICATE_NAME,
                f"`{name.name}` is defined twice",
                name.span,
                "defined again here",
                related,
                help="rename one of them",
            )
        )

    def _import(self, module: Module, item: ast.Import) -> None:
        target = self._target(module, item)
        imported = None if target is None else self._load_import(target, item)
        for name in item.names:
            local = name.alias or name.name
            if imported is None:
                self._define(module, local, Unavailable(local.name))
                continue
            entity = imported.names.get(name.name.name)
            if entity is None:
                options = [n for n in imported.names if not n.startswith("_")]
                fix = correction(name.name.span, name.name.name, options)
                self.diagnostics.append(
                    Diagnostic(
                        Code.IMPORT_MISSING,
                        f"`{self.shown(imported.path)}` defines no `{name.name.name}`",
                        name.name.span,
                        "not defined there",
                        help=did_you_mean(name.name.name, options),
                        fix=fix if name.alias else everywhere(fix),
                    )
                )
                entity = Unavailable(local.name)
            self._define(module, local, entity)

    def _other_import(self, module: Module, item: ast.Import, head: str) -> str:
        """What to write where an import names a library that is none."""
        own = f"./{item.origin.replace('.', '/')}.net"
        path = module.path.parent / own
        if path in self.overlay or self._has(path):
            return f'write `"{own}"`: the path of a file is a string'
        if head in _TOOLS:
            return "delete the line: layers need no import"
        return (
            "import shipped models with `from zoo.resnet import …`, own files with "
            '`from "./file.net" import …`'
        )

    def _target(self, module: Module, item: ast.Import) -> Path | None:
        """The file an import names, if it is one that may be read."""
        if not item.is_path:
            head, *rest = item.origin.split(".")
            if head != "zoo" or not rest:
                self._fault(
                    Code.IMPORT_MISSING,
                    f"there is no library `{head}`",
                    item,
                    self._other_import(module, item, head),
                )
                return None
            path = MODELS.joinpath(*rest).with_suffix(".net")
            if not _is_file(path):
                options = [f"zoo.{p.stem}" for p in sorted(MODELS.glob("*.net"))]
                self._fault(
                    Code.IMPORT_MISSING,
                    f"there is no shipped model file `{item.origin}`",
                    item,
                    did_you_mean(item.origin, options),
                )
                return None
            return path
        written = module.path.parent / item.origin
        path = self.links[written] = resolved(written)
        root = MODELS if module.path.is_relative_to(MODELS) else self.root
        if Path(item.origin).is_absolute() or not path.is_relative_to(root):
            self._fault(
                Code.IMPORT_OUTSIDE,
                f'"{item.origin}" is outside the project',
                item,
                f"imports stay below `{root.name or root}`; move the file there",
            )
            return None
        if path.suffix != ".net":
            self._fault(
                Code.IMPORT_MISSING, f'"{item.origin}" is not a .net file', item, "name a .net file"
            )
            return None
        if path not in self.overlay and not self._has(path):
            # All end in .net, which makes no two of them alike.
            beside = sorted(p.stem for p in self._beside(module.path))[:200]
            close = nearest(path.stem, beside)
            self._fault(
                Code.IMPORT_MISSING,
                f'there is no file "{item.origin}"',
                item,
                f"did you mean `{close[0]}.net`?" if close else "",
                correction(item.origin_span, path.stem, beside),
            )
            return None
        return path

    def _load_import(self, target: Path, item: ast.Import) -> Module | None:
        chain = self._loading
        if target in chain:
            begin = chain.index(target)
            cycle = [*chain[begin:], target]
            self._fault(
                Code.IMPORT_CYCLE,
                "import cycle: " + " -> ".join(self.shown(path) for path in cycle),
                item,
                "move what both need into a third file",
                related=tuple(
                    Related("imported here", one.origin_span) for one in self._through[begin:]
                ),
            )
            return None
        if len(self._loading) >= MAX_IMPORT_DEPTH:
            self._fault(
                Code.IMPORT_CYCLE,
                f"imports are nested deeper than {MAX_IMPORT_DEPTH} files",
                item,
                "import the file that defines the name directly",
            )
            return None
        self._through.append(item)
        try:
            return self.load(target)
        finally:
            self._through.pop()

    def _has(self, path: Path) -> bool:
        if self.snapshot is not None and self.snapshot.has(path):
            return path in self.snapshot.files
        return _is_file(path)

    def _beside(self, path: Path) -> Iterable[Path]:
        """The other `.net` files in the folder of a file, and the texts that stand for such."""
        if self.snapshot is not None and self.snapshot.has(path):
            return [other for other in self.snapshot.files if other.parent == path.parent]
        beside = {*path.parent.glob("*.net"), *self.overlay} - {path}
        return (other for other in beside if other.parent == path.parent)

    def _fault(
        self,
        code: Code,
        message: str,
        item: ast.Import,
        help: str,
        fix: Fix | None = None,
        related: tuple[Related, ...] = (),
    ) -> None:
        at = item.origin_span
        self.diagnostics.append(
            Diagnostic(code, message, at, "imported here", related, help=help, fix=fix)
        )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
