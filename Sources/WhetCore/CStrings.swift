import Foundation

extension [String] {
    /// Lends `body` a C array of C strings that ends with a null pointer, as `argv` and `envp` are.
    package func withCStrings<Result>(
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: count + 1)
        for (index, string) in enumerated() { pointers[index] = strdup(string) }
        pointers[count] = nil
        defer {
            for index in indices { free(pointers[index]) }
            pointers.deallocate()
        }
        return body(pointers)
    }
}
