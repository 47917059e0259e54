"""Answers that are JSON already: read, checked and written once, by who made them."""

from starlette.responses import Response


class Json(Response):
    """A model's JSON as it stands; the route names the model as its `response_model`."""

    media_type = "application/json"
