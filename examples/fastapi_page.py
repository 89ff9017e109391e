"""A page of your own in front of Telal: the browser talks to you, you talk to Telal.

    telal serve                          # in one terminal
    python examples/fastapi_page.py      # in another; open http://127.0.0.1:8080

TELAL_ADDRESS names another server than http://127.0.0.1:8000, TELAL_KEY is sent where it wants a key.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from telal.client import AsyncTelal, ProblemError, Unreachable

PAGE = Environment(autoescape=True).from_string("""<!doctype html>
<html lang="{{ answer.language if answer else 'en' }}">
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>News desk</title>
<style>body{font:1.1rem/1.5 serif;max-width:40rem;margin:2rem auto;padding:0 1rem}input{font:inherit;width:75%}</style>
<form><label>Question <input name="q" value="{{ question }}" required></label> <button>Ask</button></form>
{% if trouble %}<p role="alert">{{ trouble }}</p>{% endif %}
{% if answer %}
  {% for sentence in answer.sentences %}
    <p>{{ sentence.lead }} {{ sentence.text }} {% for n in sentence.citations %}<a href="#source-{{ n }}">[{{ n }}]</a>
    {% endfor %}</p>
  {% endfor %}
  <ol>
    {% for c in answer.citations %}
      <li id="source-{{ c.number }}" value="{{ c.number }}">
        {% if c.url %}<a href="{{ c.url }}">{{ c.title }}</a>{% else %}{{ c.title }}{% endif %},
        {{ c.outlet }}{% if c.published %}, {{ c.published.date() }}{% endif %}
      </li>
    {% endfor %}
  </ol>
  {% if answer.refusal %}
    <p>{{ answer.refusal.message }}</p>
    <ul>{% for near in answer.refusal.nearest %}<li>{{ near.title }}, {{ near.outlet }}</li>{% endfor %}</ul>
  {% endif %}
{% endif %}
""")


def build(address: str, key: str | None = None) -> FastAPI:
    """The page over the Telal at this address."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncTelal(address, key=key) as telal:
            app.state.telal = telal
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/", response_class=HTMLResponse)
    async def page(request: Request, q: str = "") -> str:
        answer, trouble = None, ""
        if q.strip():
            try:
                answer = await request.app.state.telal.ask(q)
            except (ProblemError, Unreachable) as error:
                trouble = str(error)
        return PAGE.render(question=q, answer=answer, trouble=trouble)

    return app


if __name__ == "__main__":
    server = os.environ.get("TELAL_ADDRESS", "http://127.0.0.1:8000")
    uvicorn.run(build(server, os.environ.get("TELAL_KEY")), port=8080)
