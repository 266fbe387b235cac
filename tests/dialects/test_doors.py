"""Dialects at every door: the admin API, the command line, WSGI, WsgiDAV, and the package for tests."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp

from dav424.testing import AdminError, Server
from dav424.wsgi import application
from dav424.wsgidav import Causes, ScenarioProvider
from tests.admin.conftest import Api
from tests.client import Client
from tests.commands.test_cli import dav424, running
from tests.dialects.conftest import Speak, Speaking
from tests.dialects.test_selection import RFC_TYPE, spoken

OWN = "title: Mine\nsource: this test\nxml-type: text/own\nlocks-dropped: [PUT]\n"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A file with a dialect, ``own``, that has a fault."""
    file = tmp_path / "own.yaml"
    file.write_text(OWN)
    return file


class TestAdminApi:
    """The routes under ``/-/``."""

    @pytest.fixture
    def speaking(self, speak: Speak) -> Speaking:
        """A server with a dialect that has a fault."""
        return speak("xml-type: text/tried\nlocks-dropped: [PUT]")

    @pytest.fixture
    def api(self, speaking: Speaking) -> Api:
        """Its admin API."""
        return Api(speaking.url)

    @pytest.mark.parametrize(("method", "path"), [("PUT", "spaces/b"), ("POST", "spaces")])
    def test_a_space_gets_its_dialect(self, api: Api, speaking: Speaking, method: str, path: str) -> None:
        """The answer says which faults are left out, in a note and as data; GET says it again."""
        made = api(method, path, {"name": "b", "dialect": "tried"})
        assert made.headers["Dav424-Note"] == (
            "the faults of the dialect 'tried' are left out (locks-dropped); name it 'tried!' to have them"
        )
        for said in (made, api("GET", "spaces/b")):
            assert (said.json["dialect"], said.json["faults-left-out"]) == ("tried", ["locks-dropped"])
        assert spoken(speaking.client_of("b")) == "text/tried"

    def test_a_space_with_faults_leaves_nothing_out(self, api: Api) -> None:
        """The name has the exclamation mark."""
        made = api("PUT", "spaces/b", {"dialect": "tried!"})
        assert (made.json["dialect"], made.json["faults-left-out"], "Dav424-Note" in made.headers) == (
            "tried!",
            [],
            False,
        )

    def test_a_space_without_a_dialect(self, api: Api) -> None:
        """It leaves it to the scenario or the server."""
        made = api("PUT", "spaces/b", {})
        assert (made.json["dialect"], made.json["faults-left-out"]) == ("", [])

    def test_a_space_that_exists_can_get_another_dialect(self, api: Api, speaking: Speaking) -> None:
        """It is no part of its state: the default space can have one, too; a PUT without the key changes nothing."""
        api("PUT", "spaces/default", {"dialect": "tried"})
        assert spoken(Client(f"{speaking.url}test/")) == "text/tried"
        assert api("PUT", "spaces/default", {}).json["dialect"] == "tried"
        assert api("PUT", "spaces/default", {"dialect": "rfc4918"}).json["dialect"] == "rfc4918"
        assert spoken(Client(f"{speaking.url}test/")) == RFC_TYPE

    @pytest.mark.parametrize("name", ["klingon", "klingon!", "tried!!", "a~b", ""])
    def test_an_unknown_dialect_is_refused(self, api: Api, name: str) -> None:
        """The error points at the key, and no space is made."""
        said = api("PUT", "spaces/b", {"dialect": name})
        assert (said.status, said.pointers) == (422, ["/dialect"])
        assert api("GET", "spaces/b").status == 404

    def test_the_dialects_are_listed(self, api: Api) -> None:
        """With their traits, and the faults among them."""
        listed = {each["name"]: each for each in api("GET", "dialects").json}
        assert {"apache", "rfc4918", "tried"} <= listed.keys()
        assert listed["tried"]["traits"] == {"xml-type": "text/tried", "locks-dropped": ["PUT"]}
        assert (listed["tried"]["faults"], listed["rfc4918"]["traits"]) == (["locks-dropped"], {})

    def test_the_traits_are_listed(self, api: Api) -> None:
        """Each with its kind and its default."""
        listed = {each["name"]: each for each in api("GET", "traits").json}
        assert (listed["depth-infinity"]["kind"], listed["depth-infinity"]["default"]) == ("offer", "answered")
        assert listed["depth-infinity"]["values"]["enum"] == ["answered", "cut", "refused"]
        assert listed["locks-dropped"]["kind"] == "fault"

    @pytest.mark.parametrize(
        ("text", "messages"),
        [
            ("extends: apache\nsource: x", []),
            ("extends: apach\nsource: x", ["there is no dialect 'apach'; did you mean 'apache'?"]),
            ("xml-typ: x", ["unknown key 'xml-typ'; did you mean 'xml-type'?"]),
            ("title: x\ndialect: trie", ["there is no dialect 'trie'; did you mean 'tried'?"]),
            ("title: x\ndialect: tried", []),
        ],
    )
    def test_a_file_is_checked(self, api: Api, text: str, messages: list[str]) -> None:
        """A dialect is recognised; a scenario can name a dialect of the server."""
        assert [each["message"] for each in api("POST", "check", {"text": text}).json["problems"]] == messages

    @pytest.mark.parametrize(
        ("text", "note"),
        [
            (OWN, "note: locks-dropped is a fault, which works only where the dialect is named NAME!"),
            (
                "title: x\ndialect: tried",
                "note: the faults of the dialect 'tried' are left out (locks-dropped); name it 'tried!' to have them",
            ),
        ],
    )
    def test_a_check_says_which_faults_are_left_out(self, api: Api, text: str, note: str) -> None:
        """Of a dialect, and of a scenario that names one."""
        said = api("POST", "check", {"text": text}).json
        assert (said["problems"], [each["message"] for each in said["notes"]]) == ([], [note])


