"""cadaver: commands on its standard input; it prints ``failed`` or ``succeeded``."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from answering import Calls, Failure, Value, answer

HOME = tempfile.TemporaryDirectory()


def cadaver(*arguments: str, commands: str = "") -> str:
    done = subprocess.run(
        ["cadaver", *arguments],
        input=commands,
        cwd=HOME.name,
        env={"HOME": HOME.name, "PATH": os.environ["PATH"], "LC_ALL": "C"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout


def connect(url: str) -> Calls:
    def ask(*commands: str) -> str:
        said = cadaver(url + "/", commands="\n".join(commands) + "\nquit\n")
        without = re.sub(r"^dav:.*\n|^Connection to .* closed\.\n", "", said, flags=re.MULTILINE)
        return re.sub(r"\[[=>. ]*\]?(?= (succeeded|failed))", "...", without)  # how far an upload got

    def told(*commands: str) -> Any:
        said = " ".join(ask(*commands).split())
        return Failure(f"printed {said}") if "failed" in said or "Could not access" in said else f"printed {said}"

    def here(path: str) -> str:
        return path.strip("/")

    def put(path: str, content: str) -> Any:
        Path(HOME.name, "upload").write_text(content)
        return told(f"put upload {here(path)}")

    def get(path: str) -> Value:
        ask(f"get {here(path)} download")
        return Value(Path(HOME.name, "download").read_text())

    def proppatch(path: str, properties: list[list[str]]) -> Any:
        return told(
            *(
                command
                for namespace, name, value in properties
                for command in (f"set namespace {namespace}", f"propset {here(path)} {name} {value}")
            )
        )

    def propget(path: str, namespace: str, name: str) -> Value:
        return Value(ask(f"set namespace {namespace}", f"propget {here(path)} {name}").partition(" is: ")[2].strip())

    def folder(path: str) -> str:
        return here(path) + ("/" if path.endswith("/") else "")

    return {
        "mkdir": lambda path: told(f"mkcol {here(path)}"),
        "put": put,
        "list": lambda path: Value(re.findall(r"^ +(\S+) ", ask(f"ls {here(path)}"), re.MULTILINE)),
        "get": get,
        "proppatch": proppatch,
        "propget": propget,
        "copy": lambda source, to: told(f"copy {folder(source)} {folder(to)}"),
        "move": lambda source, to: told(f"move {folder(source)} {folder(to)}"),
        "lock": lambda path: told(f"lock {folder(path)}"),
        "unlock": lambda path: told(f"steal {here(path)}", f"unlock {here(path)}"),
        "delete": lambda path: told(f"{'rmcol' if path.endswith('/') else 'delete'} {here(path)}"),
    }


answer(cadaver("--version").split()[1], connect)
