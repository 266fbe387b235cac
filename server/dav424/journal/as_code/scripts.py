"""Requests as scripts: Python with requests, JavaScript with fetch, and PHP with its own streams."""

from __future__ import annotations

import base64
import json

from dav424.journal.as_code.coded import Coded, concatenated, double_quoted, quoted_for_python


def python(request: Coded) -> str:
    """Write a script for Python with the package ``requests``."""
    call = python_call(request, quoted_for_python(request.uri))
    return f"import requests\n\nanswer = {call}\nprint(answer.status_code, answer.reason)\nprint(answer.text)\n"


def python_call(request: Coded, url: str, indent: str = "") -> str:
    """Write the call that sends a request; ``url`` is an expression."""
    inner = f"{indent}    "
    arguments = [quoted_for_python(request.method), url]
    if request.sent_headers:
        arguments.append(f"headers={json.dumps(request.sent_headers, ensure_ascii=False)}")
    if request.user:
        encode = "" if f"{request.user}{request.password}".isascii() else ".encode()"  # requests knows ISO-8859-1 alone
        user, password = quoted_for_python(request.user), quoted_for_python(request.password)
        arguments.append(f"auth=({user}{encode}, {password}{encode})")
    if request.body:
        arguments.append(f"data={_python_body(request, f'{inner}    ')}")
    arguments.append("allow_redirects=False")
    joined = f",\n{inner}".join(arguments)
    return f"requests.request(\n{inner}{joined},\n{indent})"


def _python_body(request: Coded, indent: str) -> str:
    text = request.text
    if text is None:
        return repr(request.body)
    return f"(\n{indent}{concatenated(text, '', indent, quoted_for_python)}\n{indent[:-4]}).encode()"


def javascript(request: Coded) -> str:
    """Write a module for JavaScript, for a browser or for Node."""
    options = [f"  method: {double_quoted(request.method)},"]
    if request.sent_headers or request.user:
        headers = [
            f"    {double_quoted(name)}: {double_quoted(value)}," for name, value in request.sent_headers.items()
        ]
        if request.user:
            login = double_quoted(f"{request.user}:{request.password}")
            if not login.isascii() or "\\u" in login:  # btoa takes ISO-8859-1 alone
                login = f"String.fromCharCode(...new TextEncoder().encode({login}))"
            headers.append(f'    "Authorization": "Basic " + btoa({login}),')
        options += ["  headers: {", *headers, "  },"]
    if request.body:
        text = request.text
        if text is None:
            encoded = base64.b64encode(request.body).decode()
            options.append(f'  body: Uint8Array.from(atob("{encoded}"), (c) => c.charCodeAt(0)),')
        else:
            options.append(f"  body:\n    {concatenated(text, ' +', '    ')},")
    options.append('  redirect: "manual",')
    return "\n".join(
        [
            f"const answer = await fetch({double_quoted(request.uri)}, {{",
            *options,
            "});",
            "console.log(answer.status, answer.statusText);",
            "console.log(await answer.text());",
            "",
        ]
    )


def php(request: Coded) -> str:
    """Write a script for PHP; a status of 400 or more is no error in it."""
    headers = [f"{name}: {value}" for name, value in request.sent_headers.items()]
    lines = [f"        {_php(header)}," for header in headers]
    if request.user:
        lines.append(f"        'Authorization: Basic ' . base64_encode({_php(f'{request.user}:{request.password}')}),")
    text = request.text
    body = _php(text) if text is not None else f"base64_decode('{base64.b64encode(request.body).decode()}')"
    return "\n".join(
        [
            "<?php",
            "$context = stream_context_create(['http' => [",
            f"    'method' => {_php(request.method)},",
            "    'header' => [",
            *lines,
            "    ],",
            *([f"    'content' => {body},"] if request.body else []),
            "    'protocol_version' => 1.1,",
            "    'follow_location' => 0,",
            "    'ignore_errors' => true,",
            "]]);",
            f"$body = file_get_contents({_php(request.uri)}, false, $context);",
            'echo $http_response_header[0], "\\n", $body;',
            "",
        ]
    )


def _php(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
