"""What an administrator does here: adding accounts, and the pages of settings about signing in."""

from blueprints.auths import forms, shapes
from blueprints.auths.area import area
from models.users import Auth, User
from utils.access.roles import account, admin
from utils.auth import accounts, tokens
from utils.http.errors import bad_request
from utils.http.parse import takes
from utils.realtime import sessions
from utils.settings import environment, keys, pages

_ROLES = ("pending", "user", "admin")
_RESPONSE_MODES = ("thread", "channel")
_COUNTS = ("FOLDER_MAX_FILE_COUNT", "AUTOMATION_MAX_COUNT", "AUTOMATION_MIN_INTERVAL")


@area.post("/add")
@admin
@takes(body=forms.AddUserForm)
def add_user(body):
    user = accounts.opened_by_password(body, role=body["role"] or "pending")
    issued = tokens.issue(user.id, Auth.get_by_id(user.id).session_stamp)
    return shapes.added(user, issued)


@area.get("/admin/details")
@account
def admin_details():
    if not keys.SHOW_ADMIN_DETAILS.get():
        raise bad_request("This server does not name its administrator.")
    email = keys.ADMIN_EMAIL.get()
    contact = User.by_email(email) if email else User.first()
    return {"name": contact.name if contact else None, "email": email or (contact.email if contact else None)}


@area.get("/admin/config")
@admin
def general():
    return pages.GENERAL.show()


@area.post("/admin/config")
@admin
@takes(body=forms.GeneralForm)
def update_general(body):
    before = pages.GENERAL.show()
    body["DEFAULT_INTERFACE_SETTINGS"] = body["DEFAULT_INTERFACE_SETTINGS"] or {}
    for field in _COUNTS:
        body[field] = _count(body[field])
    # what cannot be meant leaves the value as it was (observed)
    if body["DEFAULT_USER_ROLE"] not in _ROLES:
        del body["DEFAULT_USER_ROLE"]
    if body.get("CHANNEL_MODEL_RESPONSE_MODE") not in _RESPONSE_MODES:
        body.pop("CHANNEL_MODEL_RESPONSE_MODE", None)
    if not tokens.is_duration(body["JWT_EXPIRES_IN"]):
        del body["JWT_EXPIRES_IN"]
    after = pages.GENERAL.store(body)
    revoked = any(before[field] != after[field] for field in pages.MFA_POLICY)
    if revoked:
        for user_id in accounts.end_all_sessions():
            sessions.send_away(user_id)
    return {**after, "sessions_revoked": revoked}


def _count(value):
    if value in (None, ""):
        return ""
    if not isinstance(value, int):
        raise bad_request("A count is a whole number, or empty.")
    return value


@area.get("/admin/config/ldap")
@admin
def ldap():
    return {"ENABLE_LDAP": pages.LDAP.show()["enable_ldap"]}


@area.post("/admin/config/ldap")
@admin
@takes(body=forms.LdapForm)
def update_ldap(body):
    return {"ENABLE_LDAP": pages.LDAP.store(body)["enable_ldap"]}


@area.get("/admin/config/ldap/server")
@admin
def ldap_server():
    return pages.LDAP_SERVER.show()


@area.post("/admin/config/ldap/server")
@admin
@takes(body=forms.LdapServerForm)
def update_ldap_server(body):
    for field in ("label", "host", "attribute_for_mail", "attribute_for_username", "search_base"):
        if not body[field]:
            raise bad_request(f"{field} must not be empty.")
    return pages.LDAP_SERVER.store(body)


@area.get("/admin/config/oauth")
@admin
def oauth():
    return {**pages.OAUTH.show(), "ENABLE_OAUTH_PERSISTENT_CONFIG": environment.current().oauth_persistent_config}


@area.post("/admin/config/oauth")
@admin
@takes(body=forms.OAuthForm)
def update_oauth(body):
    pages.OAUTH.store(body)
    return oauth()
