"""Sockets lose their rights when their account's session does (README, better on purpose): each event
is let through only while the token that the socket was bound with is good, and idle sockets are
looked at by the process's clock. What this process is told at once is dropped at once (`send_away`).
"""

from models import database
from utils.auth import identity
from utils.realtime import server, sessions
from utils.realtime.sessions import Session


def allows(sid: str) -> bool:
    """Whether an event of this socket may be handled; a socket whose session ended is dropped. One
    that was never bound belongs to nobody, and its handlers treat it so."""
    session = sessions.of(sid)
    if session is None:
        return True
    try:
        return _holds(session)
    finally:
        database.release()


def sweep() -> None:
    """Drops every socket of this process whose session has ended."""
    try:
        for session in sessions.local():
            _holds(session)
    finally:
        database.release()


def _holds(session: Session) -> bool:
    account = identity.by_session(session.token)
    if account is None or account.role == "pending":
        sessions.forget(session.sid)
        server.current().disconnect(session.sid)
        return False
    session.user["role"] = account.role
    return True
