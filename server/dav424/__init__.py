"""A WebDAV test server in which HTTP 424 Failed Dependency is caused, never configured."""

__version__ = "1.0.0"
