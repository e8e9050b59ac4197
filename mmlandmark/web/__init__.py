"""The page in a browser: ``python -m mmlandmark.web`` (``pip install 'mmlandmark[web]'``).

Gradio is not used: its pictures have no points to be dragged, so the page would have been
written by hand inside it all the same; it keeps what is uploaded on disk and serves its
cache to everyone; and it brings 35 packages and holds Pillow back.
Starlette and uvicorn are four small packages, and the page is a few static files.

The way of a film through the modules: ``app`` takes the request, ``memory`` reads and
keeps the film, ``finding`` finds the points, ``sheets`` measures what the page sends back
and makes the downloads. The page keeps the points; the server keeps the film alone.
"""
