"""What goes out: resources to files here; to servers and the shared record (DMP) with their own modules."""
