"""The methods and headers of Microsoft Exchange and of Windows clients."""
