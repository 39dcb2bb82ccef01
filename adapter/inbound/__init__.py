"""What comes in: files and (later) notifications, read leniently in form and strictly in content."""
