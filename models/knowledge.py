"""Knowledge bases, their directories and files. Columns and units: data.md section 2."""

from peewee import BigIntegerField, TextField

from models.base import CleanText, JSONText, Table, new_id, now


class Knowledge(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField()
    name = CleanText()
    description = CleanText(null=True)
    meta = JSONText(null=True)
    created_at = BigIntegerField(default=now)
    updated_at = BigIntegerField(null=True, default=now)
    data = JSONText(null=True)

    class Meta:
        table_name = "knowledge"


class KnowledgeDirectory(Table):
    id = TextField(primary_key=True, default=new_id)
    knowledge_id = TextField()
    parent_id = TextField(null=True)
    name = CleanText()
    user_id = TextField()
    created_at = BigIntegerField(default=now)
    updated_at = BigIntegerField(default=now)

    class Meta:
        table_name = "knowledge_directory"


class KnowledgeFile(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField()
    knowledge_id = TextField()
    file_id = TextField()
    created_at = BigIntegerField(default=now)
    updated_at = BigIntegerField(default=now)
    directory_id = TextField(null=True)

    class Meta:
        table_name = "knowledge_file"
