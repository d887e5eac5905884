"""The full-text index of articles: FTS5 on SQLite, a GIN index over a tsvector on PostgreSQL."""

from django.db import migrations

SQLITE = ["CREATE VIRTUAL TABLE laws_words USING fts5(words, tokenize='unicode61 remove_diacritics 0')"]
SQLITE += ["CREATE TRIGGER laws_words_follow_articles AFTER DELETE ON laws_article BEGIN DELETE FROM laws_words WHERE rowid = old.id; END"]
POSTGRESQL = [
    "CREATE TABLE laws_words (article_id bigint PRIMARY KEY REFERENCES laws_article(id) ON DELETE CASCADE, words tsvector NOT NULL)",
    "CREATE INDEX laws_words_gin ON laws_words USING gin (words)",
]


def forwards(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER laws_words_follow_articles")
    schema_editor.execute("DROP TABLE laws_words")


class Migration(migrations.Migration):
    dependencies = [("laws", "0002_library")]
    operations = [migrations.RunPython(forwards, backwards)]
