"""The app, whose uploads are old after a second and looked through every second."""

import app

if __name__ == "__main__":
    app._CACHE_SECONDS = 1  # type: ignore[misc]
    app.main()
