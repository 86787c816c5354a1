/// What names and texts of a world are drawn from.
enum WorldWords {
    static let firstNames = [
        "Ana", "Bruno", "Chloe", "Dmitri", "Elena", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Keiko", "Lars", "Maya",
        "Nikhil", "Olga", "Pedro", "Quinn", "Rosa", "Samir", "Tessa", "Umar", "Vera", "Wanda", "Yusuf", "Zoe",
    ]
    static let lastNames = [
        "Abbott", "Bianchi", "Castro", "Dahl", "Eriksen", "Fischer", "Grant", "Haddad", "Ivanov", "Jensen", "Kowalski",
        "Larsen", "Moreau", "Novak", "Okafor", "Petrov", "Quist", "Romero", "Singh", "Tanaka", "Ueda", "Vogel",
        "Walker", "Young", "Zhang",
    ]
    static let hosts = ["postbox.example", "mailhub.example", "letters.example"]
    /// One person each.
    static let soleRelations = ["manager", "accountant", "roommate", "sister", "brother", "dentist"]
    static let relations = ["friend", "colleague", "neighbor"]
    static let newsletters = [
        "news@gardenweekly.example", "offers@travelclub.example", "digest@cityevents.example",
        "noreply@parcelpost.example",
    ]
    static let topics = [
        "the budget", "the new website", "the summer trip", "the office move", "the spring fair", "the training day",
        "the annual report", "the photo album", "the choir", "the recycling plan", "the bike repair", "the book club",
        "the kitchen plans", "the school visit", "the garden wall", "the insurance", "the tax form", "the quiz night",
    ]
    static let subjects = ["About", "A question on", "News of", "Notes on", "Thoughts on", "Once more"]
    static let sentences = [
        "I have looked at it again and will send more next week.", "Could we talk about it when you have a minute?",
        "Nothing is settled yet, but it looks good.", "Everybody was pleased with how it went.",
        "There is no hurry, I only wanted you to know.", "I asked around, and most people agree.",
        "The draft is nearly ready.", "Thank you for your help with it.",
    ]
    static let gatherings = ["Meeting", "Call", "Workshop", "Review", "Lunch talk", "Planning"]
    static let places = ["Room 4", "Room 11", "the library", "Cafe Luna", "the town hall", "the studio", "the terrace"]
    static let folders = ["/notes", "/documents", "/downloads", "/photos", "/letters"]
    static let fileNames = [
        "ideas.txt", "plan.txt", "draft.txt", "list.txt", "summary.txt", "minutes.txt", "recipe.txt", "contract.txt",
        "log.txt", "outline.txt",
    ]
    static let adjectives = [
        "Amber", "Basic", "Classic", "Deluxe", "Everyday", "Folding", "Grand", "Handy", "Little", "Modern", "Nordic",
        "Original", "Pocket", "Quiet", "Royal", "Sturdy",
    ]
    /// By `Shop.categories`.
    static let goods = [
        ["teapot", "frying pan", "bread knife", "mixing bowl", "spice rack"],
        ["watering can", "rake", "bird feeder", "plant pot", "garden hose"],
        ["desk lamp", "stapler", "notebook", "pen holder", "wall clock"],
        ["yoga mat", "jump rope", "water bottle", "badminton set", "bike light"],
        ["puzzle", "kite", "train set", "board game", "plush bear"],
        ["cookbook", "atlas", "crime novel", "poetry book", "travel guide"],
    ]
}
