"""RFC 4918 on the wire: request headers and XML in, XML out, live properties."""
