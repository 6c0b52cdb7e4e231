"""The layer rule and the house rules that a machine can check, held over every file of the repository.

Each check is a plain function over source text, and is itself tried on a small violating example at the end, so
that none of them passes because it sees nothing.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

REACHES: Mapping[str, frozenset[str]] = {
    "domain": frozenset(),
    "connectors": frozenset({"domain"}),
    "simulator": frozenset({"domain"}),
    "market": frozenset({"domain", "connectors"}),
    "accounts": frozenset({"domain", "connectors"}),
    "trading": frozenset({"domain", "connectors", "market", "accounts"}),
    "alerts": frozenset({"domain", "connectors", "market", "accounts", "trading"}),
    "ui": frozenset({"domain", "market", "accounts", "trading", "alerts"}),
}
"""Which packages of `terminal` each package may import besides itself. Files directly in `terminal` compose all."""

CONTRACT_ONLY = frozenset({"market", "accounts", "trading", "alerts"})
CONTRACT = "terminal.connectors.contract"
REGISTRY = "terminal.connectors.registry"
QT = frozenset({"PySide6", "PySide6QtAds", "shiboken6", "qasync", "pyqtgraph"})
IMPURE = frozenset(
    {"asyncio", "logging", "os", "pathlib", "random", "socket", "sqlite3", "subprocess", "threading", "time"}
)
VENUES = frozenset({"hoo", "hoo-innovate", "hashkey", "hashkey-mena", "hashkey-global", "cryptocom", "hashgreen"})
MAX_LINES = 450
LONG_LINES = 400
GENERATED = frozenset({"__pycache__", "build", "dist"})


@dataclass(frozen=True, slots=True)
class Module:
    name: str  # dotted, a package without its __init__
    path: Path
    text: str

    @property
    def package(self) -> str:
        """The package below `terminal` that it belongs to; empty for files directly in `terminal`."""
        parts = self.name.split(".")
        in_package = len(parts) > 2 or (len(parts) == 2 and self.path.name == "__init__.py")
        return parts[1] if in_package else ""

    @property
    def venue(self) -> str:
        """The venue whose own code this is; empty for shared code."""
        parts = self.name.split(".")
        if self.package == "connectors":
            is_folder = len(parts) > 3 or self.path.name == "__init__.py"
            return parts[2] if len(parts) > 2 and is_folder else ""
        if self.package == "simulator" and len(parts) > 2:
            return next((venue for venue in sorted(VENUES) if parts[2].split("_")[0] == venue), "")
        return ""

    @property
    def is_presenter(self) -> bool:
        return self.path.stem == "presenter"


def read_modules() -> dict[str, Module]:
    modules = {}
    for path in sorted((ROOT / "terminal").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        modules[name] = Module(name, path, path.read_text(encoding="utf-8"))
    return modules


MODULES: Mapping[str, Module] = read_modules()


def imports(module: Module, known: Mapping[str, Module] = MODULES) -> Iterator[str]:
    """Every module named by an import statement, wherever it stands, with relative ones resolved."""
    for node in ast.walk(ast.parse(module.text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level:
                up = node.level - (module.path.name == "__init__.py")
                above = module.name.split(".")
                source = ".".join([*above[: len(above) - up], *([source] if source else [])])
            submodules = [f"{source}.{alias.name}" for alias in node.names if f"{source}.{alias.name}" in known]
            yield from submodules
            if len(submodules) < len(node.names):
                yield source


def layer_violations(module: Module, known: Mapping[str, Module] = MODULES) -> Iterator[str]:
    for target in imports(module, known):
        parts = target.split(".")
        if parts[0] != "terminal" or len(parts) == 1:
            continue
        package = parts[1]
        if package not in REACHES:
            if module.package:
                yield f"{module.name} imports {target}: only files directly in terminal/ may"
            continue
        if module.package and package != module.package and package not in REACHES[module.package]:
            yield f"{module.name} imports {target}: {module.package} may not import {package}"
        if module.package in CONTRACT_ONLY and package == "connectors" and target != CONTRACT:
            yield f"{module.name} imports {target}: {module.package} may import {CONTRACT} only"
        if package == "connectors" and len(parts) > 2:
            target_module = known.get(target) or known.get(".".join(parts[:3]))
            venue = target_module.venue if target_module else ""
            if venue and venue != module.venue and module.name != REGISTRY:
                yield f"{module.name} imports {target}: a venue is imported by itself and {REGISTRY} only"


def qt_violations(module: Module) -> Iterator[str]:
    allowed = (module.package == "ui" and not module.is_presenter) or module.name == "terminal.app"
    for target in imports(module):
        if target.split(".")[0] in QT and not allowed:
            yield f"{module.name} imports {target}"


def qt_reached(start: Module) -> list[str]:
    """The chain of imports by which a presenter reaches Qt; empty when it does not."""
    chains = [[start.name]]
    seen = {start.name}
    while chains:
        chain = chains.pop()
        for target in imports(MODULES[chain[-1]]):
            if target.split(".")[0] in QT:
                return [*chain, target]
            if target in MODULES and target not in seen:
                seen.add(target)
                chains.append([*chain, target])
    return []


def impure_imports(module: Module) -> Iterator[str]:
    for target in imports(module):
        if target.split(".")[0] in IMPURE:
            yield f"{module.name} imports {target}"


def venue_comparisons(module: Module) -> Iterator[str]:
    """Branches on a venue's name: `venue == "hoo"`, `x in ("hoo", ...)`, `match venue: case "hoo"`."""
    if module.venue:
        return
    for node in ast.walk(ast.parse(module.text)):
        if isinstance(node, ast.Compare):
            line, sides = node.lineno, [node.left, *node.comparators]
        elif isinstance(node, ast.Match):
            line, sides = node.subject.lineno, [node.subject]
            sides += [
                inner.value for case in node.cases for inner in ast.walk(case) if isinstance(inner, ast.MatchValue)
            ]
        else:
            continue
        texts = {
            constant.value
            for side in sides
            for constant in (side.elts if isinstance(side, ast.Tuple | ast.List | ast.Set) else [side])
            if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
        }
        names = {side.attr if isinstance(side, ast.Attribute) else getattr(side, "id", "") for side in sides}
        if texts & VENUES or (names & {"venue", "venue_id"} and texts - {"", "all"}):
            yield f"{module.name}:{line} compares with {sorted(texts)}: extend Capabilities instead"


