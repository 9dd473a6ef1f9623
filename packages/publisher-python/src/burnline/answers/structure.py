"""Reading of objects whose shape nobody guarantees: providers' answers, as dictionaries or as objects of SDKs that this package
does not depend on. Every function takes anything and raises nothing of its own."""

from collections.abc import Mapping
from typing import Any, Optional

_MEMBERS_MAX = 10_000


def part(value: Any, name: str) -> Any:
    """A member by name, of a mapping or of an object; None where there is none."""
    if value is None:
        return None
    try:
        return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
    except Exception:
        return None


def parts(value: Any) -> list[Any]:
    """The members of a list; empty for what is none."""
    return list(value[:_MEMBERS_MAX]) if isinstance(value, (list, tuple)) else []


def text(value: Any) -> str:
    """Empty for what is no text."""
    return value if isinstance(value, str) else ""


def stated_text(value: Any) -> Optional[str]:
    """A text that says something."""
    return value if isinstance(value, str) and value != "" else None


def count(value: Any) -> Optional[int]:
    """A count of tokens or the like. None: not told."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def stated(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is None: what says nothing must not wipe out what was said before."""
    return {name: value for name, value in fields.items() if value is not None}
