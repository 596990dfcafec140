"""Publishers of the corpora: addresses, licenses, and checksums of the downloads.

No address could be tried where this was written; each comes from the publisher's own pages or
from programs that use it, and `docs/corpora.md` says which. Checksums are the publishers': RAVDESS
has one for its archive, the other two list one for every file, which is read when it is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True)
class License:
    """Conditions under which a corpus may be used."""

    name: str
    """Typed by the user to accept it; the SPDX identifier where there is one."""
    url: str
    summary: str


@dataclass(frozen=True)
class Archive:
    """One zip of which the publisher gives checksum and length."""

    url: str
    checksum: str
    """Algorithm and hexadecimal digest, as pooch takes it: `md5:...`."""
    n_bytes: int


@dataclass(frozen=True)
class Repository:
    """A folder of a GitHub repository whose files are in Git Large File Storage."""

    tree_url: str
    """Lists the top folder of the repository."""
    folder: str
    content_urls: tuple[str, ...]
    """Mirrors of `{name}` of the folder; the next one is tried if one refuses."""


@dataclass(frozen=True)
class Dataverse:
    """A dataset of a Dataverse server, which lists its files with their checksums."""

    listing_url: str
    file_url: str
    """Address of the file with `{id}`."""


@dataclass(frozen=True)
class Registration:
    """A publisher who gives the corpus to registered persons only."""

    url: str
    archive: str
    """Name of the archive that a registered person downloads."""


@dataclass(frozen=True)
class Source:
    """Publication of one corpus."""

    license: License
    page: str
    cite: str
    origin: Archive | Repository | Dataverse | Registration


SOURCES: Final[Mapping[str, Source]] = MappingProxyType(
    {
        "crema": Source(
            License(
                "ODbL-1.0",
                "https://opendatacommons.org/licenses/odbl/1-0/",
                "share and use freely, name the source, keep derived databases open",
            ),
            "https://github.com/CheyneyComputerScience/CREMA-D",
            "Cao et al. (2014), CREMA-D: Crowd-sourced Emotional Multimodal Actors Dataset, "
            "doi:10.1109/TAFFC.2014.2336244",
            Repository(
                "https://api.github.com/repos/CheyneyComputerScience/CREMA-D/git/trees/master",
                "AudioWAV",
                # The repository itself is often over its budget for large files; its README
                # sends people to this mirror of its maintainers.
                (
                    "https://gitlab.com/cs-cooper-lab/crema-d-mirror/-/raw/HEAD/AudioWAV/{name}",
                    "https://media.githubusercontent.com/media/CheyneyComputerScience/CREMA-D/"
                    "master/AudioWAV/{name}",
                ),
            ),
        ),
        "ravdess": Source(
            License(
                "CC-BY-NC-SA-4.0",
                "https://creativecommons.org/licenses/by-nc-sa/4.0/",
                "not for commercial use, name the source, share alike",
            ),
            "https://zenodo.org/records/1188976",
            "Livingstone and Russo (2018), The Ryerson Audio-Visual Database of Emotional Speech "
            "and Song, doi:10.1371/journal.pone.0196391",
            Archive(
                "https://zenodo.org/records/1188976/files/Audio_Speech_Actors_01-24.zip?download=1",
                "md5:bc696df654c87fed845eb13823edef8a",
                208_468_073,
            ),
        ),
        "savee": Source(
            License(
                "SAVEE-research",
                "https://personalpages.surrey.ac.uk/p.jackson/SAVEE/Register.html",
                "free of charge for research, not to be passed on",
            ),
            "https://personalpages.surrey.ac.uk/p.jackson/SAVEE/",
            "Jackson and Haq (2014), Surrey Audio-Visual Expressed Emotion database",
            Registration(
                "https://personalpages.surrey.ac.uk/p.jackson/SAVEE/Register.html",
                "AudioData.zip",
            ),
        ),
        "tess": Source(
            License(
                "CC-BY-NC-ND-4.0",
                "https://creativecommons.org/licenses/by-nc-nd/4.0/",
                "not for commercial use, name the source, share nothing changed",
            ),
            "https://doi.org/10.5683/SP2/E8H2MF",
            "Pichora-Fuller and Dupuis (2020), Toronto emotional speech set, "
            "doi:10.5683/SP2/E8H2MF",
            Dataverse(
                "https://borealisdata.ca/api/datasets/:persistentId/"
                "?persistentId=doi:10.5683/SP2/E8H2MF",
                "https://borealisdata.ca/api/access/datafile/{id}",
            ),
        ),
    }
)
