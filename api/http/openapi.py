"""Completes FastAPI's OpenAPI description: problems as the errors, and samples of each call in three languages."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.auth.keys import PUBLIC_SCOPES
from api.http.errors import PROBLEM_TYPE
from api.schemas.answers import ErrorOut, Problem
from rag.types import Value

_WHAT = {
    400: "The body is not valid JSON",
    401: "A key is needed",
    403: "The key does not allow this",
    404: "Not found",
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


def problems(*statuses: int, pages: bool = False) -> Responses:
    """Makes the `responses` of a route that may fail with these statuses; `pages`: a browser is told on a page."""
    content: dict[str, Any] = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if pages:
        content["text/html"] = {"schema": {"type": "string"}}
    return {status: {"description": _WHAT[status], "content": content} for status in statuses}


GUARDED_STATUSES = (401, 403, 421, 429)  # of every route behind `needs`
JSON_BODY = (400, 413, 415, 422)  # of every route with a JSON body


def stream(description: str) -> Responses:
    """Makes the `responses` of a route that may also stream."""
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
    {"name": "following", "description": "Be told when an answer changes."},
    {"name": "OpenAI-compatible", "description": "For programs that speak OpenAI's API; citations come along."},
    {"name": "administration", "description": "Take in and erase articles. Always needs a secret key."},
    {"name": "operations", "description": "For whoever runs the server."},
]


def install(app: FastAPI) -> None:
    """Gives the app its description, which is computed once."""

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
    schema = _with_clients_names(schema)
    schemas = schema["components"]["schemas"]
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            operation["security"] = _security(operation)
            operation["x-codeSamples"] = samples(method, path, operation, schemas)
    return schema


def _with_clients_names(schema: dict[str, Any]) -> dict[str, Any]:
    """Renames the values of `rag.types` as clients know them, `CitationOut` for `Citation`, and inlines
    enumerations."""
    values = {value.__name__ for value in Value.__subclasses__()}
    renamed = {name: f"{name}Out" for name in values if not name.endswith("Out")}
    renamed |= {"Context": "AroundOut", "ErasedArticle": "ErasedOut"}
    schemas, text = schema["components"]["schemas"], json.dumps(schema)
    if twice := [new for name, new in renamed.items() if name in schemas and new in schemas]:
        raise ValueError(f"Two types have one name for clients: {', '.join(twice)}. Rename those in api.schemas.")
    for name in schemas:
        ref = f'"$ref": "#/components/schemas/{name}"'
        if "enum" in schemas[name]:
            text = text.replace(ref, json.dumps({key: schemas[name][key] for key in ("type", "enum")})[1:-1])
        elif name in renamed:
            text = text.replace(ref, ref.replace(name, renamed[name]))
    named: dict[str, Any] = json.loads(text)
    kept = {renamed.get(name, name): one for name, one in named["components"]["schemas"].items() if "enum" not in one}
    named["components"]["schemas"] = {name: {**one, "title": name} for name, one in sorted(kept.items())}
    return named


def _security(operation: dict[str, Any]) -> list[dict[str, list[str]]]:
    """Returns both ways to send a key, and also none where no key is needed (unless TELAL_SERVER__REQUIRE_KEY=true)."""
    ways: list[dict[str, list[str]]] = operation.get("security", [])
    scopes = {scope for way in ways for needed in way.values() for scope in needed}
    return ways if scopes - set(PUBLIC_SCOPES) else [{}, *ways]


ADDRESS = "http://127.0.0.1:8000"
KEY = "telal_sk_..."
# Example values for parts of addresses, of which the description gives only the form.
EXAMPLES = {
    "article_id": "starter:tirana-agreement:en",
    "conversation": "0" * 32,
    "model": "telal",
    "follow": "0" * 16,
    "name": "Pirro Vengu",
    "share": "0" * 16,
    "reason": "asked for by the person it names",
}
_OF_ONE_ROUTE = {"erase": {"article_id": "outlet-1"}, "unshare": {"share": "0" * 32}}  # not what the others read
_ASKED = {  # where one of several is needed
    "follow_feed": {"q": "Who signed the Tirana agreement?"},
    "page": {"article": "starter:tirana-agreement:en"},
}
_CLIENTS: Mapping[str, Mapping[str, str]] = tomllib.loads(Path(__file__).with_name("samples.toml").read_text("utf-8"))


def samples(method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[dict[str, str]]:
    """Makes the samples of an operation as Redoc and others read them: `lang`, `label`, `source`."""
    name = operation["operationId"]
    scopes = [scope for way in operation["security"] for needed in way.values() for scope in needed]
    secret = bool(scopes) and {} not in operation["security"]
    address = ADDRESS + _address(path, operation)
    body = _body(operation, schemas)
    known = _CLIENTS.get(name, {})
    return [
        {"lang": "Shell", "label": "curl", "source": _curl(method.upper(), address, body, secret)},
        {"lang": "Python", "label": "Python", "source": _python(known, method, address, body, secret)},
        {"lang": "JavaScript", "label": "JavaScript", "source": _javascript(known, method, address, body, secret)},
    ]


def _address(path: str, operation: Mapping[str, Any]) -> str:
    values = EXAMPLES | _OF_ONE_ROUTE.get(operation["operationId"], {})
    for field in (p for p in operation.get("parameters", ()) if p["in"] == "path"):
        path = path.replace(f"{{{field['name']}}}", quote(values.get(field["name"], field["name"]), safe=":"))
    needed = [p["name"] for p in operation.get("parameters", ()) if p["in"] == "query" and p.get("required")]
    query = {field: values.get(field, field) for field in needed} | _ASKED.get(operation["operationId"], {})
    return f"{path}?{urlencode(query)}" if query else path


def _body(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """Returns the first example of the body; None without a body."""
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    held = schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
    return held["examples"][0] if held.get("examples") else None


def _curl(method: str, address: str, body: Any, secret: bool) -> str:
    lines = [f"curl -s '{address}'" if method == "GET" else f"curl -s -X {method} '{address}'"]
    if secret:
        lines.append(f"-H 'Authorization: Bearer {KEY}'")
    if body is not None:
        lines += ["-H 'Content-Type: application/json'", f"-d '{_json(body)}'"]
    return " \\\n  ".join(lines)


def _python(known: Mapping[str, str], method: str, address: str, body: Any, secret: bool) -> str:
    if "python_whole" in known:
        return known["python_whole"].strip()
    if "python" in known:
        key = f', key="{KEY}"' if secret else ""
        return f'from telal.client import Telal\n\nwith Telal("{ADDRESS}"{key}) as telal:\n    print({known["python"]})'
    words = [f'"{address}"']
    if secret:
        words.append(f'headers={{"Authorization": "Bearer {KEY}"}}')
    if body is not None:
        words.append(f"json={body!r}")
    words.append("timeout=60")
    given = ",\n    ".join(words)
    return f"import httpx\n\nreply = httpx.{method}(\n    {given},\n)\nreply.raise_for_status()\nprint(reply.text)"


def _javascript(known: Mapping[str, str], method: str, address: str, body: Any, secret: bool) -> str:
    if "javascript" in known:
        key = f", {{ key: '{KEY}' }}" if secret else ""
        return (
            "import { Telal } from 'telal-client';\n\n"
            f"const telal = new Telal('{ADDRESS}'{key});\nconsole.log({known['javascript']});"
        )
    headers = {"Authorization": f"Bearer {KEY}"} if secret else {}
    if body is not None:
        headers["Content-Type"] = "application/json"
    options = [f"method: '{method.upper()}'"] if method != "get" else []
    options += [f"headers: {json.dumps(headers)}"] if headers else []
    options += [f"body: JSON.stringify({_json(body)})"] if body is not None else []
    given = f", {{\n  {(',' + chr(10) + '  ').join(options)},\n}}" if options else ""
    return (
        f"const reply = await fetch('{address}'{given});\nif (!reply.ok) throw new Error(await reply.text());\n"
        "console.log(await reply.text());"
    )


def _json(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False)
