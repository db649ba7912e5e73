"""The corpus: songs, the band that plays them, the singers that sing them, and the truth about every bar."""
