"""What the tests of the page share."""

import time

#: Side of the drawn head in pixels.
SIZE = 480


def until(true, seconds=30.0):
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, 'it never came'
        time.sleep(0.02)


def sent(site, radiograph, name='a head.png'):
    """Send a radiograph; what the server answers."""
    done = site.ask('POST', '/images', radiograph.read_bytes(), {'X-Name': name})
    assert done.status == 200, done.data
    return done.values
