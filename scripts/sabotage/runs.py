"""Runs that are resumed, doubled, interrupted and killed, under clocks that are set."""
import json
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import time

from .stage import Skipped, Wrong

def play(stage):
    run, mistake = stage.run, stage.mistake

    def edited_home(change, status="interrupted") -> str:
        """A trained home whose run's recipe was changed; gives the run's id."""
        home = stage.copy_home()
        with sqlite3.connect(home / "whet.sqlite") as database:
            name, recipe = database.execute("SELECT id, recipe FROM runs").fetchone()
            recipe = json.loads(recipe)
            change(recipe)
            database.execute(
                "UPDATE runs SET recipe = ?, build = '0.0.1', status = ?", (json.dumps(recipe), status))
        database.close()
        return name

    def status(home="runs") -> list:
        return [json.loads(line)["status"] for line in run("runs", "--json", "--home", home).output.splitlines()]

    @mistake("resume of a run by an older whet, whose recipe lacks a key")
    def _():
        edited_home(lambda recipe: recipe["rollout"].pop("scheduling"))
        return run("train", "--resume", "last").expect(1, "under whet 0.0.1", '"scheduling" is missing', "try: ")

    @mistake("resume of a run by another whet, whose recipe has a key more")
    def _():
        edited_home(lambda recipe: recipe["rollout"].update(grops=3))
        return run("train", "--resume", "last").expect(1, "under whet 0.0.1", '"grops" is unknown', "try: ")

    @mistake("resume of a run whose environment is gone")
    def _():
        edited_home(lambda recipe: recipe["environments"][0].update(name="Sorted"))
        return run("train", "--resume", "last").expect(1, 'no environment "Sorted"', "whet env list")

    @mistake("resume with a changed recipe")
    def _():
        stage.copy_home()
        return run("train", "tiny.yaml", "--resume", "last").expect(2, "with the recipe that the run began with")

    @mistake("resume of a run that is not there")
    def _():
        stage.copy_home()
        return run("train", "--resume", "tiny").expect(1, "there is no run", "expected: one of")

    @mistake("resume of a finished run")
    def _():
        stage.copy_home()
        answer = run("train", "--resume", "last").expect(0, "is finished: nothing is left to train")
        if status() != ["finished"]:
            raise Wrong(f"it is {status()} now")
        return answer

    @mistake("resume after the checkpoints were deleted")
    def _():
        name = edited_home(lambda recipe: recipe["run"].update(steps=5))
        shutil.rmtree(stage.folder / "runs" / name / "checkpoints")
        return run("train", "--resume", "last").expect(1, "checkpoints are gone", "try: start a new run")

    @mistake("resume with a damaged checkpoint")
    def _():
        name = edited_home(lambda recipe: recipe["run"].update(steps=5))
        newest = stage.folder / "runs" / name / "checkpoints/v000003"
        with open(newest / "model.safetensors", "r+b") as file:
            file.truncate(1000)
        answer = run("train", "--resume", "last").expect(1, "v000003", "no valid safetensors file", "try: .*v000003")
        shutil.rmtree(newest)
        run("train", "--resume", "last").expect(0, "resumed after step 2")
        return answer

    @mistake("two trainings of one run")
    def _():
        first = stage.start("train", "tiny.yaml", "--set", "run.steps=100000")
        try:
            wait_for(stage, 2)
            second = run("train", "--resume", "last").expect(1, f"trained already by process {first.pid}", "try: ")
            if status() != ["running"]:
                raise Wrong(f"the first is {status()} now")
        finally:
            first.send_signal(signal.SIGINT)
            ended = stage.end(first)
        ended.expect(130, "stopped; go on with")
        return second

    @mistake("two trainings on one store in the same second")
    def _():
        both = [stage.start("train", "tiny.yaml") for _ in range(3)]
        answers = [stage.end(process).expect(0, "finished in") for process in both]
        if status() != ["finished"] * 3:
            raise Wrong(f"they are {status()}")
        return answers[0]

    @mistake("Ctrl-C once")
    def _():
        process = stage.start("train", "tiny.yaml", "--set", "run.steps=100000")
        wait_for(stage, 2)
        process.send_signal(signal.SIGINT)
        answer = stage.end(process).expect(130, "stopping after this step", "go on with: whet train --resume")
        if status() != ["interrupted"]:
            raise Wrong(f"it is {status()}")
        return answer

    @mistake("Ctrl-C twice")
    def _():
        # A step that takes long: the second comes while the first is being heeded.
        process = stage.start(
            "train", "tiny.yaml", "--set", "rollout.groups_per_step=400", "--set", "rollout.group_size=16", "--set",
            "rollout.max_new_tokens=60", "--set", "run.steps=3")
        wait_for(stage, 0)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        answer = stage.end(process, limit=5)
        if answer.code not in (130, -signal.SIGINT):
            raise Wrong(f"exit code {answer.code}")
        answer.code = 130
        run("runs", "last").expect(0, "resume with: whet train --resume")
        return answer.expect(130, "Ctrl-C again stops at once")

    @mistake("kill -9 again and again, also while weights are published")
    def _():
        run("train", "tiny.yaml", "--home", "whole", "--set", "run.steps=12", "--set", "run.name=whole").expect(0)
        arguments = ["train", "tiny.yaml", "--set", "run.steps=12"]
        for delay in (0.05, 0.12, 0.2, 0.31, 0.4):
            process = stage.start(*arguments)
            with_run = wait_for(stage, None)
            time.sleep(delay)
            process.kill()
            process.communicate()
            if with_run:
                arguments = ["train", "--resume", "last"]
        answer = run("train", "--resume", "last", limit=120).expect(0)
        stage.no_halves()
        ends = [
            next((stage.folder / home).glob("*/checkpoints/v000012/model.safetensors")).read_bytes()
            for home in ("whole", "runs")
        ]
        if ends[0] != ends[1]:
            raise Wrong("it ends with other weights than a run that was never killed")
        return answer

    @mistake("clock set back and forth during a run")
    def _():
        compiler = next(filter(None, map(shutil.which, ("cc", "clang", "gcc"))), None)
        if not compiler:
            raise Skipped("needs a C compiler, for a clock that can be set")
        library, clock = stage.folder / "clock.so", stage.write("clock", "0")
        source = pathlib.Path(__file__).with_name("clock.c")
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
        process = stage.start(
            "train", "tiny.yaml", "--set", "run.steps=40",
            changes={"LD_PRELOAD": str(library), "CLOCK_OFFSET": str(clock)})
        wait_for(stage, 2)
        clock.write_text("-90000")
        wait_for(stage, 12)
        clock.write_text("4000000")
        answer = stage.end(process).expect(0, "finished in")
        run("runs", "timeline", "last", "--output", "-").expect(0, "<svg")
        # The clock is right again, and the run before seems to be of next year: the last is still the last.
        run("train", "tiny.yaml", "--set", "run.name=later").expect(0)
        run("runs", "last").expect(0, "-later: finished")
        return answer


def wait_for(stage, step, home="runs", limit=30) -> bool:
    """Waits until this step is committed; None: until there is a run."""
    query = "SELECT count(*) FROM runs" if step is None else f"SELECT count(*) FROM steps WHERE step >= {step}"
    if step == 0:
        query = "SELECT count(*) FROM rollouts"
    end = time.monotonic() + limit
    while time.monotonic() < end:
        try:
            database = sqlite3.connect(f"file:{stage.folder / home / 'whet.sqlite'}?mode=ro", uri=True, timeout=5)
            found = database.execute(query).fetchone()[0]
            database.close()
            if found:
                return True
        except sqlite3.Error:
            pass
        time.sleep(0.02)
    raise Wrong(f"no step {step} after {limit} s")