class TestCommandLine:
    """``dav424 serve``, ``check``, ``try`` and ``schema``."""

    def test_a_server_answers_in_a_dialect_of_a_file(self, own: Path) -> None:
        """Its name is that of the file; what it leaves out is on stderr."""
        with running("--port", "0", "--dialect", str(own)) as (process, url):
            assert spoken(Client(f"{url}playground/")) == "text/own"
            assert spoken(Client(f"{url}s/a~rfc4918/playground/")) == RFC_TYPE
            assert process.stderr is not None
            assert process.stderr.readline() == (
                "dav424: note: the faults of the dialect 'own' are left out (locks-dropped); name it 'own!' to have them\n"
            )

    def test_dialects_are_added(self, own: Path) -> None:
        """From a folder; a URL names one."""
        with running("--port", "0", "--dialects", str(own.parent)) as (_, url):
            assert spoken(Client(f"{url}playground/")) == RFC_TYPE
            assert spoken(Client(f"{url}s/a~own/playground/")) == "text/own"

    def test_variables_do_the_same(self, own: Path) -> None:
        """As for all flags."""
        with running("--port", "0", DAV424_DIALECTS=str(own), DAV424_DIALECT="own!") as (_, url):
            assert spoken(Client(f"{url}playground/")) == "text/own"

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--dialect", "apach"], "dav424: --dialect: there is no dialect 'apach'; did you mean 'apache'?\n"),
            (["--dialect", "/nowhere.yaml"], "/nowhere.yaml:1:1: no dialect file at this path"),
            (["--dialects", "/nowhere"], "/nowhere:1:1: no dialect file at this path"),
        ],
    )
    def test_a_wrong_flag_is_told(self, arguments: list[str], said: str) -> None:
        """With what to do, and the exit status 2."""
        run = dav424("serve", "--port", "0", *arguments)
        assert (run.returncode, run.stderr[: len(said)]) == (2, said)

    def test_a_folder_answers_in_the_dialect_of_its_file(self, own: Path, tmp_path: Path) -> None:
        """The file of its causes can name one of the user's dialects, and no unknown one."""
        folder, causes = tmp_path / "files", tmp_path / "causes.yml"
        folder.mkdir()
        causes.write_text("title: Files\ndialect: own\n")
        flags = ["--port", "0", "--folder", str(folder), "--folder-causes", str(causes), "--dialects", str(own)]
        with running(*flags) as (_, url):
            assert spoken(Client(f"{url}folder/")) == "text/own"
        run = dav424("serve", *flags[:-2])
        assert run.returncode == 2
        assert run.stderr.startswith(f"{causes}:2:10: there is no dialect 'own'; use one of: apache, ")

    def test_a_note_about_a_fault(self, own: Path, tmp_path: Path) -> None:
        """``check`` says where the fault is, and which scenario leaves it out."""
        scenario = tmp_path / "mine.yaml"
        scenario.write_text("title: x\ndialect: own\n")
        assert dav424("check", str(own), str(scenario)).stdout.splitlines() == [
            f"{own}:4:1: note: locks-dropped is a fault, which works only where the dialect is named own!",
            f"{own}: ok",
            f"{scenario}:2:10: note: the faults of the dialect 'own' are left out (locks-dropped); name it 'own!' to have them",
            f"{scenario}: ok",
        ]

    def test_the_schema_is_the_committed_one(self) -> None:
        """``make schema`` writes it."""
        committed = (Path(__file__).parents[2] / "docs" / "dialect.schema.json").read_text()
        assert dav424("schema", "--dialect").stdout == committed

    def test_a_scenario_is_tried_in_a_dialect(self, own: Path) -> None:
        """The transcript has its answers."""
        assert "text/own" in dav424("try", "proppatch-protected", "--dialect", str(own)).stdout


