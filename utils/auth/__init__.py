"""Accounts, sessions, keys and second factors: who somebody is."""

from models.spared import without

# session tokens are signed with HS256; the algorithms with key pairs would bring 5 MB
with without("cryptography"):
    import jwt  # noqa: F401
