"""The schema revision. Columns and units: data.md section 2."""

from models.base import CleanText, Table


class AlembicVersion(Table):
    version_num = CleanText(primary_key=True)

    class Meta:
        table_name = "alembic_version"
