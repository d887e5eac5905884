"""Prepares the database, then keeps the web server and the worker running until told to stop."""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
sys.path.insert(0, str(ROOT))
os.environ["PYTHONPATH"] = str(ROOT)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def prepare(*, empty: bool, laws: str | None) -> None:
    """Set up the database; a fresh one is filled with the demo district unless `empty`."""
    import django
    from django.core.management import CommandError, call_command
    from django.db import connection

    django.setup()
    is_fresh = "django_migrations" not in connection.introspection.table_names()
    call_command("setup", verbosity=0)
    if is_fresh and not empty:
        print("Filling the demo district (once)", file=sys.stderr)
        call_command("seed_demo", stdout=sys.stderr)
    if laws:
        texts = sorted(str(p) for p in Path(laws).rglob("*") if p.suffix.lower() in (".md", ".txt", ".docx"))
        if not texts:
            raise SystemExit(f"No law texts (.md, .txt, .docx) in {laws}.")
        try:
            call_command("import_law", *texts, stdout=sys.stderr)
        except CommandError as error:  # what was refused is named; the others are in the library
            print(error, file=sys.stderr)
    from training.demo import accounts

    password = accounts.demo_password()
    connection.close()
    if password:
        print(f"Demo accounts: {' '.join(accounts.usernames())}", file=sys.stderr)
        print(f"Password of all demo accounts: {password}", file=sys.stderr)


def refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise SystemExit(f"Port {port} is taken: stop what runs there, or choose another with --port.") from None


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--empty", action="store_true")
    parser.add_argument("--laws")
    options = parser.parse_args()
    os.chdir(ROOT)
    refuse_taken(options.port)
    prepare(empty=options.empty, laws=options.laws)

    workers = os.environ.get("WEB_WORKERS", "2")
    server = [
        str(BIN / "granian"),
        "--interface",
        "wsgi",
        "--host",
        os.environ.get("HOST", "127.0.0.1"),
        "--port",
        str(options.port),
    ]
    server += [
        "--workers",
        workers,
        "--blocking-threads",
        os.environ.get("WEB_THREADS", "4"),
        "--no-ws",
        "--log-level",
        "warning",
    ]
    server += ["--respawn-failed-workers", "config.wsgi:application"]
    processes = [
        subprocess.Popen(server),
        subprocess.Popen(
            [sys.executable, "manage.py", "db_worker", "--interval", "0.5", "--no-startup-delay", "--verbosity", "0"]
        ),
    ]
    stopping = False

    def stop(*_):
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"Serving on http://127.0.0.1:{options.port} (Ctrl+C stops)", file=sys.stderr)
    status = 0
    while not stopping:
        time.sleep(0.2)
        ended = next((p for p in processes if p.poll() is not None), None)
        if ended is not None:
            status = ended.returncode or 1
            print("A server process ended; stopping.", file=sys.stderr)
            break
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
    return status


if __name__ == "__main__":
    sys.exit(main())