@contextlib.contextmanager
def reloading(*flags: str) -> Iterator[tuple[Callable[[], str], str]]:
    """Serve; gives a function that sends SIGHUP and gives the next line of stderr, and the URL."""
    with running("--port", "0", *flags) as (process, url):
        yield lambda: said(process, signal.SIGHUP), url


def said(process: subprocess.Popen[str], sent: signal.Signals | None = None) -> str:
    """Wait for a line of stderr."""
    if sent is not None:
        process.send_signal(sent)
    lines: list[str] = []
    assert process.stderr is not None
    reader = threading.Thread(target=lambda: lines.append(process.stderr.readline()), daemon=True)
    reader.start()
    reader.join(30)
    return lines[0].rstrip("\n")


class TestReload:
    """Files that change while the server runs."""

    def test_a_changed_dialect_is_taken_up(self, own: Path) -> None:
        """At SIGHUP, from the next request on, with those that extend it."""
        (own.parent / "child.yaml").write_text("extends: own")
        own.write_text("xml-type: text/own")
        with reloading("--dialects", str(own.parent)) as (reload, url):
            client = Client(f"{url}s/a~child/playground/")
            assert spoken(client) == "text/own"
            assert reload() == "dav424: the scenarios and dialects have not changed"
            own.write_text("xml-type: text/changed")
            assert reload() == "dav424: took up dialects: own"
            assert spoken(client) == "text/changed"

    def test_a_mistake_changes_nothing(self, own: Path) -> None:
        """It is on stderr."""
        own.write_text("xml-type: text/own")
        with reloading("--dialects", str(own)) as (reload, url):
            own.write_text("xml-type: 5")
            assert reload() == "dav424: the scenarios and dialects stay as they were; solve these problems:"
            assert spoken(Client(f"{url}s/a~own/playground/")) == "text/own"

    def test_the_default_dialect_stays(self, own: Path) -> None:
        """A reload that would take it away changes nothing."""
        own.write_text("xml-type: text/own")
        (own.parent / "other.yaml").write_text("xml-type: text/other")
        with reloading("--dialects", str(own.parent), "--dialect", "own") as (reload, url):
            own.unlink()
            assert reload().startswith(
                "dav424: the scenarios and dialects stay as they were; --dialect: there is no dialect 'own'; "
            )
            assert spoken(Client(f"{url}playground/")) == "text/own"

    def test_watched_files_are_taken_up(self, own: Path) -> None:
        """Soon after they change, without a signal."""
        own.write_text("xml-type: text/own")
        with running("--port", "0", "--dialect", str(own), "--watch") as (process, url):
            assert spoken(Client(f"{url}playground/")) == "text/own"
            own.write_text("xml-type: text/changed")
            assert said(process) == "dav424: took up dialects: own"
            assert spoken(Client(f"{url}playground/")) == "text/changed"


