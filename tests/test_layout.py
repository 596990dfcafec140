"""The layout of the package: imports flow one way, to earlier steps of the pipeline."""

from __future__ import annotations

import pytest

from tools.layout import import_graph, longest_chain, modules, step_of

# Each package may import those in lines before its own.
STEPS = (
    ("errors",),
    ("extras", "files", "progress"),
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
GRAPH = import_graph()


@pytest.mark.parametrize("module", sorted(GRAPH))
def test_imports_flow_one_way(module: str) -> None:
    own = step_of(module)
    for other in map(step_of, GRAPH[module]):
        assert own in {"", other} or STEP[other] < STEP[own], f"{own} imports {other}"


def test_every_package_has_its_place() -> None:
    assert {step_of(module) for module in modules()} == {"", *STEP}


def test_no_module_needs_itself() -> None:
    longest_chain(GRAPH)
    with pytest.raises(ValueError, match="a circle"):
        longest_chain({"a": {"b"}, "b": {"a"}})
