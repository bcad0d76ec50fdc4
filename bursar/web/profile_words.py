"""What each field of a profile is called and means: Alma's own fields with Alma's meaning, then Libra's."""

from __future__ import annotations

Groups = tuple[tuple[str, tuple[str, ...]], ...]

WORDS = {
    "code": (
        "Code",
        "Letters and digits. Alma’s file names begin with it, so write it exactly as in Alma.",
    ),
    "name": ("Name", "What people here call it."),
    "description": ("Description", ""),
    "system": ("System", "The student finance system."),
    "system_name": ("Which other system", "Only where it is another one."),
    "connection": ("Connection", "Where Alma puts its files: one of the connections in Libra’s settings."),
    "export_active": ("Export active", "Only an active export takes the files that wait, by its schedule or by hand."),
    "days_before_export": (
        "Time before export, in days",
        "A fee goes out when it has existed for so many days. 0: at once.",
    ),
    "minimum": (
        "Minimum amount for user",
        "A whole number. A user’s fees go out when together they come to this much, reckoned after all other filters. "
        "Blank or 0: no minimum, and credits go out too.",
    ),
    "identifier_type": (
        "User identifier type",
        "Which of a user’s identifiers stands in the file, as Alma’s export writes it: userName, 02. Blank: any.",
    ),
    "user_groups": ("User groups", "One a line. Only users of these groups; none: all groups."),
    "fee_types": ("Fine and fee types", "One a line. Only these types; none: all types."),
    "institutional": ("Institutional fines", "Take the fees that the institution owns."),
    "libraries": (
        "Library fines",
        "Codes, one a line: the fees that these libraries own. Blank: no library’s fees at all, and then institutional "
        "fines must be taken.",
    ),
    "output_path": (
        "Output path",
        "The folder, below the connection’s own, into which Alma writes its exports.",
    ),
    "export_schedule": (
        "Export schedule",
        "Blank: by hand only. Else hourly, daily 18:00, weekly sunday 18:00 or monthly 1 06:00.",
    ),
    "import_active": (
        "Import active",
        "Payments come back. It also decides what exported means in Alma: without it Alma closes a fee when it is "
        "exported, as if it were paid; with it the fee is transferred until its payment is imported.",
    ),
    "input_path": ("Input path", "The folder from which Alma takes the file of what was paid."),
    "import_schedule": ("Import schedule", "Blank: by hand only. Written as the export’s."),
    "way": (
        "Way of working",
        "Alma exports: Alma chooses the fees and writes the XML. Libra exports: Libra chooses them by this profile. "
        "Two-way: fees stay active in Alma, so that borrowing stops while money is owed, and payments are posted back.",
    ),
    "campus": ("Campus", "Profiles of one campus and one system share a ledger: a fee goes to it once."),
    "delivery_connection": ("Student finance’s connection", "Where the made files go."),
    "delivery_path": (
        "Delivery path",
        "The folder there. Blank: the files stay in Libra, where people download them.",
    ),
    "return_path": (
        "Return path",
        "The folder there in which its return files arrive. Blank: people load them by hand.",
    ),
    "tell": ("Who is told", "Mail addresses, one a line: of what could not be sent, and of what failed."),
    "layout": (
        "Layout",
        "How the student finance system wants its files. Take the nearest: it can be changed on its own page.",
    ),
    "return_layout": ("Return layout", "How student finance tells what was paid."),
}
GROUPS: Groups = (
    ("Profile", ("code", "name", "description", "connection", "system", "system_name")),
    (
        "Export",
        (
            "export_active", "days_before_export", "minimum", "identifier_type", "user_groups", "fee_types",
            "institutional", "libraries", "output_path", "export_schedule",
        ),
    ),
    ("Import", ("import_active", "input_path", "import_schedule")),
    ("Libra’s own", ("way", "campus", "delivery_connection", "delivery_path", "return_path", "tell")),
)  # fmt: skip
