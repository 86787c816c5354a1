import Foundation

extension URL {
    /// Where the programs of an environment's file run: the folder above that of the file, where `whet` is run too.
    var programFolder: String {
        absoluteURL.standardizedFileURL.deletingLastPathComponent().deletingLastPathComponent().path
    }
}
