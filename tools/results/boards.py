"""Cost of models on the emulated boards: `profile.csv`."""

from __future__ import annotations

from typing import Any, Final

from tools.measurements import SHIPPED, read

BOARDS: Final = ("rp2040", "nrf52840")

NETWORKS: Final = ("default", "small")
"""Networks that ship, by name."""

_FIGURES: Final = {
    "code_bytes": ("flash code", "bytes"),
    "constants_bytes": ("flash constants", "bytes"),
    "ram_bytes": ("total RAM", "bytes"),
    "frame_instructions": ("per frame", "instr."),
    "slowest_instructions": ("slowest frame", "instr."),
    "last_instructions": ("after last sample", "instr."),
    "instruction_cycles": ("per instruction", "cycles"),
    "frame_ms": ("per frame", "ms"),
    "load_percent": ("load", "%"),
    "answer_ms": ("latency", "ms"),
    "answer_mj": ("energy per prediction", "mJ"),
    "original_ms": ("original: latency", "ms"),
}


def costs() -> list[dict[str, Any]]:
    """Return `model`, `board` and the figures of each."""
    found: dict[tuple[str, str], dict[tuple[str, str], Any]] = {}
    for row in read("profile"):
        figures = found.setdefault((row["model"], row["board"]), {})
        figures[row["figure"], row["unit"]] = row["value"]
    rows = []
    for (model, board), figures in found.items():
        row = {key: figures.get(figure) for key, figure in _FIGURES.items()}
        row["flash_bytes"] = row["code_bytes"] + row["constants_bytes"]
        row["memory_bytes"] = row["flash_bytes"] + row["ram_bytes"]
        rows.append({"model": model, "board": board} | row)
    return rows


def profiled() -> list[str]:
    """Return the networks that ship, as far as their cost is known."""
    models = {row["model"] for row in costs()}
    return [name for name in NETWORKS if f"{name}.aem" in models]


def network(board: str, figure: str, name: str = SHIPPED) -> float:
    """Return one figure of a network that ships."""
    wanted = (f"{name}.aem", board)
    return next(float(row[figure]) for row in costs() if (row["model"], row["board"]) == wanted)


def shown(figure: str, model: str = f"{SHIPPED}.aem", board: str = BOARDS[0]) -> str:
    """Return a figure as every document writes it: whole KB of 1024 bytes, percents and ms."""
    row = next(row for row in costs() if (row["model"], row["board"]) == (model, board))
    value, unit = float(row[figure]), figure.rsplit("_", 1)[-1]
    if unit == "bytes":
        return f"{value / 1024:.{'0' if value >= 102_400 else '1'}f} KB"
    return f"{value:.0f} {'%' if unit == 'percent' else unit}"


def of_network(figure: str, name: str = SHIPPED) -> dict[str, float]:
    """Return one figure of a network that ships, by board."""
    return {board: network(board, figure, name) for board in BOARDS}


def of_classifiers(board: str, figure: str) -> dict[str, float]:
    """Return one figure of the classifiers on a board, by their names."""
    return {
        row["model"].removesuffix(".skops"): float(row[figure])
        for row in costs()
        if row["board"] == board and row["model"].endswith(".skops")
    }


def answer_after_a_mean_frame_ms(board: str) -> float:
    """Return the network's latency if the last frame costs what frames cost on average."""
    last = network(board, "last_instructions")
    saved = network(board, "slowest_instructions") - network(board, "frame_instructions")
    return network(board, "answer_ms") * (last - saved) / last
