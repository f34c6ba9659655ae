"""``python -m verify`` is ``boundcheck``."""

from verify.cli import main  # light; the commands are imported inside

if __name__ == "__main__":
    raise SystemExit(main())
