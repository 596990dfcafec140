"""The layout of the package: imports flow one way, to earlier steps of the pipeline."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import audio_emotion

PACKAGE = Path(audio_emotion.__file__).parent

# Each package may import those before it; what stands in one line does not import each other.
STEPS = (
    ("errors", "core", "models", "sample", "web"),
    ("files", "progress"),
    ("report",),
    ("engine",),
    ("data",),
    ("recognition",),
    ("training",),
    ("export",),
    ("devices",),
    ("evaluation", "power"),
    ("analysis",),
    ("server",),
    ("cli",),
)
STEP = {name: step for step, names in enumerate(STEPS) for name in names}


def imported(path: Path) -> Iterator[str]:
    """Packages below audio_emotion that a module imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "audio_emotion":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("audio_emotion."):
            yield str(node.module).split(".")[1]
        elif isinstance(node, ast.Import):
            names = (alias.name for alias in node.names)
            yield from (name.split(".")[1] for name in names if name.startswith("audio_emotion."))


MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_flow_one_way(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for other in imported(path):
        assert other == own or STEP[other] < STEP[own], f"{own} imports {other}"


def test_every_package_has_its_place() -> None:
    found = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    found |= {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    assert found == set(STEP) - {"core", "models", "sample", "web"}


def test_the_modules_of_a_package_import_each_other_without_a_circle() -> None:
    """No module needs, through others, itself; so every one can be read without a later one."""
    graph = {name(path): set(modules_of(path)) for path in MODULES}

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path, module))
        if module not in done:
            for other in graph.get(module, ()):
                visit(other, (*path, module))
            done.add(module)

    done: set[str] = set()
    for module in graph:
        visit(module, ())


def name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def modules_of(path: Path) -> Iterator[str]:
    """Modules that a module imports, each by its name below audio_emotion."""
    known = {name(module) for module in MODULES}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("audio_emotion"):
            package = str(node.module).removeprefix("audio_emotion").removeprefix(".")
            for alias in node.names:
                whole = f"{package}.{alias.name}".lstrip(".")
                yield whole if whole in known else package