MUTABLE_CALLS = frozenset(
    {"list", "dict", "set", "bytearray", "deque", "defaultdict", "OrderedDict", "Counter", "ChainMap"}
    | {"WeakValueDictionary", "WeakKeyDictionary", "WeakSet", "SimpleNamespace", "count", "local", "ContextVar"}
)
MUTABLE_NODES = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
CHANGING_METHODS = frozenset(
    {"append", "appendleft", "extend", "insert", "add", "update", "setdefault", "pop", "popitem", "popleft"}
    | {"remove", "discard", "clear", "sort", "reverse"}
)
READ_ONLY = re.compile(r"Final|Mapping|Sequence|Collection|AbstractSet|tuple|frozenset|TypeAlias")
CONSTANT = re.compile(r"_*[A-Z][A-Z0-9_]*|__all__")


def called_name(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def module_state(module: Module) -> Iterator[str]:
    """Module-level containers that are not constants, constants that are changed, and `global` statements."""
    tree = ast.parse(module.text)
    containers = set()
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        if not isinstance(node.value, MUTABLE_NODES) and called_name(node.value) not in MUTABLE_CALLS:
            continue
        annotation = ast.unparse(node.annotation) if isinstance(node, ast.AnnAssign) else ""
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            name = ast.unparse(target)
            containers.add(name)
            if not CONSTANT.fullmatch(name) and not READ_ONLY.match(annotation):
                yield f"{module.name}:{node.lineno} {name} is mutable and neither a constant nor annotated read-only"
    for inner in ast.walk(tree):
        changed: ast.expr | None = None
        if isinstance(inner, ast.Global):
            yield f"{module.name}:{inner.lineno} global {', '.join(inner.names)}"
        elif isinstance(inner, ast.Subscript) and isinstance(inner.ctx, ast.Store | ast.Del):
            changed = inner.value
        elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
            changed = inner.func.value if inner.func.attr in CHANGING_METHODS else None
        if isinstance(changed, ast.Name) and changed.id in containers:
            yield f"{module.name}:{changed.lineno} changes {changed.id}"


# Written in parts, so that this file does not hold what it looks for.
REGISTRY_HOSTS = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.", "crates" + ".io", "anaconda" + ".org")
ARCHIVE_HOSTS = ("deb." + "debian.org", "archive." + "ubuntu.com", "golang" + ".org")
FORBIDDEN_TEXT = re.compile(
    "|".join(re.escape(host) for host in (*REGISTRY_HOSTS, *ARCHIVE_HOSTS))
    + r"|(?<![\w.$}~\"'*])/(?:"
    + "|".join(("ro" + "ot", r"ho" + r"me/\w+", r"Us" + r"ers/\w+", "wo" + r"rk/\w+"))
    + ")/"
)


def forbidden_text(name: str, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), start=1):
        if match := FORBIDDEN_TEXT.search(line):
            yield f"{name}:{number} names {match.group()}"


