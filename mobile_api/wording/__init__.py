"""What drivers are told, a file for each language; `texts` puts facts into the words."""
