"""Ask the service in this container whether it is ready; the exit status answers."""

import os
import sys
import urllib.error
import urllib.request

URL = f"http://127.0.0.1:{os.environ.get('PORT') or 5000}/health/ready"


def main():
    """Return 0 when the model is loaded and the service answers."""
    try:
        with urllib.request.urlopen(URL, timeout=3) as answer:
            return 0 if answer.status == 200 else 1
    except (urllib.error.URLError, OSError) as error:
        print(f"{URL}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