def committed_files() -> list[str]:
    """What git tracks; where git is missing or refuses the folder, every file outside hidden and generated folders."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z"]
    if shutil.which("git"):
        listed = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if listed.returncode == 0:
            return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    names = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name == ".ci" or (name[0] != "." and name not in GENERATED)]
        names += [str((Path(folder) / name).relative_to(ROOT)) for name in files]
    return names


def all_of(check: Iterator[str]) -> str:
    return "\n".join(check)


def test_packages_import_only_what_lies_to_their_left() -> None:
    unknown = {module.package for module in MODULES.values()} - REACHES.keys() - {""}
    assert not unknown, f"name the reach of {sorted(unknown)} in REACHES"
    assert all_of(line for module in MODULES.values() for line in layer_violations(module)) == ""


def test_qt_appears_only_in_ui_and_app_and_in_no_presenter() -> None:
    assert all_of(line for module in MODULES.values() for line in qt_violations(module)) == ""


def test_presenters_reach_qt_through_no_other_module() -> None:
    chains = [qt_reached(module) for module in MODULES.values() if module.is_presenter]
    assert all_of(" -> ".join(chain) for chain in chains if chain) == ""


def test_every_panel_with_a_widget_has_a_presenter() -> None:
    widgets = [module.path for module in MODULES.values() if module.package == "ui" and module.path.stem == "widget"]
    assert [str(path) for path in widgets if not path.with_name("presenter.py").exists()] == []


def test_domain_does_no_io_and_has_no_clock_no_logging_and_no_async() -> None:
    domain = [module for module in MODULES.values() if module.package == "domain"]
    assert domain
    assert all_of(line for module in domain for line in impure_imports(module)) == ""


def test_qt_free_packages_load_without_qt() -> None:
    names = [name for name, module in MODULES.items() if module.package not in {"", "ui"} and "__main__" not in name]
    program = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        f"print(sorted({set(QT)!r} & {{name.split('.')[0] for name in sys.modules}}))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program, *names], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    assert (loaded.returncode, loaded.stdout.strip()) == (0, "[]"), loaded.stderr


def test_shared_code_does_not_branch_on_a_venue_name() -> None:
    assert all_of(line for module in MODULES.values() for line in venue_comparisons(module)) == ""


def test_modules_hold_no_mutable_state() -> None:
    assert all_of(line for module in MODULES.values() for line in module_state(module)) == ""


def test_modules_stay_short() -> None:
    lengths = {name: module.text.count("\n") for name, module in MODULES.items()}
    long = [f"{name}: {count}" for name, count in sorted(lengths.items()) if count > LONG_LINES]
    too_long = [name for name, count in lengths.items() if count > MAX_LINES]
    assert not too_long, f"over {LONG_LINES} lines a module holds two things:\n" + "\n".join(long)


def test_committed_files_name_no_registry_and_no_path_of_one_machine() -> None:
    found: list[str] = []
    for name in committed_files():
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += forbidden_text(name, text)
    assert all_of(iter(found)) == ""


def example(name: str, text: str, *, path: str = "module.py") -> Module:
    return Module(name, Path(path), text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("terminal.domain.order", "from terminal.market import hub"),
        ("terminal.ui.main_window", "def f():\n    import terminal.connectors.contract"),
        ("terminal.simulator.loopback", "from terminal.connectors.contract import Event"),
        ("terminal.market.hub", "from terminal.accounts import account_book"),
        ("terminal.trading.desk", "from terminal.connectors.rest_client import RestClient"),
        ("terminal.trading.desk", "from ..ui import panel"),
        ("terminal.market.hub", "from terminal.app import run"),
    ],
)
def test_the_layer_check_sees_a_wrong_import(name: str, text: str) -> None:
    assert list(layer_violations(example(name, text)))


def test_the_layer_check_sees_one_venue_importing_another() -> None:
    known = {
        f"terminal.connectors.{venue}.parse": example(f"terminal.connectors.{venue}.parse", "", path="parse.py")
        for venue in ("hoo", "hashkey")
    }
    wrong = example("terminal.connectors.hoo.connector", "from terminal.connectors.hashkey.parse import book")
    right = example("terminal.connectors.hoo.connector", "from terminal.connectors.hoo.parse import book")
    assert list(layer_violations(wrong, known))
    assert not list(layer_violations(right, known))


def test_the_qt_check_sees_qt_in_a_presenter_and_below_the_ui() -> None:
    assert list(qt_violations(example("terminal.ui.fills.presenter", "import PySide6.QtCore", path="presenter.py")))
    assert list(qt_violations(example("terminal.market.hub", "from pyqtgraph import mkPen")))
    assert not list(qt_violations(example("terminal.ui.fills.widget", "import PySide6.QtCore", path="widget.py")))


@pytest.mark.parametrize(
    "text",
    ['if venue == "hoo": pass', 'x = order.venue in ("hoo", "other")', 'match venue:\n    case "hoo": pass'],
)
def test_the_venue_check_sees_a_branch_on_a_name(text: str) -> None:
    assert list(venue_comparisons(example("terminal.trading.desk", text)))


@pytest.mark.parametrize(
    "text",
    [
        "cache = {}",
        "seen: set[str] = set()",
        "TABLE = {}\ndef f(): TABLE['a'] = 1",
        "def f():\n    global x\n    x = 1",
    ],
)
def test_the_state_check_sees_mutable_module_state(text: str) -> None:
    assert list(module_state(example("terminal.market.hub", text)))


def test_committed_files_are_found_with_and_without_git(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = {"pyproject.toml", "tests/test_architecture.py", ".ci/run"}
    assert expected <= set(committed_files())
    monkeypatch.setenv("PATH", "")
    assert expected <= set(committed_files())


def test_the_text_check_sees_hosts_and_paths() -> None:
    assert list(forbidden_text("lock", "--index-url " + "https://" + REGISTRY_HOSTS[0] + "/simple"))
    assert list(forbidden_text("notes", "see /" + "home/sam/notes"))
    assert not list(forbidden_text("setup", '"$runtime/root/usr/lib" and ~/root/x'))
