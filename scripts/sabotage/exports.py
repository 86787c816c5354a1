"""Rollouts that are written for other programs: to where something is, to where nothing can be, of no run."""
import json
import shutil
import subprocess

from .stage import Skipped, Wrong


def play(stage):
    run, mistake, shell = stage.run, stage.mistake, stage.shell

    @mistake("export of a run with a slip in its name")
    def _():
        home = stage.copy_home()
        name = next(home.glob("*-tiny")).name
        return run("rollouts", "export", name[:-1] + "u").expect(1, f'did you mean "{name}"')

    @mistake("export before there is a store")
    def _():
        return run("rollouts", "export").expect(1, "there is no store", "try: train something first")

    @mistake("export in a format with a slip")
    def _():
        stage.copy_home()
        return run("rollouts", "export", "--format", "preference").expect(2, "jsonl, chat, preferences")

    @mistake("export with an option of another format")
    def _():
        stage.copy_home()
        return run("rollouts", "export", "--margin", "0.5").expect(2, "--margin is of --format preferences")

    @mistake("export over a file")
    def _():
        stage.copy_home()
        stage.write("out.jsonl", "mine\n")
        answer = run("rollouts", "export", "-o", "out.jsonl").expect(2, "there is a file", "try: --force")
        if (stage.folder / "out.jsonl").read_text() != "mine\n":
            raise Wrong("the file was changed")
        run("rollouts", "export", "-o", "out.jsonl", "--force").expect(0, "exported to out.jsonl")
        for line in (stage.folder / "out.jsonl").read_text().splitlines():
            json.loads(line)
        return answer

    @mistake("export to a folder")
    def _():
        stage.copy_home()
        return run("rollouts", "export", "-o", "runs").expect(2, "this is a folder")

    @mistake("export to a folder that is not there")
    def _():
        stage.copy_home()
        return run("rollouts", "export", "-o", "no/where.jsonl").expect(1, "cannot be written", "try: --output")

    @mistake("export to a full disk")
    def _():
        stage.copy_home()
        shell("exec $WHET rollouts export >/dev/full").expect(1, "standard output: .*No space left")
        own = ["unshare", "--user", "--map-root-user", "--mount"]
        if not shutil.which("unshare") or subprocess.run([*own, "true"], capture_output=True).returncode:
            raise Skipped("no namespaces for users here (unshare --user), so no small disk")
        (stage.folder / "small").mkdir()
        script = (
            "mount -t tmpfs -o size=4k tmpfs small && echo mine >small/out.jsonl;"
            "$WHET rollouts export --tokens --force -o small/out.jsonl; code=$?;"
            "cat small/out.jsonl >kept; ls -A small >left; exit $code")
        answer = shell(script, before=own).expect(1, "cannot be written: No space left", "try: free some space")
        if (stage.folder / "kept").read_text() != "mine\n" or (stage.folder / "left").read_text() != "out.jsonl\n":
            raise Wrong("left something else than the file that was there: " + (stage.folder / "left").read_text())
        return answer

    @mistake("export | head -1")
    def _():
        stage.copy_home()
        answer = shell("set -o pipefail; $WHET rollouts export --tokens | head -n 1").expect(0, '"run"')
        json.loads(answer.output)
        return answer

    @mistake("export of an environment that is not there")
    def _():
        stage.copy_home()
        return run("rollouts", "export", "--environment", "Sortign").expect(0, "no rollouts are so")
