"""The model process: it holds models, and answers whoever asks over a pipe.

A front that must stay quick (the workbench) has the models of another process look things up and
write for it. `client` is the front's end and loads no torch; `server` is the process.
"""
