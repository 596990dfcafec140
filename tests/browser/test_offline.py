"""The page without a network after the first load, and as an application."""

from __future__ import annotations

import json

from playwright.sync_api import Browser, expect

from chromium import DIST, opened

KEPT = """async () => {
    await navigator.serviceWorker.ready;
    const requests = await (await caches.open("audio-emotion page")).keys();
    return requests.map(({ url }) => new URL(url).pathname.slice(1));
}"""


def test_it_works_without_a_network_after_the_first_load(browser: Browser, address: str) -> None:
    with browser.new_context() as context:
        page = opened(context.new_page(), address)
        files = {path.relative_to(DIST).as_posix() for path in DIST.rglob("*") if path.is_file()}
        assert set(page.evaluate(KEPT)) >= (files - {"index.html", "sw.js"}) | {""}
        context.set_offline(True)
        opened(page, address)
        page.get_by_role("button", name="A fan").click()
        expect(page.locator("#label")).to_have_text("No speech")


def test_it_can_be_installed() -> None:
    manifest = json.loads((DIST / "app.webmanifest").read_text(encoding="utf-8"))
    assert {"name", "short_name", "start_url", "display", "icons"} <= manifest.keys()
    assert all((DIST / icon["src"]).is_file() for icon in manifest["icons"])
    assert 'rel="manifest" href="app.webmanifest"' in (DIST / "index.html").read_text("utf-8")
