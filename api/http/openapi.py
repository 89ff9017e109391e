"""The OpenAPI description: FastAPI's own, with our problems in place of its error model."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api.auth.keys import PUBLIC_SCOPES
from api.http.errors import PROBLEM_TYPE
from api.http.samples import samples
from api.schemas.answers import ErrorOut, Problem

_WHAT = {
    400: "The body is not valid JSON",
    401: "A key is needed",
    403: "The key does not allow this",
    404: "No such article",
    410: "The article was erased",
    413: "The body is too large",
    415: "The body is not JSON",
    421: "Not served under the name of the host that the request gives",
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


GUARDED = (401, 403, 421, 429)  # what any route behind `needs` may answer
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


TAGS = [
    {"name": "questions", "description": "Ask, search, say what was wrong."},
    {"name": "articles", "description": "Read what was quoted."},
    {"name": "archive", "description": "What there is to ask about."},
    {"name": "OpenAI-compatible", "description": "For programs that speak OpenAI's API; citations come along."},
    {"name": "administration", "description": "Take in and erase articles. Always needs a secret key."},
    {"name": "operations", "description": "For whoever runs the server."},
]


def operation_id(route: APIRoute) -> str:
    """The name of the route's function, which is the name of the call in the clients."""
    return route.name


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
        servers=app.servers,
    )
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    for model in (ErrorOut, Problem):
        schemas[model.__name__] = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas[model.__name__].pop("$defs", None)
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            operation["security"] = _security(operation)
            operation["x-codeSamples"] = samples(method, path, operation, schemas)
    return schema


def _security(operation: dict[str, Any]) -> list[dict[str, list[str]]]:
    """Either way to send a key, or none where readers may go without (TELAL_SERVER__REQUIRE_KEY=true forbids that)."""
    ways: list[dict[str, list[str]]] = operation.get("security", [])
    scopes = {scope for way in ways for needed in way.values() for scope in needed}
    return ways if scopes - set(PUBLIC_SCOPES) else [{}, *ways]
