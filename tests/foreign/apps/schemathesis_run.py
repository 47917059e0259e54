"""Runs schemathesis as its command does, with the arguments it is given."""

from schemathesis.cli import schemathesis

schemathesis()
