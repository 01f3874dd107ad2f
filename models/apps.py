"""External apps for channels. Columns and units: data.md section 2."""

from peewee import BigIntegerField, BooleanField, TextField

from models.base import CleanText, JSONText, Table, new_id, now_ns


class App(Table):
    id = TextField(primary_key=True, default=new_id)
    slug = CleanText()
    name = CleanText()
    user_id = TextField(null=True)
    is_active = BooleanField(default=False)
    data = JSONText()
    api_key = CleanText(null=True)
    created_at = BigIntegerField(default=now_ns)
    updated_at = BigIntegerField(default=now_ns)

    class Meta:
        table_name = "app"
