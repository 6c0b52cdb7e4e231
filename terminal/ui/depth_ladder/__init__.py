"""The depth ladder: the book by price, and trading on it by mouse."""
