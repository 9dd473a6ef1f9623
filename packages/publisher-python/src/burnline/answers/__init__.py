"""What providers' answers say, one file for each API."""
