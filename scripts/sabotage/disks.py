"""Disks that are full, folders that may not be written, streams that take nothing."""
import os
import shutil
import stat
import subprocess

from .stage import Skipped, Wrong


def play(stage):
    run, mistake, shell = stage.run, stage.mistake, stage.shell

    def on_small_disk(kilobytes: int, script: str):
        """A shell's line in a namespace of its own, where ./small is a disk of this size."""
        own = ["unshare", "--user", "--map-root-user", "--mount"]
        if not shutil.which("unshare") or subprocess.run([*own, "true"], capture_output=True).returncode:
            raise Skipped("no namespaces for users here (unshare --user), so no small disk")
        (stage.folder / "small").mkdir()
        line = f"mount -t tmpfs -o size={kilobytes}k tmpfs small && {script}"
        return shell(line, before=own)

    @mistake("disk full when the store is made")
    def _():
        return on_small_disk(40, "exec $WHET train tiny.yaml --home small/runs").expect(
            1, "the disk is full", "try: free some space")

    @mistake("disk full while rollouts are stored")
    def _():
        # Room comes back, and the run goes on.
        script = (
            "$WHET train tiny.yaml --home small/runs --set run.steps=200 2>said; code=$?; cat said >&2;"
            "mount -o remount,size=64m small && $WHET runs last --home small/runs >listed"
            " && $WHET train --resume last --home small/runs --json >resumed 2>&1; echo $? >then; exit $code")
        answer = on_small_disk(900, script).expect(1, "disk is full", "try: free some space")
        if (stage.folder / "then").read_text().strip() != "0":
            raise Wrong("it does not go on: " + (stage.folder / "resumed").read_text()[-200:])
        return answer

    @mistake("disk full while a checkpoint is written")
    def _():
        large = "--set policy.architecture.hidden_size=128 --set policy.architecture.intermediate_size=1024"
        script = (
            f"$WHET train tiny.yaml --home small/runs {large} 2>said; code=$?; cat said >&2;"
            "find small -name '*.partial' >halves; exit $code")
        answer = on_small_disk(5_000, script).expect(1, "No space left on device|disk is full", "try: free some space")
        if (stage.folder / "halves").read_text():
            raise Wrong("left half written: " + (stage.folder / "halves").read_text().split()[0])
        return answer

    @mistake("limit on the size of files")
    def _():
        for blocks in (8, 100):
            answer = shell(f"ulimit -f {blocks}; exec $WHET train tiny.yaml --home {blocks}").expect(1, "try: ")
        return answer

    @mistake("standard output on a full disk")
    def _():
        train = shell("exec $WHET train tiny.yaml >/dev/full").expect(1, "standard output: .*No space left")
        run("runs").expect(0, "finished")
        shell("exec $WHET runs --json >/dev/full").expect(1, "standard output")
        return train

    @mistake("log on a full disk")
    def _():
        answer = shell("exec $WHET train tiny.yaml 2>/dev/full").expect(0)
        run("runs").expect(0, "finished")
        return answer

    @mistake("standard output closed")
    def _():
        answer = shell("exec $WHET train tiny.yaml >&-").expect(1, "standard output")
        run("runs").expect(0, "finished")
        return answer

    @mistake("everything closed")
    def _():
        answer = shell("$WHET train tiny.yaml <&- >&- 2>&-; echo $? >code")
        if (stage.folder / "code").read_text().strip() != "1":
            raise Wrong("exit code " + (stage.folder / "code").read_text())
        run("runs").expect(0, "finished")
        return answer

    @mistake("| head -1")
    def _():
        script = "set -o pipefail; for words in 'train tiny.yaml --json' 'recipe explain' 'env list' 'rollouts list'; do"
        answer = shell(script + " $WHET $words | head -n 1 || exit 9; done").expect(0, '"event":"started"')
        if answer.complaints.strip() and "see more with" not in answer.complaints:
            raise Wrong(f"complains: {answer.first}")
        run("runs").expect(0, "finished")
        return answer

    def as_nobody(*arguments):
        """As a user whom permissions hold."""
        if os.getuid() != 0:
            return run(*arguments)
        nobody = {"user": 65534, "group": 65534, "extra_groups": []}
        try:
            usable = run("version", **nobody).code == 0
        except (OSError, subprocess.SubprocessError):
            usable = False
        if not usable:
            raise Skipped("root may write everything, and no other user can run this whet")
        return run(*arguments, **nobody)

    @mistake("folder that may not be written")
    def _():
        stage.folder.chmod(0o555)
        return as_nobody("train", "tiny.yaml").expect(1, "cannot be made: Permission denied", "try: set WHET_HOME")

    @mistake("home that may not be written")
    def _():
        home = stage.copy_home()
        read_only(home)
        answer = as_nobody("train", "tiny.yaml").expect(1, "cannot be (written|opened)", "try: check")
        as_nobody("train", "--resume", "last").expect(1, "cannot be (written|opened)", "try: check")
        return answer

    @mistake("run's folder that may not be written")
    def _():
        home = stage.copy_home()
        for path in [home, *home.iterdir()]:
            path.chmod(0o777 if path.is_dir() else 0o666)
        next(home.glob("*-tiny")).chmod(0o555)
        return as_nobody("train", "--resume", "last").expect(1, "Permission denied", "try: check the permissions")

    @mistake("recipe that may not be read")
    def _():
        (stage.folder / "tiny.yaml").chmod(0)
        return as_nobody("train", "tiny.yaml").expect(2, "Permission denied", "try: check the permissions")

    @mistake("weights that may not be read")
    def _():
        (stage.copy_model("model") / "model.safetensors").chmod(0)
        return as_nobody("serve", "model", "--port", "0").expect(1, "Permission denied", "try: check the permissions")

    @mistake("environment written where nothing may be")
    def _():
        stage.folder.chmod(0o555)
        return as_nobody("env", "new", "word", "--kind", "yaml").expect(1, "Permission denied", "try: check")


def read_only(folder) -> None:
    for place, _, files in os.walk(folder, topdown=False):
        for name in files:
            os.chmod(os.path.join(place, name), stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
        os.chmod(place, 0o555)
