"""The pages for a browser: HTML, and the same as text, of scenarios, lessons and journals.

They send requests to scenarios and to the admin API, as any client does, and have no other privilege.
"""
