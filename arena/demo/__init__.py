"""The two commands: how a bare Python gets to a running arena, and to a tested one."""
