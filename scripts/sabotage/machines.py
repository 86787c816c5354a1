"""Machines that lack something: a home, a temporary folder, memory, open files, programs, libraries."""
import shutil
import subprocess

from .stage import Skipped, Wrong


def play(stage):
    run, mistake, shell = stage.run, stage.mistake, stage.shell

    @mistake("HOME unset")
    def _():
        return run("train", "tiny.yaml", changes={"HOME": None}).expect(0, "finished in")

    @mistake("no environment variables at all")
    def _():
        return shell("exec env -i $WHET train tiny.yaml").expect(0, "finished in")

    @mistake("TMPDIR that is not there")
    def _():
        return run("train", "tiny.yaml", changes={"TMPDIR": "/nowhere"}).expect(0, "finished in")

    @mistake("WHET_HOME that is empty")
    def _():
        return run("train", "tiny.yaml", changes={"WHET_HOME": ""}).expect(0, "store .*/runs/whet.sqlite")

    @mistake("policy larger than this machine")
    def _():
        sizes = ("hidden_size=16384", "layers=200", "intermediate_size=65536")
        settings = [word for size in sizes for word in ("--set", f"policy.architecture.{size}")]
        return run("train", "tiny.yaml", *settings).expect(1, "GB of memory", "expected: at most", "try: a smaller policy")

    @mistake("policy larger than whet thinks of")
    def _():
        sizes = ("hidden_size=65536", "layers=1024", "intermediate_size=262144")
        settings = [word for size in sizes for word in ("--set", f"policy.architecture.{size}")]
        return run("train", "tiny.yaml", *settings).expect(1, "billion parameters", "expected: at most")

    @mistake("limit on memory (ulimit -v)")
    def _():
        sizes = " ".join(
            f"--set policy.architecture.{size}" for size in ("hidden_size=4096", "layers=32", "intermediate_size=16384"))
        return shell(f"ulimit -v 6000000; exec $WHET train tiny.yaml {sizes}").expect(
            1, "may have 6.1 GB", "try: a smaller policy")

    @mistake("limit on open files (ulimit -n)")
    def _():
        return shell("ulimit -n 24; exec $WHET train tiny.yaml").expect(1, "may be open at once", "try: ulimit -n")

    @mistake("no bubblewrap")
    def _():
        own = ["unshare", "--user", "--map-root-user", "--mount"]
        if not shutil.which("bwrap"):
            return run("doctor").expect(0, "sandbox .*bwrap", "bubblewrap")
        if not shutil.which("unshare") or subprocess.run([*own, "true"], capture_output=True).returncode:
            raise Skipped("it is here, and cannot be hidden without namespaces for users (unshare --user)")
        hidden = "for place in $(type -ap bwrap) /usr/bin/bwrap; do mount --bind /dev/null $place; done; exec $WHET doctor"
        return shell(hidden, before=own).expect((0, 1), "– sandbox", "bubblewrap", silent=False)

    @mistake("library that is missing")
    def _():
        # A file of its name that is none hides the real one; the loader speaks before whet can.
        stage.write("lib/libsqlite3.so.0", "x")
        answer = run("version", changes={"LD_LIBRARY_PATH": str(stage.folder / "lib")})
        if answer.code == 0:
            raise Skipped("this whet has its libraries built in")
        if answer.code != 127 or "libsqlite3" not in answer.complaints:
            raise Wrong(f"exit code {answer.code}: {answer.first}")
        return answer
