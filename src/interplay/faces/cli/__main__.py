"""`python -m interplay.faces.cli`: the same as `interplay`."""

from interplay.faces.cli.main import app

app()
