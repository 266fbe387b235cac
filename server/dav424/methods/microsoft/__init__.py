"""The methods of Microsoft Exchange, and a header of Windows clients."""
