"""What an answer cost, in the provider's figures (chat.md 6.2.9)."""

from typing import Any


def normalised(usage: dict[str, Any]) -> dict[str, Any]:
    """The provider's figures, with input, output and total tokens under those names too."""
    given = usage.get("input_tokens", usage.get("prompt_tokens"))
    taken = usage.get("output_tokens", usage.get("completion_tokens"))
    total = usage.get("total_tokens")
    if total is None and isinstance(given, int) and isinstance(taken, int):
        total = given + taken
    return {**usage, "input_tokens": given or 0, "output_tokens": taken or 0, "total_tokens": total or 0}


_SUMMED = ("input_tokens", "output_tokens", "total_tokens", "cost", "total_cost")


def summed(before: dict[str, Any] | None, after: dict[str, Any]) -> dict[str, Any]:
    """Usage over several rounds: tokens and costs add up, other figures are the last round's."""
    if not before:
        return after
    added = {
        key: before[key] + after.get(key, 0)
        for key in _SUMMED
        if isinstance(before.get(key), (int, float)) and isinstance(after.get(key, 0), (int, float))
    }
    return {**before, **after, **added}
