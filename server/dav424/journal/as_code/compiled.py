"""Requests as programs: Go, Java and C#, each with the HTTP client of its standard library."""

from __future__ import annotations

import base64

from dav424.journal.as_code.coded import Coded, concatenated, double_quoted

_PIECE = 60_000
"""In characters: a constant of Java has at most 65,535 bytes."""
_LONGEST_IN_JAVA, _MOST_LINES_IN_JAVA = 20_000, 1000
"""Javac joins the lines to one constant, with a stack that grows with their number."""


def go(request: Coded) -> str:
    """Write a program for Go."""
    body = _go_body(request) if request.body else "nil"
    headers = [f"\trequest.Header.Set({_go(name)}, {_go(value)})" for name, value in request.sent_headers.items()]
    if request.user:
        headers.append(f"\trequest.SetBasicAuth({_go(request.user)}, {_go(request.password)})")
    imports = ["fmt", "io", "net/http", *(["strings"] if request.body else [])]
    return "\n".join(
        [
            "package main",
            "",
            "import (",
            *(f'\t"{name}"' for name in imports),
            ")",
            "",
            "func main() {",
            f"\trequest, err := http.NewRequest({_go(request.method)}, {_go(request.uri)}, {body})",
            "\tif err != nil {",
            "\t\tpanic(err)",
            "\t}",
            *headers,
            "\tanswer, err := http.DefaultTransport.RoundTrip(request)",
            "\tif err != nil {",
            "\t\tpanic(err)",
            "\t}",
            "\tdefer answer.Body.Close()",
            "\tbody, err := io.ReadAll(answer.Body)",
            "\tif err != nil {",
            "\t\tpanic(err)",
            "\t}",
            '\tfmt.Printf("%s\\n%s", answer.Status, body)',
            "}",
            "",
        ]
    )


def _go_body(request: Coded) -> str:
    text = request.text
    if text is None:
        return "strings.NewReader(" + '"' + "".join(f"\\x{byte:02x}" for byte in request.body) + '")'
    lines = " +\n\t\t".join(map(_go, text.splitlines(keepends=True)))
    return f"strings.NewReader(\n\t\t{lines})"


def _go(text: str) -> str:
    """Write a text in double quotes; Go reads characters beyond ASCII unescaped."""
    named = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(named.get(each, each if each >= " " else f"\\x{ord(each):02x}") for each in text) + '"'


def java(request: Coded) -> str:
    """Write a program for Java 11 or newer, which ``java Send.java`` runs."""
    text = request.text
    if not request.body:
        publisher = "HttpRequest.BodyPublishers.ofByteArray(new byte[0])"
    elif text is None or len(text) > _LONGEST_IN_JAVA or text.count("\n") > _MOST_LINES_IN_JAVA:
        encoded = base64.b64encode(request.body).decode()
        pieces = [f'"{encoded[at : at + _PIECE]}"' for at in range(0, len(encoded), _PIECE)]
        joined = pieces[0] if len(pieces) == 1 else f'String.join("", {", ".join(pieces)})'
        publisher = f"HttpRequest.BodyPublishers.ofByteArray(java.util.Base64.getDecoder().decode({joined}))"
    else:
        publisher = f"HttpRequest.BodyPublishers.ofString(\n                {concatenated(text, ' +', ' ' * 16)})"
    headers = [
        f"            .header({double_quoted(name)}, {double_quoted(value)})"
        for name, value in request.sent_headers.items()
    ]
    if request.user:
        login = base64.b64encode(f"{request.user}:{request.password}".encode()).decode()
        headers.append(f'            .header("Authorization", "Basic {login}")')
    return "\n".join(
        [
            "import java.net.URI;",
            "import java.net.http.HttpClient;",
            "import java.net.http.HttpRequest;",
            "import java.net.http.HttpResponse;",
            "",
            "public class Send {",
            "    public static void main(String[] arguments) throws Exception {",
            f"        HttpRequest request = HttpRequest.newBuilder(URI.create({double_quoted(request.uri)}))",
            *headers,
            f"            .method({double_quoted(request.method)}, {publisher})",
            "            .build();",
            "        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();",
            "        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());",
            "        System.out.println(answer.statusCode());",
            "        System.out.print(answer.body());",
            "    }",
            "}",
            "",
        ]
    )


def csharp(request: Coded) -> str:
    """Write top-level statements for C# 9 or newer."""
    target = f"new HttpMethod({double_quoted(request.method)}), {double_quoted(request.uri)}"
    lines = [
        "using System;",
        "using System.Net.Http;",
        "",
        "using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });",
        f"using var request = new HttpRequestMessage({target});",
    ]
    if request.body:
        lines.append(
            f"request.Content = new ByteArrayContent(Convert.FromBase64String(\n    {_base64(request.body)}));"
        )
    for name, value in request.sent_headers.items():
        owner = (
            "request.Content!.Headers" if request.body and name.lower().startswith("content-") else "request.Headers"
        )
        lines.append(f"{owner}.TryAddWithoutValidation({double_quoted(name)}, {double_quoted(value)});")
    if request.user:
        login = base64.b64encode(f"{request.user}:{request.password}".encode()).decode()
        lines.append(f'request.Headers.TryAddWithoutValidation("Authorization", "Basic {login}");')
    return "\n".join(
        [
            *lines,
            "using var answer = await client.SendAsync(request);",
            'Console.WriteLine($"{(int)answer.StatusCode} {answer.ReasonPhrase}");',
            "Console.Write(await answer.Content.ReadAsStringAsync());",
            "",
        ]
    )


def _base64(body: bytes) -> str:
    encoded = base64.b64encode(body).decode()
    return " +\n    ".join(f'"{encoded[at : at + 100]}"' for at in range(0, len(encoded), 100))
