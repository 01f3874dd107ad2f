"""What the auths area takes in."""

from utils.http.fields import Form, String


class SigninForm(Form):
    email = String(required=True)
    password = String(required=True)


class SignupForm(Form):
    name = String(required=True)
    email = String(required=True)
    password = String(required=True)
    profile_image_url = String(allow_none=True, load_default="/user.png")
