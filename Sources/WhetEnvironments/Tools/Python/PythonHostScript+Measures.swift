extension PythonHostScript {
    /// What can be seen of a session's processes from outside.
    static let measures = #"""
    TICKS = os.sysconf("SC_CLK_TCK")


    def fields(pid):
        """What stands in /proc about a process after its name."""
        return read("/proc/%d/stat" % pid).rpartition(")")[2].split()


    def is_ending(pid):
        try:
            return int(fields(pid)[6]) & 4 != 0
        except OSError:
            return True


    def processor_ticks(pid):
        try:
            return sum(map(int, fields(pid)[11:15]))  # of children that it has waited for, too
        except OSError:
            return 0


    def descendants(pid):
        found, waiting = [], [pid]
        while waiting:
            pid = waiting.pop()
            try:
                threads = os.listdir("/proc/%d/task" % pid)
                children = [read("/proc/%d/task/%s/children" % (pid, thread)).split() for thread in threads]
            except OSError:
                continue
            numbers = [int(word) for words in children for word in words]
            found += numbers
            waiting += numbers
        return found


    def private_bytes(pid):
        """Memory that no file stands behind, shared or not."""
        try:
            status = read("/proc/%s/status" % pid)
        except OSError:
            return 0
        values = [status.partition(name)[2].split(None, 1)[:1] for name in ("RssAnon:", "RssShmem:")]
        return sum(int(value[0]) for value in values if value) << 10


    def temporary_bytes(pid):
        try:
            space = os.statvfs("/proc/%d/root/tmp" % pid)
            printed = os.stat("/proc/%d/fd/1" % pid).st_size
        except OSError:
            # It is gone, or hides it.
            return 2 * settings["temporary_bytes"] if os.path.exists("/proc/%d" % pid) else 0
        return (space.f_blocks - space.f_bfree) * space.f_frsize + printed
    """#
}
