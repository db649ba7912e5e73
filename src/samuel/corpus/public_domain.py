"""Which lead sheets may train weights that anyone may use for anything.

OpenEWLD describes itself as public domain, yet holds songs of the 1930s and later that are protected in places. Only
sheets whose every author is traditional or died before 1930 pass here: free wherever protection ends 95 years after
publication or 70 years after death.
"""

from __future__ import annotations

from pathlib import PurePosixPath

UNSTATED = "not stated: ask the owner before anything trained on it is published"

# names as OpenEWLD spells them in its folders
AUTHORS = frozenset({
    "[Traditional]", "[Unknown]", "Stephen_Foster", "Scott_Joplin", "Paul_Dresser", "Nikolai_Rimsky-Korsakov",
    "William_W._Walford", "William_Chatterton_Dix", "Victor_Herbert", "Septimus_Winner", "Sebastián_Yradier",
    "Robert_Lowry", "Robert_Burns", "Robert_Tannahill", "Narciso_Serradell_Sevilla", "Ludwig_van_Beethoven",
    "Liliuokalani", "Lewis_Redner", "Phillips_Brooks", "Leslie_Stuart", "Katharine_Lee_Bates", "Julia_Ward_Howe",
    "Joseph_Eastburn_Winner", "Joseph_Brackett,_Jr.", "John_Mason_Neale", "Thomas_Helmore", "John_Henry_Hopkins_Jr.",
    "John_Baptiste_Calkin", "Johannes_Brahms", "Johann_Strauss_(Vater)", "James_Waddel_Alexander", "James_Pierpont",
    "James_Montgomery_[1]", "James_A._Bland", "Isaac_Watts", "Lowell_Mason", "Henry_Rowley_Bishop",
    "John_Howard_Payne_[1]", "Giacomo_Puccini", "George_Washington_Johnson_[1]", "James_Austin_Butterfield",
    "George_F._Root", "Franz_Liszt", "Frederick_Oakeley", "Frederic_Weatherly", "Michael_Maybrick", "F._W._Meacham",
    "Eugène_Cormon", "Georges_Bizet", "Michel_Carré", "Eliza_Flower", "Sarah_Flower_Adams", "Edmund_Sears",
    "Eben_E._Rexford", "H.P._Danks", "Dan_Emmett", "Thomas_Oliphant", "Luigi_Denza", "Peppino_Turco",
})  # fmt: skip


def is_public_domain(name: str) -> bool:
    """Whether a sheet's path, .../<author>-<author>/<title>/<title>.mxl, names free authors only."""
    folders = PurePosixPath(name).parts[:-2]
    return bool(folders) and all(author in AUTHORS for author in _authors(folders[-1]))


def _authors(folder: str) -> list[str]:
    """The authors of a folder name, joined by hyphens; a hyphen inside a listed name does not part it."""
    if folder in AUTHORS:
        return [folder]
    return folder.split("-")
