"""Which lead sheets and hymns may train weights that anyone may use for anything.

OpenEWLD describes itself as public domain, yet holds songs of the 1930s and later that are protected in places, and
some texts and settings of the Open Hymnal are protected everywhere. Only those pass here whose every author is
traditional or died before 1930: free wherever protection ends 95 years after publication or 70 years after death.
"""

from __future__ import annotations

import re
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


FREE_SINCE = 1930  # a year of death or of publication before it
HYMN_PEOPLE = ("COMPOSER", "ARRANGER", "AUTHOR", "TRANSLATOR")  # fields of the Open Hymnal's comments, %OHCOMPOSER ...
# what the Open Hymnal calls tunes and texts without a known author; how old they are, its credits say
UNNAMED = frozenset({
    "traditional", "unknown", "anonymous", "composite", "none", "African-American", "Basque", "Bohemian", "Dutch",
    "English", "French", "German", "Hebrew", "Irish", "Latin", "Norwegian", "Silesian", "Welsh",
})  # fmt: skip
_LIFE = re.compile(r"\(.*?(\d{3,4})\)$")  # (1707-1788), (circa 387-493): the year of death
_CENTURY = re.compile(r"\((\d+)th Century\)$")
_PUBLISHED = re.compile(r", (\d{4})$")  # from Day's Psalter, 1563
_PROJECT = re.compile(r"This score is a part of the Open Hymnal Project, \d{4} Revision")


def is_free_hymn(text: str) -> bool:
    """Whether all who made a hymn are free, by the comments and credits (C:) of its ABC score.

    No credit may name a year from 1930 on either: unnamed authors, new settings and new verses show there.
    """
    people = dict(re.findall(r"^%OH(\w+)[ \t]+(.*)$", text, re.MULTILINE))
    named = [person.strip() for role in HYMN_PEOPLE for person in people.get(role, "?").split(";")]
    credits_ = _PROJECT.sub("", "\n".join(re.findall(r"^C:(.*)$", text, re.MULTILINE)))
    years = [int(year) for year in re.findall(r"\b\d{4}\b", credits_)]
    return all(map(_is_free, named)) and max(years, default=0) < FREE_SINCE


def _is_free(person: str) -> bool:
    if person in UNNAMED:
        return True
    if century := _CENTURY.search(person):
        return int(century[1]) < FREE_SINCE // 100
    year = _LIFE.search(person) or _PUBLISHED.search(person)
    return year is not None and int(year[1]) < FREE_SINCE
