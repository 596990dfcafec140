"""The OpenAPI document of the interface."""

from __future__ import annotations

from typing import Any, Final

from audio_emotion.engine.emotions import EMOTIONS
from audio_emotion.engine.features import SAMPLE_RATE
from audio_emotion.recognition.predict import SCHEMA
from audio_emotion.server.limits import Limits
from audio_emotion.server.upload import FIELD

_JSON: Final = "application/json"
_EMOTION: Final = {"type": "string", "enum": list(EMOTIONS)}
_PROBABILITY: Final = {"type": "number", "minimum": 0, "maximum": 1}
_SECONDS: Final = {"type": "number", "minimum": 0}


def document(limits: Limits, version: str) -> dict[str, Any]:
    """Return the document of a server with these limits."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "audio-emotion",
            "version": version,
            "description": (
                "Emotions in recordings of speech, trained on acted speech. WebSocket "
                f"/api/stream takes {SAMPLE_RATE} Hz 16-bit little-endian mono PCM in binary "
                "messages, or what ?rate= and ?format= declare, and the text `end`, and sends a "
                "JSON object for each event."
            ),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "security": [{}, {"token": []}],
        "paths": {
            "/api/predict": {"post": _predict(limits)},
            "/api/model": {"get": _get("The model and the limits", "Model")},
            "/api/health": {"get": _health()},
            "/api/openapi.json": {"get": _get("This document", None, free=True)},
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _predict(limits: Limits) -> dict[str, Any]:
    binary = {"type": "string", "format": "binary"}
    form = {
        "type": "object",
        "properties": {FIELD: binary},
        "required": [FIELD],
        "additionalProperties": False,
    }
    return {
        "operationId": "predict",
        "summary": "Recognize the emotion in a recording",
        "description": (
            "WAV, FLAC, Ogg, Opus, MP3 or AIFF, as the body or as a form; at most "
            f"{limits.body_bytes / 1e6:g} MB and {limits.recording_s:g} s."
        ),
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {"schema": form},
                "application/octet-stream": {"schema": binary},
                "audio/*": {"schema": binary},
            },
        },
        "responses": {
            "200": _response("The emotion, and beyond 3 s its timeline", "Result"),
            "400": _response("No recording in the request", "Error"),
            "408": _response("The recording took too long to arrive", "Error"),
            "413": _response("The recording is too large or too long", "Error"),
            "422": _response("The recording cannot be read or recognized", "Error"),
            "503": _response("The server is busy; see Retry-After", "Error"),
            **_refusals(),
        },
    }


def _get(summary: str, schema: str | None, *, free: bool = False) -> dict[str, Any]:
    return {
        "summary": summary,
        "responses": {"200": _response(summary, schema), **_refusals(free=free)},
        **({"security": []} if free else {}),
    }


def _health() -> dict[str, Any]:
    described = _get("Status of the server", "Health", free=True)
    described["responses"]["503"] = _response("No worker runs", "Error")
    return described


def _refusals(*, free: bool = False) -> dict[str, Any]:
    refusals = {
        "401": _response("The token is missing or wrong", "Error"),
        "403": _response("Pages of this origin are not allowed", "Error"),
        "421": _response("The name in the header Host is not allowed", "Error"),
    }
    if free:
        del refusals["401"]
    return refusals


def _response(description: str, schema: str | None) -> dict[str, Any]:
    described = {"$ref": f"#/components/schemas/{schema}"} if schema else {"type": "object"}
    return {"description": description, "content": {_JSON: {"schema": described}}}


def _schemas() -> dict[str, Any]:
    recognized = {
        "emotion": {
            "type": ["string", "null"],
            "enum": [*EMOTIONS, None],
            "description": "The likeliest; null where nobody speaks.",
        },
        "confident": {
            "type": "boolean",
            "description": (
                "Whether somebody speaks and the largest probability reaches the model's threshold."
            ),
        },
        "speech": {**_PROBABILITY, "description": "Probability that somebody speaks."},
        "probabilities": _object(dict.fromkeys(EMOTIONS, _PROBABILITY)),
    }
    window = _object({"start_s": _SECONDS, "end_s": _SECONDS, **recognized})
    text, count = {"type": "string"}, {"type": "integer", "minimum": 0}
    timeline = {"type": "array", "items": window}
    limits = {"bytes": count, "seconds": _SECONDS, "requests": count, "streams": count}
    result = {"model": text, "path": text, "duration_s": _SECONDS, **recognized}
    result |= {"utterances": timeline, "timeline": timeline}
    result["warnings"] = {
        "type": "array",
        "items": text,
        "description": "What is wrong with a recording that is recognized all the same.",
    }
    return {
        "Result": _object({"schema": {"const": SCHEMA}, **result}),
        "Model": _object(
            {
                "name": text,
                "training_data": text,
                "speakers": count,
                "emotions": {"type": "array", "items": _EMOTION},
                "threshold": _PROBABILITY,
                "speech_threshold": _PROBABILITY,
                "adapts": {"type": "boolean"},
                "sample_rate": count,
                "limits": _object(limits),
            }
        ),
        "Health": _object({"status": {"const": "ok"}, "version": text, "workers": count}),
        "Error": _object({"error": text}),
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
