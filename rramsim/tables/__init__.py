"""Result tables, one a file: each is declared once, with its columns, its key and what a row must hold."""
