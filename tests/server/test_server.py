"""Responses of the server, and access to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
httpx = pytest.importorskip("httpx")

from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.errors import InputError, ModelError
from audio_emotion.recognition.model import load_model
from audio_emotion.recognition.predict import Document, predict
from audio_emotion.server import create_app
from audio_emotion.server.app import NOT_BUILT
from running_server import post, refusal, serving, write_classifier, write_network

SPEECH = "Ravdess/audio_speech_actors_01-24/Actor_22/03-01-08-02-01-01-22.flac"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_classifier(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def client(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    page = tmp_path_factory.mktemp("page")
    (page / "index.html").write_text("<title>emotions</title>")
    (page / "core.wasm").write_bytes(b"\0asm")
    with serving(model, page=page) as client:
        yield client


@pytest.fixture(scope="module")
def speech(sample: Path) -> bytes:
    return (sample / SPEECH).read_bytes()


@pytest.fixture(scope="module")
def recordings(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Of every format, rate and width; one is long enough for a timeline of many windows."""
    folder = tmp_path_factory.mktemp("recordings")
    signal, sr = soundfile.read(sample / SPEECH)
    long = np.concatenate([signal] * 5)
    how = {
        "stereo.wav": (np.stack([signal, -0.5 * signal], axis=1), sr, "PCM_24"),
        "float.wav": (long, 44_100, "FLOAT"),
        "slow.aiff": (signal, 8000, "PCM_16"),
        "speech.mp3": (signal, sr, None),
        "speech.ogg": (signal, sr, None),
        "speech.flac": (signal, 16_000, None),
    }
    for name, (values, rate, width) in how.items():
        soundfile.write(folder / name, values, rate, subtype=width)
    return [*sorted(folder.iterdir()), sample / SPEECH]


def check_like_predict(client: httpx.Client, model: Path, recordings: list[Path]) -> None:
    chosen = load_model(model)
    for path in recordings:
        document = predict([path], chosen)
        raw = post(client, path.read_bytes())
        assert raw.status_code == 200
        assert raw.json() == response_like(document, "recording")
        with path.open("rb") as file:
            form = client.post("/api/predict", files={"file": file})
        assert form.json() == response_like(document, path.name)


def response_like(document: Document, name: str) -> dict[str, Any]:
    (result,) = document["results"]
    warnings = [entry["warning"].replace(entry["path"], name) for entry in document["warnings"]]
    head = {key: document[key] for key in ("schema", "model")}
    return {**head, **result, "path": name, "warnings": warnings}


def test_responses_equal_predict_to_the_last_digit(
    client: httpx.Client, model: Path, recordings: list[Path]
) -> None:
    check_like_predict(client, model, recordings)


def test_responses_equal_predict_with_a_network(tmp_path: Path, recordings: list[Path]) -> None:
    path = write_network(tmp_path)
    with serving(path) as client:
        check_like_predict(client, path, recordings[:3])
        about = client.get("/api/model").json()
        assert (about["adapts"], about["threshold"]) == (True, 0.375)
        assert about["speech_threshold"] == 0.25


def test_model(client: httpx.Client) -> None:
    about = client.get("/api/model").json()
    assert about["name"] == "ShrinkageLDA"
    assert about["emotions"] == list(EMOTIONS)
    assert about["limits"] == {"bytes": 25_000_000, "seconds": 600, "requests": 8, "streams": 8}


def test_health(client: httpx.Client) -> None:
    document = client.get("/api/health").json()
    assert (document["status"], document["workers"]) == ("ok", 1)


def test_page_and_its_files(client: httpx.Client) -> None:
    assert "emotions" in client.get("/").text
    assert client.get("/core.wasm").headers["content-type"] == "application/wasm"
    status, sentence = refusal(client.get("/nothing.js"))
    assert (status, sentence) == (404, "GET /nothing.js: not found.")
    assert client.get("/..%2f..%2fetc/passwd").status_code == 404


def test_the_page_travels_compressed_and_recordings_do_not(model: Path, tmp_path: Path) -> None:
    text = "<title>emotions</title>" * 1000
    (tmp_path / "index.html").write_text(text)
    (tmp_path / "clip.wav").write_bytes(bytes(5000))
    with serving(model, page=tmp_path) as client:
        page = client.get("/")
        assert (page.text, page.headers["content-encoding"]) == (text, "gzip")
        assert page.headers["vary"].lower().split(", ").count("accept-encoding") == 1
        plain = client.get("/", headers={"Accept-Encoding": "identity"})
        assert (plain.text, "content-encoding" in plain.headers) == (text, False)
        assert "content-encoding" not in client.get("/clip.wav").headers


def test_paths_that_lead_nowhere(client: httpx.Client) -> None:
    for path in (
        "/%00",
        "/a%00b",
        "/" + "a" * 5000,
        "/..%5c..%5cetc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "//api/model",
        "/api//model",
        "/core.wasm/x",
        "/%ff%fe",
    ):
        assert refusal(client.get(httpx.URL(str(client.base_url) + path)))[0] == 404


