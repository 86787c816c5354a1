"""Servers that are not up, are something else, or have another model; ports and hosts that cannot be had."""
import socket
import threading
import http.server

from .models import larger_model
from .stage import free_port


def play(stage):
    run, mistake = stage.run, stage.mistake

    def train(url, *more):
        return run(
            "train", "base.yaml", "--set", "policy.model=model", "--set", "inference.kind=auto", "--set",
            f"inference.url={url}", *more)

    @mistake("port taken")
    def _():
        stage.copy_model("model")
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            return run("serve", "model", "--port", other.getsockname()[1]).expect(
                1, "cannot listen on 127.0.0.1:\\d+: Address already in use", "try: choose another port")

    @mistake("port that is none")
    def _():
        stage.copy_model("model")
        return run("serve", "model", "--port", "80000").expect(2, "from 0 to 65535")

    @mistake("host that is not known")
    def _():
        stage.copy_model("model")
        return run("serve", "model", "--host", "nowhere.invalid", "--port", "0").expect(1, "no such host", "try: ")

    @mistake("host of another machine")
    def _():
        stage.copy_model("model")
        return run("serve", "model", "--host", "192.0.2.1", "--port", "0").expect(1, "cannot listen", "try: ")

    @mistake("server not up")
    def _():
        stage.copy_model("model")
        return train(f"http://127.0.0.1:{free_port()}").expect(1, "could not connect", "try: see that the server is running")

    @mistake("server not up, to be probed")
    def _():
        return run("servers", "probe", f"http://127.0.0.1:{free_port()}").expect(1, "could not connect", "try: ")

    @mistake("something else answers where the server should be")
    def _():
        stage.copy_model("model")
        other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Silent)
        threading.Thread(target=other.serve_forever, daemon=True).start()
        try:
            return train(f"http://127.0.0.1:{other.server_port}").expect(1, "no inference server", "expected: whet serve")
        finally:
            other.shutdown()
            other.server_close()

    @mistake("server of another model")
    def _():
        stage.copy_model("model")
        with stage.serving(larger_model(stage)) as url:
            return train(url).expect(
                1, "no inference server is left", "another model", "try: .*policy's shape and vocabulary")

    @mistake("server of another model, to be checked")
    def _():
        stage.copy_model("model")
        with stage.serving(larger_model(stage)) as url:
            return run("servers", "check", url, "--directory", "model").expect(1, silent=False)

    @mistake("kind of server that is another")
    def _():
        stage.copy_model("model")
        with stage.serving("model") as url:
            return run("servers", "probe", url, "--kind", "vlmm").expect(2, 'did you mean "vllm"')


class Silent(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(404)

    do_POST = do_GET

    def log_message(self, *_):
        pass
