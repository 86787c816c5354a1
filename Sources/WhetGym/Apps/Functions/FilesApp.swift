import WhetCore

extension App {
    /// Texts in folders.
    static let files = App(
        name: "files", summary: "the owner's files, each a text at a path such as /notes/ideas.txt",
        functions: [
            .login("files"),
            AppFunction(
                "files", "list_files", "Lists the files in a folder and in the folders within it, by path.",
                [.text("folder", "such as /notes; all files unless given", isOptional: true)] + AppParameter.paging,
                returns: "a list of path, characters"
            ) { world, arguments in
                var folder = arguments.text("folder") ?? "/"
                if !folder.hasSuffix("/") { folder += "/" }
                let found = world.files.filter { $0.path.hasPrefix(folder) }.sorted { $0.path < $1.path }
                return arguments.page(
                    found.map { ["path": .string($0.path), "characters": .integer($0.content.count)] })
            },
            AppFunction(
                "files", "show_file", "Shows what is in a file.", [.text("path", "of the file")],
                returns: "path, content"
            ) { world, arguments in .object(world.files[try world.file(arguments)].json) },
            AppFunction(
                "files", "create_file", "Makes a new file.",
                [.text("path", "where nothing is yet"), .text("content", "its text", length: 10_000)], returns: "path"
            ) { world, arguments in
                let path = try world.newPath(arguments, "path")
                world.files.append(
                    StoredFile(path: path, content: try arguments.required("content", AppArguments.text)))
                return ["path": .string(path)]
            },
            AppFunction(
                "files", "update_file", "Puts another text in the place of all that is in a file.",
                [.text("path", "of the file"), .text("content", "its new text", length: 10_000)], returns: "path"
            ) { world, arguments in
                let place = try world.file(arguments)
                world.files[place].content = try arguments.required("content", AppArguments.text)
                return ["path": .string(world.files[place].path)]
            },
            AppFunction(
                "files", "move_file", "Gives a file another path.",
                [.text("path", "of the file"), .text("new_path", "where nothing is yet")], returns: "path"
            ) { world, arguments in
                let place = try world.file(arguments)
                world.files[place].path = try world.newPath(arguments, "new_path")
                return ["path": .string(world.files[place].path)]
            },
            AppFunction(
                "files", "copy_file", "Makes a second file with the same text.",
                [.text("path", "of the file"), .text("new_path", "where nothing is yet")], returns: "path"
            ) { world, arguments in
                let place = try world.file(arguments)
                let path = try world.newPath(arguments, "new_path")
                world.files.append(StoredFile(path: path, content: world.files[place].content))
                return ["path": .string(path)]
            },
            AppFunction(
                "files", "delete_file", "Removes a file.", [.text("path", "of the file")], returns: "deleted"
            ) { world, arguments in
                world.files.remove(at: try world.file(arguments))
                return ["deleted": true]
            },
        ])
}

extension AppWorld {
    /// How many files there may be.
    private static let mostFiles = 1000

    func file(_ arguments: AppArguments) throws -> Int {
        try file(at: arguments.required("path", AppArguments.text))
    }

    func file(at path: String) throws -> Int {
        guard let place = files.firstIndex(where: { $0.path == path }) else {
            throw AppRefusal("there is no file \(path)")
        }
        return place
    }

    /// Where a file can be made.
    func newPath(_ arguments: AppArguments, _ name: String) throws -> String {
        let path = try arguments.required(name, AppArguments.text)
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard path.hasPrefix("/"), parts.count > 1, parts.dropFirst().allSatisfy({ !["", ".", ".."].contains($0) })
        else { throw AppRefusal("\(path) is no path of a file; one looks like /notes/ideas.txt") }
        guard !files.contains(where: { $0.path == path }) else { throw AppRefusal("there is a file \(path) already") }
        guard files.count < Self.mostFiles else { throw AppRefusal("there is no room for more files") }
        return path
    }
}