def test_without_a_page_it_explains_how_to_build_it(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audio_emotion.server.app.built_page", lambda: None)
    with serving(model) as client:
        response = client.get("/")
        assert (response.status_code, response.text) == (404, NOT_BUILT)
        assert "make web" in response.text
        assert client.get("/api/health").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/predict", 405), ("DELETE", "/api/model", 405), ("GET", "/api/nothing", 404)],
)
def test_unknown_routes_are_refused_in_a_sentence(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    assert refusal(client.request(method, path))[0] == status


@pytest.mark.parametrize("path", ["/", "/core.wasm", "/api/health", "/api/nothing", "/nothing"])
def test_every_response_has_the_security_headers(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert re.search(r"default-src 'none'.*script-src 'self' 'wasm-unsafe-eval';", policy)
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["permissions-policy"].startswith("microphone=(self)")
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-embedder-policy"] == "require-corp"
    assert headers["cache-control"] == ("no-store" if path.startswith("/api/") else "no-cache")
    assert "server" not in headers


def test_other_origins_are_refused(client: httpx.Client, speech: bytes) -> None:
    for origin in ("https://example.org", "null", "http://127.0.0.1:1", "file://"):
        assert refusal(post(client, speech, headers={"Origin": origin}))[0] == 403
    ours = str(client.base_url).rstrip("/")
    assert post(client, speech, headers={"Origin": ours}).status_code == 200


def test_an_allowed_origin_is_accepted(model: Path, speech: bytes) -> None:
    origin = "https://example.org"
    with serving(model, allow_origins=["https://Example.org"], token="secret") as client:
        preflight = client.options(
            "/api/predict",
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization",
            },
        )
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == origin
        headers = {"Origin": origin, "Authorization": "Bearer secret"}
        response = post(client, speech, headers=headers)
        assert response.status_code == 200
        assert response.headers["access-control-allow-origin"] == origin
        other = post(client, speech, headers=headers | {"Origin": "https://example.com"})
        assert refusal(other)[0] == 403


@pytest.mark.parametrize("origin", ["example.org", "https://example.org/", "*", "ftp://a"])
def test_what_is_no_origin_cannot_be_allowed(model: Path, origin: str) -> None:
    with pytest.raises(InputError, match="is not an origin"):
        create_app(model, allow_origins=[origin])


def test_names_of_other_hosts_are_refused(client: httpx.Client, model: Path) -> None:
    """A site whose name was made to point here (DNS rebinding) must not read our responses."""
    for host in ("evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil"):
        status, sentence = refusal(client.get("/api/health", headers={"Host": host}))
        assert (status, repr(host) in sentence) == (421, True)
    for host in ("localhost", "LOCALHOST:8000", "127.0.0.1", "[::1]:8000", "192.0.2.7:80"):
        assert client.get("/api/health", headers={"Host": host}).status_code == 200
    with serving(model, allow_hosts=["Box.local"]) as known:
        assert known.get("/api/health", headers={"Host": "box.local:80"}).status_code == 200


def test_a_token_guards_the_interface(model: Path, speech: bytes) -> None:
    with serving(model, token="sésame") as client:
        for given in (None, "Bearer", "Bearer wrong", "Basic s\xe9same", "s\xe9same"):
            headers = {} if given is None else {"Authorization": given.encode("utf-8")}
            for response in (
                client.get("/api/model", headers=headers),
                post(client, speech, headers=headers),
            ):
                assert refusal(response)[0] == 401
                assert response.headers["www-authenticate"] == "Bearer"
        known = {"Authorization": "Bearer sésame".encode()}
        assert post(client, speech, headers=known).status_code == 200
        assert client.get("/api/health").status_code == 200
        assert client.get("/api/openapi.json").status_code == 200


def test_a_token_is_not_empty(model: Path) -> None:
    with pytest.raises(InputError, match="token is empty"):
        create_app(model, token="")


def test_a_model_that_cannot_be_loaded_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        create_app(tmp_path / "nothing.aem")


def test_the_interface_conforms_to_its_document(client: httpx.Client, speech: bytes) -> None:
    """Schemathesis sends everything the document allows, and much that it does not."""
    schemathesis = pytest.importorskip("schemathesis")
    from schemathesis.checks import CHECKS, load_all_checks

    load_all_checks()
    # A schema cannot describe which bytes are recordings; most are none.
    left_out = [check for check in CHECKS.get_all() if check.__name__ == "positive_data_acceptance"]
    assert len(left_out) == 1
    schema = schemathesis.openapi.from_url(str(client.base_url.join("/api/openapi.json")))
    operations = [found.ok() for found in schema.get_all_operations()]
    assert {"POST /api/predict", "GET /api/model"} < {found.label for found in operations}
    for operation in operations:

        @given(operation.as_strategy())
        @settings(max_examples=20, suppress_health_check=list(HealthCheck))
        def check(case: Any) -> None:
            case.call_and_validate(excluded_checks=left_out)

        check()
    assert post(client, speech).json()["model"] == "ShrinkageLDA"
