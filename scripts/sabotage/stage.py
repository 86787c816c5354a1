"""Where the mistakes are made: a folder, a small recipe, a small model, and the judgment of what whet said.

Keeps: every mistake has a folder of its own; nothing outside the stage's folder is written; whatever was started is
ended; no answer may hold a crash, a stack trace or Foundation's raw errors, and none may take longer than a minute.
"""
import contextlib
import dataclasses
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import traceback

TINY = """\
policy:
  architecture: {hidden_size: 16, layers: 1, heads: 2, key_value_heads: 1, head_dimension: 8, intermediate_size: 32,
    context_length: 96}
environments:
  - name: Sorting
    options: {minimum_count: 2, maximum_count: 3, maximum_value: 9, wording: compact}
rollout: {groups_per_step: 2, group_size: 2, max_new_tokens: 8}
evaluation: {problems: 4, every: 0}
trainer: {threads: 1}
run: {steps: 3}
"""
# The same for a model that is there.
BASE = "\n".join(TINY.splitlines()[3:]) + "\n"

RAW = re.compile(
    r"Fatal error|Program crashed|\*\*\* Signal|[Bb]acktrac|Error Domain=|NSCocoaErrorDomain|Swift\.\w+Error|"
    r"could not be completed|errno:|Unexpectedly")


class Skipped(Exception):
    """This machine cannot do it; the words say why."""


class Wrong(Exception):
    """It is not as it should be."""


@dataclasses.dataclass
class Answer:
    """What a command that has ended said."""

    code: int
    output: str
    complaints: str

    @property
    def first(self) -> str:
        """The line that a person reads first: of the complaints, those of a run's progress left out."""
        lines = [line for line in self.complaints.splitlines() if line.strip()]
        telling = [line for line in lines if not re.match(r"(run \S+: |step \d|held out|warm-up|serving )", line)]
        said = telling or lines or [line for line in self.output.splitlines() if line.strip()] or [""]
        return said[0].strip()

    def expect(self, code, *words, silent=None) -> "Answer":
        """Exit code, words of the complaints (or, at 0, of either), and nothing on standard output when it failed."""
        both = self.complaints + self.output
        if raw := RAW.search(both):
            raise Wrong(f"raw words: {raw.group(0)}")
        codes = code if isinstance(code, tuple) else (code,)
        if self.code not in codes:
            raise Wrong(f"exit code {self.code}, not {code}: {self.first[:100]}")
        if (self.code in (1, 2) if silent is None else silent) and self.output.strip():
            raise Wrong(f"on standard output: {self.output.splitlines()[0][:60]}")
        if self.code in (1, 2) and not self.complaints.strip():
            raise Wrong("says nothing")
        for word in words:
            if not re.search(word, both if self.code == 0 else self.complaints, re.S):
                raise Wrong(f"does not say {word!r}")
        return self


