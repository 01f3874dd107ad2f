"""What the auths area takes in."""

import datetime
from typing import Any

from utils.auth.pictures import Picture
from utils.http.fields import Boolean, Form, StrictForm, String, fail
from utils.settings import pages


class Date(String):
    """A day, `YYYY-MM-DD`."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs).removesuffix("T00:00:00")
        try:
            return datetime.date.fromisoformat(text)
        except ValueError:
            raise fail("date_from_datetime_parsing", "This is not a date.", {"error": "use YYYY-MM-DD"}) from None


class SigninForm(Form):
    email = String(required=True)
    password = String(required=True)


class SignupForm(Form):
    name = String(required=True)
    email = String(required=True)
    password = String(required=True)
    profile_image_url = Picture(allow_none=True, load_default="/user.png")


class AddUserForm(SignupForm):
    role = String(allow_none=True, load_default="pending")


class ProfileForm(Form):
    profile_image_url = Picture(required=True)
    name = String(required=True)
    bio = String(allow_none=True, load_default=None)
    gender = String(allow_none=True, load_default=None)
    date_of_birth = Date(allow_none=True, load_default=None)


class PasswordForm(Form):
    password = String(required=True)
    new_password = String(required=True)


class TimezoneForm(Form):
    timezone = String(required=True)


class ChallengeForm(StrictForm):
    challenge_token = String(required=True, min_length=20, max_length=160)


class VerifyForm(ChallengeForm):
    code = String(required=True, min_length=1, max_length=128)
    recovery = Boolean(load_default=False)


class RecoverForm(ChallengeForm):
    reset_token = String(required=True, min_length=20, max_length=160)


class FactorForm(StrictForm):
    code = String(required=True, min_length=1, max_length=128)
    recovery = Boolean(load_default=False)


GeneralForm = pages.GENERAL.form()
LdapForm = pages.LDAP.form()
LdapServerForm = pages.LDAP_SERVER.form()
OAuthForm = pages.OAUTH.form()
