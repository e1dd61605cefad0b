"""The command `maxctl`."""

from maxctl.cli.main import main

if __name__ == "__main__":
    main()
