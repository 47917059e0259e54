"""What happens here, told to partners: who wants to hear of it, and how it is said."""
