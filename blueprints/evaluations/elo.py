"""Ratings of models from the comparisons that people made (Elo: 1000 to begin with, 32 a game)."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

_FIRST, _STAKE, _SCALE = 1000.0, 32.0, 400.0
_TOP_TAGS = 5


@dataclass
class _Standing:
    rating: float = _FIRST
    won: int = 0
    lost: int = 0
    tags: Counter = field(default_factory=Counter)


def leaderboard(ratings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every model that was compared, the best first. `ratings` are the data of feedback in order of time:
    `rating` 1 means that `model_id` won against each of `sibling_model_ids`, -1 that it lost."""
    table: dict[str, _Standing] = {}
    for data in ratings:
        model, rivals = data.get("model_id"), data.get("sibling_model_ids") or []
        if not model:
            continue
        for tag in data.get("tags") or []:
            table.setdefault(model, _Standing()).tags[tag] += 1
        won = {"1": True, "-1": False}.get(str(data.get("rating")))
        for rival in rivals if won is not None else []:
            pair = table.setdefault(model, _Standing()), table.setdefault(rival, _Standing())
            _play(*(pair if won else reversed(pair)))
    compared = {model: standing for model, standing in table.items() if standing.won + standing.lost}
    return [
        {
            "model_id": model,
            "rating": round(standing.rating),
            "won": standing.won,
            "lost": standing.lost,
            "count": standing.won + standing.lost,
            "top_tags": [{"tag": tag, "count": count} for tag, count in standing.tags.most_common(_TOP_TAGS)],
        }
        for model, standing in sorted(compared.items(), key=lambda item: -item[1].rating)
    ]


def _play(winner: _Standing, loser: _Standing) -> None:
    expected = 1 / (1 + 10 ** ((loser.rating - winner.rating) / _SCALE))
    winner.rating += _STAKE * (1 - expected)
    loser.rating -= _STAKE * (1 - expected)
    winner.won += 1
    loser.lost += 1
