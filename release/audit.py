"""Ask the package index for known vulnerabilities of every version in the lock file.

    python release/audit.py

It ends with 1 if there is one, and if the index does not say.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

LOCK: Final = Path(__file__).with_name("ci.lock")


def main() -> None:
    """Print what pip-audit finds."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(LOCK)]
    command += ["--disable-pip", "--no-deps", "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        sys.exit(verdict(json.loads(done.stdout)["dependencies"]))
    except (ValueError, KeyError):
        sys.exit(f"audit: pip-audit failed.\n{done.stderr.strip()}")


def verdict(dependencies: list[dict[str, Any]]) -> str | None:
    """Return what is wrong with packages as pip-audit lists them, or None."""
    unknown = [one["name"] for one in dependencies if "skip_reason" in one]
    found = [
        f"{one['name']} {one['version']}: {flaw['id']}, mended in "
        f"{' or '.join(flaw['fix_versions']) or 'no version'}"
        for one in dependencies
        for flaw in one.get("vulns", ())
    ]
    if found:
        return "\n".join(["audit: there are known vulnerabilities.", *found])
    if unknown or not dependencies:
        return (
            f"audit: the package index says nothing about {len(unknown)} of {len(dependencies)} "
            f"packages ({', '.join(unknown[:3])}, ...). Run it where https://pypi.org/pypi answers."
        )
    print(f"audit: no known vulnerability in {len(dependencies)} packages")
    return None


if __name__ == "__main__":
    main()
