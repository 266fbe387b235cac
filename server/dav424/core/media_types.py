"""The media type of a document for which neither a client nor a scenario named one: by the suffix of its name.

Python's ``mimetypes`` reads tables of the machine, and its own differs from one Python to the next. With one table, the
same request gets the same bytes on every machine. The types are those that IANA has registered, where it has one.
A compressed file has the type of its compression (RFC 9110 8.3): ``a.tar.gz`` is ``application/gzip``.
"""

from __future__ import annotations

from posixpath import splitext

UNKNOWN_TYPE = "application/octet-stream"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"

_SUFFIXES_BY_TYPE: dict[str, str] = {
    "application/atom+xml": "atom",
    "application/epub+zip": "epub",
    "application/geo+json": "geojson",
    "application/gpx+xml": "gpx",
    "application/gzip": "gz tgz svgz",
    "application/java-archive": "jar",
    "application/json": "json map",
    "application/ld+json": "jsonld",
    "application/manifest+json": "webmanifest",
    "application/mbox": "mbox",
    "application/msword": "doc dot",
    "application/octet-stream": "bin dll exe img iso so",
    "application/pdf": "pdf",
    "application/pgp-encrypted": "pgp",
    "application/pgp-signature": "sig",
    "application/postscript": "ai eps ps",
    "application/rdf+xml": "rdf",
    "application/rss+xml": "rss",
    "application/rtf": "rtf",
    "application/sql": "sql",
    "application/vnd.android.package-archive": "apk",
    "application/vnd.google-earth.kml+xml": "kml",
    "application/vnd.google-earth.kmz": "kmz",
    "application/vnd.ms-excel": "xls xlt",
    "application/vnd.ms-fontobject": "eot",
    "application/vnd.ms-outlook": "msg",
    "application/vnd.ms-powerpoint": "pot pps ppt",
    "application/vnd.rar": "rar",
    "application/vnd.sqlite3": "db sqlite sqlite3",
    "application/vnd.visio": "vsd",
    "application/wasm": "wasm",
    "application/x-7z-compressed": "7z",
    "application/x-bzip2": "bz2",
    "application/x-compress": "z",
    "application/x-sh": "sh",
    "application/x-tar": "tar",
    "application/x-xz": "xz",
    "application/xhtml+xml": "xht xhtml",
    "application/xml": "xml xsd xsl xslt",
    "application/yaml": "yaml yml",
    "application/zip": "zip",
    "application/zstd": "zst",
    f"{_ODF}.chart": "odc",
    f"{_ODF}.graphics": "odg",
    f"{_ODF}.presentation": "odp",
    f"{_ODF}.spreadsheet": "ods",
    f"{_ODF}.text": "odt",
    f"{_OFFICE}.presentationml.presentation": "pptx",
    f"{_OFFICE}.spreadsheetml.sheet": "xlsx",
    f"{_OFFICE}.wordprocessingml.document": "docx",
    "audio/aac": "aac",
    "audio/flac": "flac",
    "audio/midi": "mid midi",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "oga ogg opus",
    "audio/vnd.wave": "wav",
    "font/otf": "otf",
    "font/ttf": "ttf",
    "font/woff": "woff",
    "font/woff2": "woff2",
    "image/avif": "avif",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/heif": "heif",
    "image/jpeg": "jpe jpeg jpg",
    "image/jxl": "jxl",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tif tiff",
    "image/vnd.adobe.photoshop": "psd",
    "image/vnd.microsoft.icon": "ico",
    "image/webp": "webp",
    "message/rfc822": "eml mht mhtml",
    "text/calendar": "ics ifb",
    "text/css": "css",
    "text/csv": "csv",
    "text/html": "htm html",
    "text/javascript": "js mjs",
    "text/markdown": "markdown md",
    "text/plain": "c conf h ini log py text toml txt",
    "text/tab-separated-values": "tsv",
    "text/turtle": "ttl",
    "text/vcard": "vcard vcf",
    "text/vtt": "vtt",
    "video/matroska": "mkv",
    "video/mp4": "m4v mp4",
    "video/mpeg": "mpeg mpg",
    "video/ogg": "ogv",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-msvideo": "avi",
}
_TYPES = {suffix: name for name, suffixes in _SUFFIXES_BY_TYPE.items() for suffix in suffixes.split()}


def guess_type(name: str) -> str:
    """Guess a media type from the suffix of a file name, in upper or lower case.

    >>> guess_type("notes.TXT"), guess_type("backup.tar.gz"), guess_type("README")
    ('text/plain', 'application/gzip', 'application/octet-stream')
    """
    return _TYPES.get(splitext(name)[1][1:].lower(), UNKNOWN_TYPE)
