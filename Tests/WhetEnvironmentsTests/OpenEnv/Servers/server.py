"""An OpenEnv server of the standard library alone: guess a number. `server.py FAULT`; it prints its port.

By HTTP it has one environment, on WebSockets one for each connection, and writes what it is asked to standard error.
"""
import base64
import hashlib
import json
import socket
import struct
import sys
import threading
import time

fault = sys.argv[1] if len(sys.argv) > 1 else "none"
calls = 0
sessions = 0


class Guessing:
    def reset(self, seed=0, level=0):
        self.secret, self.steps = (seed + level) % 10, 0
        return self.answer("Guess.", None, False)

    def step(self, guess):
        self.steps += 1
        right = guess == self.secret
        hint = "right" if right else "higher" if guess < self.secret else "lower"
        done = right or self.steps == 4
        reward = None if fault == "no-reward" else 1.0 if right else -0.125
        return self.answer(hint, reward, done)

    def answer(self, hint, reward, done):
        global calls
        calls += 1
        if fault == "different":
            hint += f" {calls}"
        return {"observation": {"hint": hint, "steps": self.steps}, "reward": reward, "done": done}


def note(*words):
    print(*words, file=sys.stderr, flush=True)


def read(connection, count):
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def read_frame(connection):
    first, second = read(connection, 2)
    length = second & 127
    if length == 126:
        length = struct.unpack(">H", read(connection, 2))[0]
    elif length == 127:
        length = struct.unpack(">Q", read(connection, 8))[0]
    assert second & 128, "a client has to mask"
    mask = read(connection, 4)
    data = read(connection, length)
    return first & 15, bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))


def frame(first, data):
    size = bytes([len(data)]) if len(data) < 126 else b"\x7e" + struct.pack(">H", len(data))
    return bytes([first]) + size + data


def send_text(connection, value):
    data = json.dumps(value).encode()
    if fault == "pings":
        connection.sendall(frame(0x89, b"are you there"))
        kind, payload = read_frame(connection)
        assert (kind, payload) == (10, b"are you there")
        # In three parts, with a ping between.
        connection.sendall(frame(0x01, data[:5]) + frame(0x89, b"") + frame(0x00, data[5:9]) + frame(0x80, data[9:]))
        read_frame(connection)
        return
    connection.sendall(frame(0x81, data))


def serve_socket(connection):
    global sessions
    sessions += 1
    is_first = sessions == 1
    environment = Guessing()
    if fault == "full":
        send_text(connection, {"type": "error", "data": {"message": "no room", "code": "CAPACITY_REACHED"}})
        return
    while True:
        kind, data = read_frame(connection)
        if kind == 8:
            note("closed")
            return
        message = json.loads(data)
        note(message["type"], json.dumps(message.get("data")))
        if fault == "hangs":
            time.sleep(1000)
        if fault == "garbage":
            connection.sendall(frame(0x81, b"no JSON"))
            continue
        if fault == "masked":
            connection.sendall(bytes([0x81, 0x81, 0, 0, 0, 0, 1]))
            continue
        if fault == "says-why":
            connection.sendall(frame(0x88, b"\x03\xf3going home"))
            return
        if message["type"] == "reset":
            result = environment.reset(**message["data"])
        elif "guess" not in message["data"]:
            send_text(connection, {"type": "error", "data": {"message": "no guess", "code": "VALIDATION_ERROR"}})
            continue
        else:
            result = environment.step(message["data"]["guess"])
        send_text(connection, {"type": "observation", "data": result})
        if fault == "forgets" or fault == "forgets-first" and is_first:
            return


shared = Guessing()


def serve(connection):
    try:
        head = b""
        while b"\r\n\r\n" not in head:
            more = connection.recv(4096)
            if not more:
                return
            head += more
        head, rest = head.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        path = lines[0].split(" ")[1]
        if path == "/ws" and fault != "no-socket":
            key = headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
            accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
            if fault == "wrong-key":
                accept = accept[::-1]
            connection.sendall(
                f"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nSEC-WEBSOCKET-ACCEPT: {accept}\r\n\r\n".encode())
            return serve_socket(connection)
        body = rest + read(connection, int(headers.get("content-length", 0)) - len(rest))
        note(path, body.decode())
        status, result = "404 Not Found", {"detail": "Not Found"}
        if path == "/reset":
            status, result = "200 OK", shared.reset(**json.loads(body))
        elif path == "/step":
            status, result = "200 OK", shared.step(json.loads(body)["action"]["guess"])
        if fault == "breaks":
            status, result = "500 Internal Server Error", {"detail": "it is broken"}
        text = json.dumps(result)
        connection.sendall(
            f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n{text}".encode())
    except (EOFError, ConnectionError):
        pass
    finally:
        connection.close()


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
