"""Calendar objects and address objects (RFC 5545, RFC 6350): read by libraries, held to their collection's rules, matched.

The libraries are those of the extra ``calendars``, imported when an object is read first. ``calendar_data`` splits streams
into objects and needs none of them.
"""
