"""The lock file has what the project asks for; the audit says what it could not ask, too."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import audit
from conftest import REPOSITORY

PROJECT: dict[str, Any] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
LOCK = (REPOSITORY / "release" / "ci.lock").read_text(encoding="utf-8")
SELF = "embedded-audio-emotion"


def locked() -> dict[str, list[Requirement]]:
    """The locked versions by name: several where Python's versions or systems differ."""
    found: dict[str, list[Requirement]] = {}
    for line in re.findall(r"^[a-z].*==.*?(?= \\$)", LOCK, flags=re.MULTILINE):
        requirement = Requirement(line)
        found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


def asked_for(extra: str | None) -> list[Requirement]:
    """What the package, or one of its extras, asks for, extras of extras included."""
    texts = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    found = []
    for requirement in map(Requirement, texts):
        if requirement.name == SELF:
            found += [one for inner in sorted(requirement.extras) for one in asked_for(inner)]
        else:
            found.append(requirement)
    return found


@pytest.mark.parametrize("extra", [None, "test", "dev"])
def test_every_requirement_is_locked(extra: str | None) -> None:
    versions = locked()
    for requirement in asked_for(extra):
        name = canonicalize_name(requirement.name)
        assert name in versions, f"{name}: run make lock"
        for one in versions[name]:
            (pin,) = one.specifier
            assert requirement.specifier.contains(Version(pin.version), prereleases=True), one


def test_every_version_has_hashes_and_a_marker_that_can_be_read() -> None:
    entries = re.split(r"^(?=[a-z])", LOCK, flags=re.MULTILINE)[1:]
    assert len(entries) == sum(map(len, locked().values()))
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry) for entry in entries)
    assert all(isinstance(one.marker, Marker | None) for many in locked().values() for one in many)


SOUND = {"name": "numpy", "version": "2.4.1", "vulns": []}
FLAW = {"id": "CVE-1", "fix_versions": ["2.4.2"]}


def test_the_audit_does_not_take_silence_for_soundness(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.verdict([SOUND]) is None
    assert capsys.readouterr().out == "audit: no known vulnerability in 1 packages\n"
    unknown = {"name": "scipy", "skip_reason": "not found"}
    assert "says nothing about 1 of 2 packages (scipy" in str(audit.verdict([SOUND, unknown]))
    found = str(audit.verdict([SOUND | {"vulns": [FLAW]}, unknown]))
    assert found.endswith("numpy 2.4.1: CVE-1, mended in 2.4.2")
    assert audit.verdict([]) is not None
