"""The page in a browser: ``mmlandmark web`` (``pip install 'mmlandmark[web]'``).

``app`` routes requests, ``uploads`` reads images, ``sessions`` keeps them in memory,
``finding`` detects points, ``requests`` validates what the page sends back, and
``reports`` computes measurements and downloads. ``server`` and ``security`` protect against
slow clients and other sites. The browser keeps the points; the server only the image.

Gradio is not used: its images have no draggable points, it stores uploads on disk and
serves its cache to everyone, and it needs 35 packages and an old Pillow. Starlette and
uvicorn are four small packages, and the page is a few static files.
"""
