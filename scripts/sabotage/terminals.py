"""Terminals that are narrow, dumb, without colors, or none."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import unicodedata

from .stage import Wrong

ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def play(stage):
    mistake = stage.mistake

    def on_terminal(columns: int, *arguments, **changes):
        """Runs whet on a terminal of this width; gives the answer and what the terminal got."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        got = bytearray()

        def listen():
            while True:
                try:
                    data = os.read(ours, 65536)
                except OSError:
                    return
                if not data:
                    return
                got.extend(data)

        listener = threading.Thread(target=listen)
        process = stage.start(
            *arguments, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, changes={"TERM": "xterm", **changes})
        os.close(theirs)
        listener.start()
        answer = stage.end(process)
        listener.join()
        os.close(ours)
        answer.complaints = ""
        return answer, got.decode(errors="replace")

    def widest(text: str) -> int:
        lines = ESCAPES.sub("", text).replace("\r", "\n").split("\n")
        return max(sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line) for line in lines)

    @mistake("terminal of 20 columns")
    def _():
        answer, screen = on_terminal(20, "train", "tiny.yaml")
        if widest(screen) > 20 or "\x1b[J" not in screen:
            raise Wrong(f"draws {widest(screen)} columns")
        return answer.expect(0, "whet runs")

    @mistake("terminal of 5 columns")
    def _():
        answer, screen = on_terminal(5, "train", "tiny.yaml")
        if "\x1b[J" in screen or "step 3/3" not in screen:
            raise Wrong("draws over what it cannot see")
        return answer.expect(0, "whet runs")

    @mistake("terminal that says no width")
    def _():
        answer, screen = on_terminal(0, "train", "tiny.yaml")
        if widest(screen) > 80:
            raise Wrong(f"draws {widest(screen)} columns")
        return answer.expect(0)

    @mistake("NO_COLOR")
    def _():
        answer, screen = on_terminal(80, "train", "tiny.yaml", NO_COLOR="1")
        if re.search(r"\x1b\[[0-9;]*m", screen):
            raise Wrong("colors")
        return answer.expect(0)

    @mistake("TERM=dumb")
    def _():
        answer, screen = on_terminal(80, "train", "tiny.yaml", TERM="dumb")
        if "\x1b" in screen:
            raise Wrong("escapes")
        return answer.expect(0)

    @mistake("no terminal")
    def _():
        answer = stage.run("train", "tiny.yaml").expect(0, "step 3/3")
        if "\x1b" in answer.complaints + answer.output:
            raise Wrong("escapes")
        return answer

    @mistake("COLUMNS=20 in a pipe")
    def _():
        return stage.run("train", "--nonsense", changes={"COLUMNS": "20"}).expect(2)
