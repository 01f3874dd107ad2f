"""What a request costs: processor time of the whole service over many requests, one after the other."""

import time

CHATS = 2000
PATHS = {
    "session check, GET /api/v1/auths/": "/api/v1/auths/",
    f"GET /api/v1/chats/?page=1 ({CHATS} chats)": "/api/v1/chats/?page=1",
    "GET /api/config, signed in": "/api/config",
}


def fill(server, count=CHATS):
    """Gives the account so many chats, unless it has them."""
    have = len(server.session.get(server.url + "/api/v1/chats/", timeout=120).json())
    chats = [
        {
            "chat": {
                "title": f"chat {n}",
                "models": ["gpt-test"],
                "history": {
                    "currentId": "b",
                    "messages": {
                        "a": {"id": "a", "parentId": None, "childrenIds": ["b"], "role": "user", "content": "hello"},
                        "b": {"id": "b", "parentId": "a", "childrenIds": [], "role": "assistant", "content": "x" * 400},
                    },
                },
            },
            "meta": {},
            "pinned": False,
            "folder_id": None,
        }
        for n in range(have, count)
    ]
    for start in range(0, len(chats), 200):
        body = {"chats": chats[start : start + 200]}
        server.session.post(server.url + "/api/v1/chats/import", json=body, timeout=300).raise_for_status()


def measure(server, path, count):
    """Milliseconds of processor time a request, the best of three rounds."""
    url = server.url + path
    for _ in range(50):
        server.session.get(url, timeout=30).raise_for_status()
    rounds = []
    for _ in range(3):
        before = server.cpu()
        for _ in range(count):
            server.session.get(url, timeout=30)
        rounds.append((server.cpu() - before) / count * 1000)
        time.sleep(0.2)
    return min(rounds)
