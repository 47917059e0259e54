"""What one may do: each public method is one transaction."""
