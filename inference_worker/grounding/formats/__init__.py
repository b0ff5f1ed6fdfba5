"""The formats, one file each. They import the machinery beside this folder and never each other."""
