"""The workbench on a whole screen. Its process never loads torch; models live in a process of their own."""