class TestWsgi:
    """The application, mounted and alone, and the providers of WsgiDAV."""

    def types(self, app: object, *paths: str) -> list[str]:
        """Give the type of the multistatus at each path."""
        with httpx.Client(transport=httpx.WSGITransport(app), base_url="http://test") as client:  # type: ignore[arg-type]
            return [client.request("PROPFIND", path, headers={"Depth": "0"}).headers["Content-Type"] for path in paths]

    def test_an_application_has_dialects(self, own: Path) -> None:
        """By keyword and by URL."""
        app = application(dialects=own, dialect="own")
        assert self.types(app, "/playground/", "/s/a~rfc4918/playground/") == ["text/own", RFC_TYPE]

    def test_hrefs_below_a_prefix(self, own: Path) -> None:
        """They begin with the prefix, the space and the dialect."""
        app = DispatcherMiddleware(lambda *_: [], {"/dav": application(dialects=own)})
        with httpx.Client(transport=httpx.WSGITransport(app), base_url="http://test") as client:
            answer = client.request("PROPFIND", "/dav/s/a~own/playground/", headers={"Depth": "0"})
            assert answer.headers["Content-Type"] == "text/own"
            assert "<D:href>/dav/s/a~own/playground/</D:href>" in answer.text
            copied = {"Destination": "http://test/dav/s/a/playground/g"}
            assert client.put("/dav/s/a~own/playground/f", content=b"x").status_code == 201
            assert client.request("COPY", "/dav/s/a~own/playground/f", headers=copied).status_code == 201

    def test_an_unknown_dialect_is_an_error(self) -> None:
        """When the application is made."""
        with pytest.raises(ValueError, match="there is no dialect 'klingon'"):
            application(dialect="klingon")

    def test_providers_have_a_dialect(self, own: Path, tmp_path: Path) -> None:
        """A scenario in WsgiDAV, and causes over a folder."""
        for provider in (
            ScenarioProvider("playground", dialect=str(own)),
            Causes(FilesystemProvider(str(tmp_path)), dialects=[own], dialect="own"),
        ):
            app = WsgiDAVApp(
                {
                    "provider_mapping": {"/": provider},
                    "simple_dc": {"user_mapping": {"*": True}},
                    "logging": {"enable": False},
                }
            )
            assert self.types(app, "/") == ["text/own"]


class TestPackageForTests:
    """``dav424.testing``."""

    def test_a_space_in_a_dialect(self, own: Path) -> None:
        """By keyword, by URL and by user."""
        with Server(dialects=own) as server:
            space = server.space(dialect="own")
            assert spoken(Client(space.url)) == "text/own"
            plain = server.space()
            assert spoken(Client(plain.url)) == RFC_TYPE
            assert spoken(Client(plain.url_in("own"))) == "text/own"
            assert spoken(Client(f"{server.url}playground/"), plain.user("Ada", dialect="own")) == "text/own"
            assert [exchange.dialect for exchange in plain.journal] == ["", "own", "own"]
            assert f"--dialects {own}" in server.command

    def test_a_server_in_a_dialect(self) -> None:
        """All of its spaces answer in it, unless something else names another one."""
        with Server(dialect="apache") as server:
            assert spoken(Client(server.space().url)) == 'text/xml; charset="utf-8"'
            assert server.command.endswith("--dialect apache")

    def test_an_unknown_dialect(self) -> None:
        """The error of the admin API lists those that there are."""
        with Server() as server, pytest.raises(AdminError, match="apache"):
            server.space(dialect="klingon")
