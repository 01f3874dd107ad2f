"""Values of other kinds than they should have, in places drawn by lot."""

import copy

ODD = [None, True, 0, -1, 1.5, 10**30, "", "x", [], {}, [1], {"a": 1}, ["x"], [{}], {"text": 5}, [{"type": None}]]


def bent(rng, value, share=0.15):
    """`value` with this share of what is in it replaced, and some left out."""
    if rng.random() < share:
        return copy.deepcopy(rng.choice(ODD))
    if isinstance(value, dict):
        return {key: bent(rng, one, share) for key, one in value.items() if rng.random() > share / 3}
    return [bent(rng, one, share) for one in value] if isinstance(value, list) else value
