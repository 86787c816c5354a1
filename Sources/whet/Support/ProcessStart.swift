import Foundation

/// What the process sees to before it does anything else.
enum ProcessStart {
    /// Closed standard descriptors are opened on nothing, and writing too much is an error and no death.
    static func prepare() {
        // Else the next file that is opened gets the number of standard output, and what is printed is written into it.
        for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 {
            // For reading only: what is printed into it fails, as into a closed one. The lowest free number is taken.
            _ = open("/dev/null", O_RDONLY)
        }
        // A reader that went away (`| head -1`), or a limit on the size of files: the write says so.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }
}
