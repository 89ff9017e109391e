"""Makes the reference pages from code, as Markdown: routes, problems, commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import typer
from typer.cli import get_docs_for_click

from api.app import description
from api.http.openapi import TAGS
from api.http.pages import problem_kinds
from telal.cli import command_line


def pages() -> dict[str, str]:
    """Makes every page, by its path in the site."""
    return {
        "reference/routes.md": routes(description()),
        "reference/problems.md": problem_list(),
        "reference/commands.md": commands(),
    }


def routes(described: Mapping[str, Any]) -> str:
    """Describes each route of an OpenAPI description: its fields, and a call in three languages."""
    lines = ["# Routes", "", "Of `/openapi.json`. To try them: `/api/reference` of a running server.", ""]
    schemas = described["components"]["schemas"]
    used: set[str] = set()
    for tag in TAGS:
        lines += [f"## {tag['name']}", "", tag["description"], ""]
        for path, methods in described["paths"].items():
            for method, operation in methods.items():
                if operation["tags"][-1] == tag["name"]:
                    lines += _route(method.upper(), path, operation, schemas, used)
    lines += ["## Types", ""]
    for name in _with_parts(used, schemas):
        lines += [f"### {name}", "", schemas[name].get("description", ""), "", *_fields(schemas[name]), ""]
    return "\n".join(lines)


def problem_list() -> str:
    """Describes each kind of problem: its status and what to do."""
    lines = [
        "# Problems",
        "",
        "Every error is a problem as in RFC 9457. Its `type` is `/problems/` and the kind, an address of the server",
        "that says what is said here. `detail` says what happened, `hint` what to do; 422 lists",
        "`errors` by JSON pointer.",
        "",
    ]
    for kind in problem_kinds().values():
        lines += [f"## {kind.name}", "", f"Status {kind.status}. {kind.title}.", "", kind.advice, ""]
    return "\n".join(lines)


def commands() -> str:
    """Describes each command with its arguments and options."""
    root = typer.main.get_command(command_line())
    return get_docs_for_click(obj=root, ctx=typer.Context(root), name="telal", title="Commands")


def _route(
    method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any], used: set[str]
) -> Iterator[str]:
    yield from (f"### {operation['summary']}", "", f"`{method} {path}`", "", operation.get("description", ""), "")
    for sample in operation["x-codeSamples"]:
        yield from (f'```{sample["lang"].lower()} title="{sample["label"]}"', sample["source"], "```", "")
    rows = [
        f"| `{p['name']}`{' (needed)' if p.get('required') else ''} | {_type(p['schema'], used)} | {p['in']}. "
        f"{_cell(p.get('description', ''))} |"
        for p in operation.get("parameters", ())
    ]
    if rows:
        yield from ("| parameter | type | |", "|---|---|---|", *rows, "")
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body:
        yield from (f"Body: {_type(body, used)}.", "")
    for status, reply in operation["responses"].items():
        schema = reply.get("content", {}).get("application/json", {}).get("schema")
        what = f": {_type(schema, used)}" if schema else ""
        yield f"- {status} {reply['description']}{what}"
    yield ""


def _fields(schema: Mapping[str, Any]) -> Iterator[str]:
    if not schema.get("properties"):
        return
    yield from ("| field | type | |", "|---|---|---|")
    needed = schema.get("required", ())
    for name, field in schema["properties"].items():
        mark = "" if name in needed else " (may be left out)"
        yield f"| `{name}`{mark} | {_type(field, set())} | {_cell(field.get('description', ''))} |"


def _with_parts(names: set[str], schemas: Mapping[str, Any]) -> list[str]:
    """Returns these names and those of the schemas that they refer to."""
    found, left = set[str](), set(names)
    while left:
        name = left.pop()
        found.add(name)
        inner = set[str]()
        for field in schemas[name].get("properties", {}).values():
            _type(field, inner)
        left |= inner - found
    return sorted(found)


def _type(schema: Mapping[str, Any], used: set[str]) -> str:
    """Writes the type of a schema, linked to its description, and adds the names that it refers to to `used`."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        used.add(name)
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_type(one, used) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items') or {}, used)}"
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    return str(schema.get("format") or schema.get("type") or "any")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
