"""What the site learns of a model from the Hub before it is added: metadata, never weights."""
