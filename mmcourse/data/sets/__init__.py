"""The sets of the course, one file each with a function `load(**options)`."""
