"""Programs in which outside tools read what the product writes, in environments of their own."""
