"""The one list of tables that alembic compares the migrations with; each slice's `store.py` adds its own."""

from sqlalchemy import MetaData

metadata = MetaData()
