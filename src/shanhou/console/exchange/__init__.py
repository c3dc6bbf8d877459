"""What goes between the console and the portal, and back."""
