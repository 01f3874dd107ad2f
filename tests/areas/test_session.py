"""Signing up, in and out (journeys 01 to 03)."""

PASSWORD = "correct-horse-1"


def sign_up(caller, name="ada"):
    return caller.post("/api/v1/auths/signup", {"name": name, "email": f"{name}@Example.com", "password": PASSWORD})


def test_first_account_is_admin_and_closes_sign_up(anonymous):
    assert anonymous.get("/api/config").json["onboarding"] is True
    answer = sign_up(anonymous)
    assert answer.status_code == 200
    assert answer.json["role"] == "admin"
    assert answer.json["email"] == "ada@example.com"
    assert "token=" in answer.headers["Set-Cookie"]
    assert sign_up(anonymous, "eve").status_code == 403
    assert "onboarding" not in anonymous.get("/api/config").json


def test_sign_in_and_session(anonymous, login):
    login("ann")
    wrong = anonymous.post("/api/v1/auths/signin", {"email": "ann@example.com", "password": "wrong"})
    assert wrong.status_code == 400
    right = anonymous.post("/api/v1/auths/signin", {"email": "Ann@example.com", "password": PASSWORD})
    assert right.status_code == 200
    session = anonymous.get("/api/v1/auths/", headers={"Authorization": f"Bearer {right.json['token']}"})
    assert session.json["name"] == "Ann"
    assert session.headers["Cache-Control"] == "no-store"


def test_sign_out_revokes_this_token_only(login, anonymous):
    ann = login("ann")
    other = anonymous.post("/api/v1/auths/signin", {"email": "ann@example.com", "password": PASSWORD}).json["token"]
    assert ann.post("/api/v1/auths/signout").json == {"status": True}
    assert ann.get("/api/v1/auths/").status_code == 401
    assert anonymous.get("/api/v1/auths/", headers={"Authorization": f"Bearer {other}"}).status_code == 200


def test_sixteenth_try_is_refused(anonymous, login):
    login("ann")
    codes = [
        anonymous.post("/api/v1/auths/signin", {"email": "ann@example.com", "password": "no"}).status_code
        for _ in range(16)
    ]
    assert codes == [400] * 15 + [429]


def test_faults_of_the_area_are_a_sentence(anonymous):
    answer = anonymous.post("/api/v1/auths/signin", {"email": 5})
    assert answer.status_code == 422
    assert isinstance(answer.json["detail"], str)
