"""One file per outside system behind a port; only `app.runtime` imports them."""
