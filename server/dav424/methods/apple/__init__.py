"""Apple's bulk requests and CalendarServer's sharing."""
