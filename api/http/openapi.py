"""The OpenAPI description: FastAPI's own, with our problems in place of its error model."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.http.errors import PROBLEM_TYPE
from api.schemas.answers import ErrorOut, Problem

_WHAT = {
    400: "The body is not valid JSON",
    401: "A key is needed",
    403: "The key does not allow this",
    404: "No such article",
    410: "The article was erased",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "Not usable: the detail says why",
    429: "Too many requests: Retry-After says when to come back",
    500: "A fault of the server",
    503: "Not possible now: Retry-After says when to try again",
    504: "The answer took too long",
    507: "No room left on the disk",
}
Responses = dict[int | str, dict[str, Any]]


def problems(*statuses: int) -> Responses:
    """The `responses` of a route that may fail with these statuses."""
    content = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _WHAT[status], "content": content} for status in statuses}


GUARDED = (401, 403, 429)  # what any route behind `needs` may answer
JSON_BODY = (400, 413, 415, 422)  # what any route with a JSON body may answer


def stream(description: str) -> Responses:
    """The `responses` of a route that may also stream."""
    text = {"type": "string"}
    schema = {
        "type": "object",
        "description": description,
        "properties": {"event": text, "id": text, "data": {**text, "contentMediaType": "application/json"}},
        "required": ["data"],
    }
    return {200: {"content": {"text/event-stream": {"schema": schema}}}}


STREAM = stream("With `stream: true`, events as OpenAI sends them.")


def install(app: FastAPI) -> None:
    """Makes the app describe itself, computed once."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _description(app)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]


def _description(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        license_info=app.license_info,
        tags=app.openapi_tags,
    )
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    for model in (ErrorOut, Problem):
        schemas[model.__name__] = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas[model.__name__].pop("$defs", None)
    return schema
