"""The draw of experts, without Django: anybody who holds the frozen file can run it again."""