class Stage:
    def __init__(self, whet: str, only: str = "", keep: bool = False):
        self.whet = str(pathlib.Path(whet).resolve())
        self.only, self.keep = only.lower(), keep
        self.rows: list[tuple[str, str, str, str]] = []

    def __enter__(self) -> "Stage":
        if not os.access(self.whet, os.X_OK):
            raise SystemExit(f"there is no program {self.whet}; build it, or name another")
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="whet-saboteur-"))
        # Mistakes about permissions are made as another user where this one is root.
        self.root.chmod(0o755)
        self.folder = self.root
        self.write("tiny.yaml", TINY)
        answer = self.run("train", "tiny.yaml", "--home", "first", limit=120)
        if answer.code:
            raise SystemExit(f"a small training does not work, so there is nothing to spoil:\n{answer.complaints}")
        self.model = next((self.root / "first").glob("*-tiny/policy"))
        self.trained = self.root / "first"
        return self

    def __exit__(self, *_) -> None:
        for folder, _, _ in os.walk(self.root):
            with contextlib.suppress(OSError):
                os.chmod(folder, 0o755)
        if self.keep:
            print(f"left in {self.root}")
        else:
            shutil.rmtree(self.root, ignore_errors=True)

    # What a mistake is made with.

    def write(self, path: str, text) -> pathlib.Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def copy_model(self, name: str) -> pathlib.Path:
        return pathlib.Path(shutil.copytree(self.model, self.folder / name))

    def copy_home(self, name: str = "runs") -> pathlib.Path:
        return pathlib.Path(shutil.copytree(self.trained, self.folder / name))

    def environment(self, changes: dict) -> dict:
        values = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(self.folder)}
        for name in ("LD_LIBRARY_PATH",):
            if name in os.environ:
                values[name] = os.environ[name]
        values.update(changes)
        return {name: value for name, value in values.items() if value is not None}

    def start(self, *arguments, before=(), changes={}, **options) -> subprocess.Popen:
        """Starts whet, in the folder of the mistake; `before` is put before its name."""
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen(
            [*before, self.whet, *map(str, arguments)], cwd=self.folder, env=self.environment(changes), **options)

    def end(self, process: subprocess.Popen, limit: float = 60) -> Answer:
        try:
            output, complaints = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Wrong(f"hangs: not done after {limit:.0f} s") from None
        return Answer(
            process.returncode, (output or b"").decode(errors="replace"), (complaints or b"").decode(errors="replace"))

    def run(self, *arguments, limit: float = 60, **options) -> Answer:
        return self.end(self.start(*arguments, **options), limit)

    def shell(self, script: str, limit: float = 60, before=(), **changes) -> Answer:
        """A shell's line in which $WHET is the program."""
        process = subprocess.Popen(
            [*before, "bash", "-c", script], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=self.environment({"WHET": self.whet, **changes}))
        return self.end(process, limit)

    @contextlib.contextmanager
    def serving(self, directory):
        """`whet serve` with a model, on a free port; gives its address."""
        port = free_port()
        process = self.start("serve", directory, "--port", port, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            for _ in range(200):
                with contextlib.suppress(OSError):
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                if process.poll() is not None:
                    raise Wrong("whet serve has ended")
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()

    def no_halves(self, folder="runs") -> None:
        """Nothing that was half written is left."""
        halves = [path.name for path in (self.folder / folder).rglob("*.partial")]
        if halves:
            raise Wrong(f"left half written: {halves[0]}")

    # The play.

    def mistake(self, title: str):
        """Plays the decorated function at once. It returns the answer that the table shows, or nothing."""

        def play(body):
            if self.only not in title.lower():
                return body
            self.folder = self.root / re.sub(r"\W+", "-", title.lower()).strip("-")[:60]
            self.folder.mkdir()
            self.write("tiny.yaml", TINY)
            self.write("base.yaml", BASE)
            try:
                answer = body()
                row = (str(answer.code), answer.first, "ok") if answer else ("0", "", "ok")
            except Skipped as reason:
                row = ("–", "", f"skipped: {reason}")
            except Wrong as reason:
                row = ("?", "", f"WRONG: {reason}")
            except Exception as error:
                traceback.print_exc()
                row = ("?", "", f"WRONG: the script failed: {error!r}")
            self.rows.append((title, *row))
            print(self.line(self.rows[-1]), flush=True)
            return body

        return play

    def line(self, row) -> str:
        title, code, first, verdict = row
        said = first.replace(str(self.folder), "…").replace(str(self.root), "…").replace("|", "\\|")
        return f"| {title} | {code} | {said[:150]}{'…' if len(said) > 150 else ''} | {verdict} |"

    def report(self) -> int:
        wrong = [row for row in self.rows if row[3].startswith("WRONG")]
        skipped = [row for row in self.rows if row[3].startswith("skipped")]
        right = len(self.rows) - len(wrong) - len(skipped)
        print(f"\n{len(self.rows)} mistakes: {right} answered well, {len(wrong)} not, {len(skipped)} skipped")
        for row in wrong:
            print(f"  {row[0]}: {row[3]}")
        return 1 if wrong else 0


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
