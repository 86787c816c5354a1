"""Stores that are none, of another version, damaged or somewhere else."""
import os
import pathlib
import sqlite3

from .stage import Wrong


def play(stage):
    run, mistake = stage.run, stage.mistake

    def store(text=None, statements=()) -> pathlib.Path:
        file = stage.folder / "runs/whet.sqlite"
        file.parent.mkdir()
        if text is not None:
            file.write_bytes(text)
        else:
            with sqlite3.connect(file) as database:
                for statement in statements:
                    database.execute(statement)
            database.close()
        return file

    def whole_home() -> pathlib.Path:
        """A trained home whose store is one file: nothing in the log beside it."""
        home = stage.copy_home()
        with sqlite3.connect(home / "whet.sqlite") as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        return home

    def refused(*words):
        """Looking and training say the same; the file stays as it was."""
        file = stage.folder / "runs/whet.sqlite"
        before = file.read_bytes() if file.is_file() else None
        looked = run("runs").expect(1, *words)
        run("train", "tiny.yaml").expect(1, *words)
        if before is not None and file.read_bytes() != before:
            return looked.expect(1, "(the file was changed)")
        return looked

    @mistake("no store yet")
    def _():
        answer = run("runs").expect(1, "there is no store", "try: train something first")
        if (stage.folder / "runs").exists():
            return answer.expect(1, "(a folder was made)")
        return answer

    @mistake("store that is no database")
    def _():
        store(b"a letter to my grandmother, and not a store at all\n" * 100)
        return refused("no SQLite database", "try: move the file away")

    @mistake("store that is another program's")
    def _():
        store(statements=["CREATE TABLE addresses (name TEXT)"])
        return refused("not made by whet", "try: move the file away")

    @mistake("store of a newer whet")
    def _():
        home = whole_home()
        with sqlite3.connect(home / "whet.sqlite") as database:
            database.execute("INSERT INTO grdb_migrations VALUES ('99 what is not yet')")
        database.close()
        return refused("written by a newer whet", "try: use that whet")

    @mistake("store of an older whet")
    def _():
        home = whole_home()
        with sqlite3.connect(home / "whet.sqlite") as database:
            last = database.execute("SELECT identifier FROM grdb_migrations ORDER BY identifier").fetchall()[-1][0]
            for statement in (
                "DROP VIEW rollout_details", "DROP TABLE judgments", "ALTER TABLE rollouts DROP COLUMN score_steps",
                "ALTER TABLE tasks DROP COLUMN tools",
            ):
                database.execute(statement)
            database.execute("DELETE FROM grdb_migrations WHERE identifier = ?", (last,))
        database.close()
        answer = run("rollouts", "list").expect(1, "written by an older whet", "try: `whet runs` brings it up to date")
        run("runs").expect(0, "up to date now")
        if "up to date" in run("runs").expect(0).complaints:
            raise Wrong("brings it up to date again and again")
        return answer

    @mistake("damaged store")
    def _():
        file = whole_home() / "whet.sqlite"
        size = file.stat().st_size
        with open(file, "r+b") as damaged:
            damaged.seek(4096)
            damaged.write(os.urandom(size - 4096))
        return run("runs").expect(1, "the store is damaged", "try: keep a copy")

    @mistake("store copied without its log")
    def _():
        store(b"")
        return run("runs").expect(1, "nothing in the store", "-wal")

    @mistake("folder where the store should be")
    def _():
        (stage.folder / "runs/whet.sqlite").mkdir(parents=True)
        return refused("the store's path is a folder")

    @mistake("file where the home should be")
    def _():
        stage.write("runs", "x")
        return run("train", "tiny.yaml").expect(1, "a file stands where a folder is needed", "try: ")

    @mistake("run that is not there")
    def _():
        stage.copy_home()
        return run("runs", "20261121-000000-tiny").expect(1, "there is no run", "expected: one of")

    @mistake("rollout that is not there")
    def _():
        stage.copy_home()
        return run("rollouts", "show", "999.0").expect(1, "999.0")

    @mistake("rollouts of an environment with a slip")
    def _():
        stage.copy_home()
        return run("rollouts", "list", "--environment", "Sortin").expect(0, "no rollouts", "whet rollouts stats")
