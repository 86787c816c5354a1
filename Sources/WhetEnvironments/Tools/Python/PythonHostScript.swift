/// The Python program that runs sessions: one process that forks one for each, in namespaces of its own.
///
/// Keeps: a session sees no other's processes, files or memory; it has no rights in its namespaces and makes no more of
/// them; what it writes to its link is checked before it is passed on. bubblewrap's walls stand round all of them.
enum PythonHostScript {
    static let text = [beginning, walls, session, host].joined(separator: "\n\n")

    /// What `python -c` is told before the text and the settings: the text's frames are to be known by their file name,
    /// so that no traceback shows them.
    static let launcher = "import sys; exec(compile(sys.argv[1], '<whet>', 'exec'))"

    private static let beginning = #"""
    """Runs Python for many sessions, each a process of its own in namespaces of its own, forked from this one.

    Reads a request a line: {"session": n, "open": true} | {"session": n, "id": n, "code": text, "seconds": s} |
    {"session": n, "answer": n, "value": JSON text or "refused": why} | {"session": n, "close": true}.
    Writes a reply a line: {"session": n, "id": n, "output": text, "error": bool} | {"session": n, "function": n,
    "name": text, "arguments": JSON text} | {"session": n, "ended": why} | {"session": n, "failed": why}.

    JSON of sessions' own making stands in strings, so that none of it can spoil a line for the others.
    """
    import _thread, ast, ctypes, fcntl, gc, heapq, json, linecache, os, resource, selectors, signal, socket, sys, time
    import traceback

    settings = json.loads(sys.argv[2])
    libc = ctypes.CDLL(None, use_errno=True)
    NEW_NAMESPACES = 0x10000000 | 0x20000000 | 0x00020000 | 0x08000000  # user, process, mount, IPC
    GRACE, START = settings["grace_seconds"], settings["start_seconds"]
    FUNCTION_BYTES, FUNCTION_CALLS, NAME_LENGTH = settings["function_bytes"], settings["function_calls"], 200
    # JSON may write a character in six, and once more in two.
    LINE_LIMIT = max(settings["output_bytes"] * 6, FUNCTION_BYTES * 2) + 4096
    PRELUDE = compile(settings["prelude"], "<prelude>", "exec") if settings["prelude"] else None
    linecache.cache["<prelude>"] = (len(settings["prelude"]), None, settings["prelude"].splitlines(True), "<prelude>")


    def checked(result):
        if result != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
    """#
}
