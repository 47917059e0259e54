"""What people type: codes from stickers and mail addresses, read tolerantly."""

import re

from starlette.datastructures import FormData

from app.domain.errors import InvalidInput, NotFound

_CODE = re.compile(r"[0-9A-Z]{4,16}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")


def read_code(text: str) -> str:
    """A code as it is stored, however it was typed; raises NotFound for what cannot be one."""
    code = re.sub(r"[\s-]", "", text).upper()
    if not _CODE.fullmatch(code):
        raise NotFound("code", code[:16])
    return code


def read_email(form: FormData) -> str | None:
    """The address in a form, None when it was left out; raises InvalidInput."""
    email = str(form.get("email", "")).strip()
    if email and not _EMAIL.fullmatch(email):
        raise InvalidInput("email", "is not an address")
    return email or None
