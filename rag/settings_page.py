"""The page that lists every setting, made from the settings themselves: `telal settings --markdown`."""

from __future__ import annotations

from rag.config import Section, Settings, setting_names


def settings_markdown() -> str:
    """docs/settings.md: a table of variables with defaults and meanings."""
    defaults = _defaults()
    rows = [f"| `{name}` | {_shown(defaults[name])} | {text} |" for name, text in setting_names().items()]
    head = [
        "# Settings",
        "",
        "Every setting is an environment variable; unknown ones are refused. This page is made by",
        "`telal settings --markdown > docs/settings.md`.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"


def _defaults() -> dict[str, object]:
    found: dict[str, object] = {}
    for name, info in Settings.model_fields.items():
        value = info.default
        if isinstance(value, Section):
            found |= {f"TELAL_{name}__{inner}".upper(): v for inner, v in value.model_dump().items()}
        else:
            found[f"TELAL_{name}".upper()] = value
    return found


def _shown(value: object) -> str:
    if value in (None, (), "", frozenset()):
        return "none"
    return f"`{value}`"
