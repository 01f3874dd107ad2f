"""What an answer cost, in the provider's figures (chat.md 6.2.9)."""

from typing import Any


def of_chunk(chunk: dict[str, Any]) -> dict[str, Any] | None:
    """The figures that a chunk brings: `usage`, or what llama.cpp says of its `timings`."""
    given, timings = (one if isinstance(one := chunk.get(key), dict) else {} for key in ("usage", "timings"))
    if not given and timings:
        read = _number(timings.get("prompt_n")) + _number(timings.get("cache_n"))
        given = {"input_tokens": read, "output_tokens": timings.get("predicted_n")}
    return {**timings, **given} or None


def normalised(usage: dict[str, Any]) -> dict[str, Any]:
    """The provider's figures, with input, output and total tokens under those names too."""
    given = _number(usage.get("input_tokens", usage.get("prompt_tokens")))
    taken = _number(usage.get("output_tokens", usage.get("completion_tokens")))
    total = given + taken if usage.get("total_tokens") is None else _number(usage["total_tokens"])
    return {**usage, "input_tokens": given, "output_tokens": taken, "total_tokens": total}


def _number(value: Any) -> int | float:
    """A provider's figure; nought where it is none."""
    return value if isinstance(value, (int, float)) else 0


_SUMMED = ("input_tokens", "output_tokens", "total_tokens", "cost", "total_cost")


def summed(before: dict[str, Any] | None, after: dict[str, Any]) -> dict[str, Any]:
    """Usage over several rounds: tokens, costs and breakdowns add up, other figures are the last round's."""
    if not before:
        return after
    added = {
        key: before[key] + after.get(key, 0)
        for key in _SUMMED
        if isinstance(before.get(key), (int, float)) and isinstance(after.get(key, 0), (int, float))
    }
    details = {key: _details(before[key], after.get(key)) for key in before if isinstance(before[key], dict)}
    last = {"prompt_tokens": after.get("prompt_tokens", after.get("input_tokens"))}
    last["completion_tokens"] = after.get("completion_tokens", after.get("output_tokens"))
    return {**before, **after, **last, **added, **details}


def _details(before: dict[str, Any], after: Any) -> dict[str, Any]:
    """Breakdowns add up number by number."""
    after = after if isinstance(after, dict) else {}
    pairs = {key: (before.get(key) or 0, after.get(key) or 0) for key in before | after}
    numbers = {
        key: a + b for key, (a, b) in pairs.items() if isinstance(a, (int, float)) and isinstance(b, (int, float))
    }
    return {**before, **after, **numbers}
