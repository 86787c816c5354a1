import Foundation

/// What the operating system said, where Foundation hides it below words of its own.
extension Error {
    /// In the system's words, such as "Permission denied", where the system is what failed.
    public var systemWords: String {
        systemCode.map { String(cString: strerror($0)) } ?? localizedDescription
    }

    /// The system's `errno`; nil where something else failed.
    public var systemCode: Int32? {
        var error = self as NSError
        // A chain of causes is short; one that is not ends nowhere.
        for _ in 0..<8 {
            if error.domain == NSPOSIXErrorDomain { return Int32(exactly: error.code) }
            guard let inner = error.userInfo[NSUnderlyingErrorKey] as? any Error else { break }
            error = inner as NSError
        }
        return nil
    }
}

extension WhetError {
    /// A file or folder that the system would not read or write, with what helps against it.
    ///
    /// - Parameter problem: what could not be done, such as "the file cannot be written".
    public init(_ problem: String, at place: String?, because error: any Error) {
        self.init("\(problem): \(error.systemWords)", at: place, remedy: Self.remedy(forSystem: error.systemCode))
    }

    /// What helps against a code of `errno`, where something does.
    public static func remedy(forSystem code: Int32?) -> String? {
        switch code {
        case ENOSPC, EDQUOT: "free some space, or set WHET_HOME to another disk"
        case EFBIG: "raise the limit on the size of files: ulimit -f unlimited"
        case EACCES, EPERM: "check the permissions, or choose another folder"
        case EROFS: "choose a folder that is not read-only"
        case EMFILE, ENFILE: "raise the limit on open files: ulimit -n 4096"
        default: nil
        }
    }
}
