"""The paper: dated rules, words and tables. No logic; see README.md in this folder."""
