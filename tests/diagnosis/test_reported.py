"""Answers as they stand in public bug reports, rewritten, each with the diagnosis that was given there.

A row has the report, the answer, the things that failed on their own with their statuses, the number of the things that
depended on them, whose turn it is, and which bytes can succeed later. The comment is what the maintainer or the reporter
found.
"""

from __future__ import annotations

from typing import Any

import pytest

from dav424.diagnosis import diagnose
from tests.diagnosis.reported import graph_error, member, multistatus, odata, parts, properties, sabre_error

USER, DEVELOPER, ADMINISTRATOR = "user", "developer", "administrator"
SAME, LATER, CHANGED, UNKNOWN = "same bytes", "same bytes later", "changed bytes", "unknown"
NOTHING: dict[str, Any] = {"failed": [], "dependent": 0, "turn": (), "retry": None}


def says(
    failed: list[tuple[str, int | None]], dependent: int, turn: str | tuple[str, ...], retry: str
) -> dict[str, Any]:
    """Give what a diagnosis must say."""
    return {
        "failed": failed,
        "dependent": dependent,
        "turn": (turn,) if isinstance(turn, str) else turn,
        "retry": retry,
    }


ICAL = 'xmlns:i="http://apple.com/ns/ical/"'
WIN = 'xmlns:z="urn:schemas-microsoft-com:"'
OK, FORBIDDEN, NOT_FOUND, CONFLICT = (
    "HTTP/1.1 200 OK",
    "HTTP/1.1 403 Forbidden",
    "HTTP/1.1 404 Not Found",
    "HTTP/1.1 409 Conflict",
)
LOCKED, DEPENDS, FULL = "HTTP/1.1 423 Locked", "HTTP/1.1 424 Failed Dependency", "HTTP/1.1 507 Insufficient Storage"
MCP = "Error retrieving tool list from MCP server: '{}'. Http status code: {}"

REPORTS: dict[str, tuple[str, dict[str, Any]]] = {
    # --- properties
    # The outer status is right: the failure stands in the multistatus.
    "owncloud/core#37079": (
        "PROPPATCH /dav/files/ada/a.txt HTTP/1.1\n\n" + multistatus(properties("/dav/files/ada/a.txt", (FORBIDDEN, '<x:owner xmlns:x="http://owncloud.org/ns"/>'))),
        says([("{http://owncloud.org/ns}owner of /dav/files/ada/a.txt", 403)], 0, ADMINISTRATOR, SAME),
    ),
    # A client took the 207 for success; it has to look into each propstat.
    "owncloud/core#28589": (
        multistatus(properties("/groups/a", (CONFLICT, '<x:display-name xmlns:x="http://owncloud.org/ns"/>'))),
        says([("{http://owncloud.org/ns}display-name of /groups/a", 409)], 0, DEVELOPER, CHANGED),
    ),
    # Only the colour is refused; the name gets 424 because of it, and the calendar is not created.
    "bitfireAT/davx5-ose#2211": (
        "MKCALENDAR /dav/calendars/user/ada/new/ HTTP/1.1\n\n"
        + multistatus(properties("/dav/calendars/user/ada/new/", (DEPENDS, "<d:displayname/><d:resourcetype/>"), (FORBIDDEN, f"<i:calendar-color {ICAL}/>"))),
        says([("{http://apple.com/ns/ical/}calendar-color of /dav/calendars/user/ada/new/", 403)], 2, ADMINISTRATOR, SAME),
    ),
    # The server refuses all properties but the colour; the rename depends on nothing and fails by itself.
    "XiovV/calich#70": (
        multistatus(properties("/cal/", (FORBIDDEN, "<d:displayname/>"))),
        says([("{DAV:}displayname of /cal/", 403)], 0, ADMINISTRATOR, SAME),
    ),
    # The Windows times are refused; the upload itself is there.
    "9001/copyparty#910": (
        multistatus(properties("/test.txt", (FORBIDDEN, f"<z:Win32CreationTime {WIN}/><z:Win32FileAttributes {WIN}/>")), prefix="d"),
        says([("{urn:schemas-microsoft-com:}Win32CreationTime of /test.txt", 403), ("{urn:schemas-microsoft-com:}Win32FileAttributes of /test.txt", 403)], 0, ADMINISTRATOR, SAME),
    ),
    # The server refuses the whole PROPPATCH instead of each property, which Windows takes for a failed upload.
    "mar10/wsgidav#112": (
        "PROPPATCH /share/compat.py HTTP/1.1\n\nHTTP/1.1 403 Forbidden\nContent-Type: text/html\n\n<html><head><title>403 Forbidden</title></head><body><h1>Forbidden</h1></body></html>",
        says([("/share/compat.py", 403)], 0, ADMINISTRATOR, SAME),
    ),
    # A malformed time is a conflict with what the property can hold.
    "messense/dav-server-rs#70": (
        multistatus(properties("/a.bin", (CONFLICT, f"<z:Win32LastModifiedTime {WIN}/>"))),
        says([("{urn:schemas-microsoft-com:}Win32LastModifiedTime of /a.bin", 409)], 0, DEVELOPER, CHANGED),
    ),
    # The server has no such file, and says so in a propstat: PROPFIND finds nothing, which is no failure of a write.
    "skazantsev/WebDavClient#83": (multistatus(properties("/some/file.name", (NOT_FOUND, ""))), NOTHING),
    # The same of nginx: the client must look at the status of the propstat.
    "perry-mitchell/webdav-client#258": (multistatus(properties("/dav/none", (NOT_FOUND, "")), prefix="d"), NOTHING),
    # A propstat with no property in it beside the successful one is odd and harmless.
    "lennart-k/rustical#249": (multistatus(properties("/cal/", (OK, "<d:displayname/>"), (NOT_FOUND, ""))), NOTHING),
    # Properties that a server doesn't have are 404 beside those that it has.
    "super-productivity/super-productivity#1192": (
        multistatus(properties("/cal/", (OK, "<d:displayname>Work</d:displayname>"), (NOT_FOUND, '<c:calendar-description xmlns:c="urn:ietf:params:xml:ns:caldav"/>'))),
        NOTHING,
    ),
    "bitfireAT/davdroid#414": (
        multistatus(properties("/cal/", (OK, '<d:getetag>"1"</d:getetag>'), (NOT_FOUND, '<s:getctag xmlns:s="http://calendarserver.org/ns/"/>'))),
        NOTHING,
    ),
    # Too little room for the property: one fails, the other one depends on it.
    "idempiere/idempiere-rest#380": (
        multistatus(properties("/a.txt", (FULL, '<x:note xmlns:x="urn:x"/>'), (DEPENDS, '<x:color xmlns:x="urn:x"/>'))),
        says([("{urn:x}note of /a.txt", 507)], 1, ADMINISTRATOR, SAME),
    ),
    # --- locks
    # The lock token was not in the If header, as Apache's log says: the 424 is about the lock on another resource.
    "BytemarkHosting/docker-webdav#22": (
        'DELETE /logs/hello3.txt HTTP/1.1\n\nHTTP/1.1 424 Failed Dependency\nContent-Type: text/xml; charset="utf-8"\n\n'
        + multistatus(member("/logs/", LOCKED), head=""),
        says([("/logs/", 423)], 1, USER, SAME),
    ),
    # Its access log alone: the cause is not in it.
    "BytemarkHosting/docker-webdav#22 log": (
        '172.17.0.1 - alice [21/Apr/2020:13:05:34 +0000] "DELETE /logs/hello3.txt HTTP/1.1" 424 572 "-" "client/1.0"',
        says([], 1, ADMINISTRATOR, UNKNOWN),
    ),
    # PUT into a locked folder: Apache says 207 with 424 and 423, and the library took it for success.
    "lookfirst/sardine#210": (
        "PUT /dir/testFile HTTP/1.1\n\n" + multistatus(member("/dir/testFile", DEPENDS), member("/dir/", LOCKED)),
        says([("/dir/", 423)], 1, USER, SAME),
    ),
    # A COPY onto a locked member has to fail: 423 of the member, 424 of the destination.
    "sabre-io/dav#213": (
        "COPY /a/ HTTP/1.1\nDestination: /b/\n\n" + multistatus(member("/b/", DEPENDS), member("/b/file.txt", LOCKED)),
        says([("/b/file.txt", 423)], 1, USER, SAME),
    ),
    # A LOCK of a tree with a locked member has to fail as a whole.
    "sabre-io/dav#127": (
        multistatus(member("/lock/exists1.txt", LOCKED), member("/lock/", DEPENDS)),
        says([("/lock/exists1.txt", 423)], 1, USER, SAME),
    ),
    # A DELETE of a calendar that answers 207 must be read: one event could not be deleted.
    "alainm23/planify#2196": (
        "DELETE /calendars/ada/list/ HTTP/1.1\n\n" + multistatus(member("/calendars/ada/list/task.ics", FORBIDDEN)),
        says([("/calendars/ada/list/task.ics", 403)], 0, ADMINISTRATOR, SAME),
    ),
    # A lock that an upload left behind; it goes by itself.
    "owncloud/core#20502": (
        sabre_error("423 Locked", r"OC\Connector\Sabre\Exception\FileLocked", '"docs/a.html" is locked'),
        says([("the request", 423)], 0, USER, SAME),
    ),
    "owncloud/core#26838": (
        '{"app":"webdav","message":"Exception: {\\"Message\\":\\"HTTP/1.1 423 \\\\\\"a.pdf\\\\\\" is locked\\"}"}',
        says([("the request", 423)], 0, USER, SAME),
    ),
    "owncloud/ios-library#114": ("move to / fails: error 423", says([("the request", 423)], 0, USER, SAME)),
    "nextcloud/server#1419": (
        sabre_error("423 Locked", r"OCA\DAV\Connector\Sabre\Exception\FileLocked", "&quot;files/ada/a.txt&quot; is locked"),
        says([("the request", 423)], 0, USER, SAME),
    ),
    # The client does not know the token of its own lock.
    "webdav (npm) Invalid response": ("Error: Invalid response: 423 Locked", says([("the request", 423)], 0, USER, SAME)),
    # --- room
    # Full, or a limit of the provider: the user asks the provider.
    "strongbox-password-safe/Strongbox#176": (
        "com.MattRajca.DAVKit.error error 507.", says([("the request", 507)], 0, ADMINISTRATOR, SAME)
    ),
    "owncloud/core#31284": (
        sabre_error("507 Insufficient Storage", r"Sabre\DAV\Exception\InsufficientStorage", ""),
        says([("the request", 507)], 0, ADMINISTRATOR, SAME),
    ),
    # 500 where 507 was meant: only the log of the server tells.
    "dCache/dcache#7747": ("curl: (22) The requested URL returned error: 500 Server Error", says([("the request", 500)], 0, ADMINISTRATOR, SAME)),
    "dCache/dcache#6098": ("HTTP/1.1 507 Insufficient Storage\n\n", says([("the request", 507)], 0, ADMINISTRATOR, SAME)),
    "aws quota": (
        sabre_error("507 Insufficient Storage", r"Sabre\DAV\Exception\InsufficientStorage", "Quota", "<d:quota-not-exceeded/>"),
        says([("the request", 507)], 0, USER, SAME),
    ),
    # --- calendars
    # The event is in another calendar of the user already: update that one.
    "cyrusimap/cyrus-imapd#2345": (
        'HTTP/1.1 403 Forbidden\nContent-Type: application/xml; charset=utf-8\n\n<D:error xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><C:no-uid-conflict><D:href>\n /dav/calendars/user/ada/other/1.ics</D:href></C:no-uid-conflict></D:error>',
        says([("the request", 403)], 0, DEVELOPER, CHANGED),
    ),
    "nextcloud/server#61640": (
        sabre_error("409 Conflict", r"OCA\DAV\CalDAV\Exception\UidConflict", "uid exists", '<cal:no-uid-conflict xmlns:cal="urn:ietf:params:xml:ns:caldav"><d:href>/cal/old.ics</d:href></cal:no-uid-conflict>'),
        says([("the request", 409)], 0, DEVELOPER, CHANGED),
    ),
    "cyrusimap/cyrus-imapd#2853": (
        'HTTP/1.1 403 Forbidden\n\n<D:error xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><C:no-uid-conflict/></D:error>',
        says([("the request", 403)], 0, DEVELOPER, CHANGED),
    ),
    # If-None-Match: * of a file that is there: the client has to read it first.
    "aluxnimm/outlookcaldavsynchronizer#484": (
        "WebDavClientException: Response status code does not indicate success: '412' ('Precondition failed'). Message:\n"
        + sabre_error("", r"Sabre\DAV\Exception\PreconditionFailed", "An If-None-Match header was specified, but the ETag matched (or * was specified).").partition("\n\n")[2],
        says([("the request", 412)], 0, DEVELOPER, CHANGED),
    ),
    "aluxnimm/outlookcaldavsynchronizer#286": (
        "CalDavSynchronizer.DataAccess.WebDavClientException: Response status code does not indicate success: '412' ('Precondition Failed')",
        says([("the request", 412)], 0, DEVELOPER, CHANGED),
    ),
    "Ivan-Malinovski/calino#110": (
        sabre_error("412 Precondition Failed", r"Sabre\DAV\Exception\PreconditionFailed", "An If-Match header was specified, but none of the specified ETags matched."),
        says([("the request", 412)], 0, DEVELOPER, CHANGED),
    ),
    # The server wrongly takes an update for a second event; only its log tells.
    "kristapsdz/kcaldav#19": (
        '192.0.2.1 - - [09/Jul/2024:10:00:00 +0000] "PUT /kcaldav/ada/calendar/1.ics HTTP/1.1" 403 0',
        says([("/kcaldav/ada/calendar/1.ics", 403)], 0, ADMINISTRATOR, SAME),
    ),
    "apple/ccs-calendarserver#220": (
        'HTTP/1.1 403 Forbidden\nContent-Type: text/xml\n\n<error xmlns="DAV:"><valid-calendar-data xmlns="urn:ietf:params:xml:ns:caldav"/></error>',
        says([("the request", 403)], 0, DEVELOPER, CHANGED),
    ),
    "apple/ccs-calendarserver#231": (
        '192.0.2.7 - ada [16/Jul/2008:16:50:24 -0500] "PROPFIND /principals/users/ada/ HTTP/1.1" 500 201 "-" "DAVKit/2.0"',
        says([("/principals/users/ada/", 500)], 0, ADMINISTRATOR, SAME),
    ),
    # A multiget with one event that is gone: only that one.
    "nextcloud/server#4668": (
        "REPORT /cal/ HTTP/1.1\n\n" + multistatus(properties("/cal/1.ics", (OK, '<d:getetag>"1"</d:getetag>')), member("/cal/2.ics", NOT_FOUND)),
        says([("/cal/2.ics", 404)], 0, DEVELOPER, SAME),
    ),
    # In sync-collection the same line tells that a member was deleted.
    "sabre-io/dav#1075": (
        multistatus(member("/cal/2.ics", NOT_FOUND), "<d:sync-token>http://sabre.io/ns/sync/3</d:sync-token>"), NOTHING
    ),
    # --- folders
    "dgraziotin/docker-nginx-webdav-nononsense#14": (
        '172.21.0.1 - - [10/Dec/2021:15:47:38 +0100] "MKCOL /New%20folder HTTP/1.1" 401 179 "-" "Microsoft-WebDAV-MiniRedir/10.0.22000"',
        says([("/New%20folder", 401)], 0, USER, SAME),
    ),
    "owncloud/client#5155": (
        "MKCOL /a/b/ HTTP/1.1\n\n" + sabre_error("409 Conflict", r"Sabre\DAV\Exception\Conflict", "Parent node does not exist"),
        says([("/a/b/", 409)], 0, DEVELOPER, SAME),
    ),
    "easywebdav#7": (
        "easywebdav.client.OperationFailed: Operation : create directory\nOperation code : MKCOL\nServer responded with error code: 405\nFailed to create it: Method Not Allowed",
        says([("the request", 405)], 0, DEVELOPER, CHANGED),
    ),
    "arut/nginx-dav-ext-module#16": ("HTTP/1.1 405 Not Allowed\nServer: nginx\n\n<html><head><title>405 Not Allowed</title></head></html>", says([("the request", 405)], 0, DEVELOPER, CHANGED)),
    # --- batches
    # The batch is 200 although one request was throttled and the others depended on it.
    "dotnet/dev-proxy#1358": (
        odata({"id": "1", "status": 429, "headers": {"Retry-After": "10"}, "body": graph_error("TooManyRequests", "Throttled")}, {"id": "2", "status": 424, "body": graph_error("FailedDependency", "")}),
        says([("request 1", 429)], 1, DEVELOPER, LATER),
    ),
    "microsoftgraph/microsoft-graph-docs-contrib#8883": (
        odata({"id": "1", "status": 200, "body": {}}, {"id": "2", "status": 429, "headers": {"Retry-After": "5"}}),
        says([("request 2", 429)], 0, DEVELOPER, LATER),
    ),
    # "Already there" is a failure for what depends on it.
    "microsoftgraph/msgraph-sdk-dotnet#1187": (
        odata({"id": "1", "status": 409, "body": graph_error("Conflict", "App is already installed")}, {"id": "2", "status": 424, "body": graph_error("FailedDependency", "")}),
        says([("request 1", 409)], 1, DEVELOPER, SAME),
    ),
    # Requests of one atomicity group may have a status of their own or 424.
    "oasis-tcs/odata-specs#662": (
        odata({"id": "1", "atomicityGroup": "g", "status": 424}, {"id": "2", "atomicityGroup": "g", "status": 400, "body": {"error": {"code": "x", "message": "bad"}}}, {"id": "3", "atomicityGroup": "g", "status": 424}),
        says([("request 2", 400)], 2, DEVELOPER, CHANGED),
    ),
    # A change set that fails is one answer for all its requests.
    "SAP/cloud-sdk-java#344": (
        parts('HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n\r\n{"error":{"code":"400","message":"Invalid"}}'),
        says([("request 1", 400)], 0, DEVELOPER, CHANGED),
    ),
    "SAP/cloud-sdk-js#5106": (
        'HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=batch_2\r\n\r\n--batch_2\r\nContent-Type: multipart/mixed;boundary=changeset_1\r\n\r\n--changeset_1\r\ncontent-type: application/http\r\ncontent-id: 1\r\n\r\nHTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n\r\n{"error":{"code":"400","message":"Property does not exist"}}\r\n--changeset_1--\r\n--batch_2--\r\n',
        says([("request 1.1", 400)], 0, DEVELOPER, CHANGED),
    ),
    # 200 outside, 500 inside: the parts have to be read.
    "saintsystems/odata-client-php#64": (
        parts("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nx", 'HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n\r\n{"error":{"code":"","message":"An error has occurred."}}'),
        says([("request 2", 500)], 0, ADMINISTRATOR, SAME),
    ),
    "SAP/open-ux-odata#835": (
        parts('HTTP/1.1 412 Precondition Failed\r\nContent-Type: application/json\r\n\r\n{"error":{"code":"412","message":"Confirm"}}'),
        says([("request 1", 412)], 0, DEVELOPER, CHANGED),
    ),
    "NLstn/go-odata#756": (parts("HTTP/1.1 400 Bad Request\r\n\r\n"), says([("request 1", 400)], 0, DEVELOPER, CHANGED)),
    "ui5/webcomponents batch": (
        odata({"id": "0", "status": "404", "body": {"error": {"message": "No such order"}}}, {"id": "1", "status": "424"}),
        says([("request 0", 404)], 1, DEVELOPER, SAME),
    ),
    # --- services
    # The server with the tools was local, and the service could not reach it.
    "dataforseo/mcp-server-typescript#17": ("Error: 424 " + MCP.format("dataforseo", "424 (Failed Dependency)"), says([("the MCP server 'dataforseo'", None)], 1, ADMINISTRATOR, UNKNOWN)),
    "agentgateway/agentgateway#383": ("APIError: 424 " + MCP.format("agentgateway", "424 (Failed Dependency)"), says([("the MCP server 'agentgateway'", None)], 1, ADMINISTRATOR, UNKNOWN)),
    "modelcontextprotocol/python-sdk#1460": (
        "openai.APIStatusError: Error code: 424 - " + str({"error": {"message": MCP.format("crm", "424 (Failed Dependency)"), "type": "external_connector_error", "param": "tools", "code": "http_error"}}),
        says([("the MCP server 'crm'", None)], 1, ADMINISTRATOR, UNKNOWN),
    ),
    "RageAgainstThePixel/OpenAI-DotNet#486": (
        'HTTP/1.1 424 Failed Dependency\nContent-Type: application/json\n\n{"error":{"message":"' + MCP.format("my_mcp_server", "424 (Failed Dependency)") + '","type":"external_connector_error","param":"tools","code":"http_error"}}',
        says([("the MCP server 'my_mcp_server'", None)], 1, ADMINISTRATOR, UNKNOWN),
    ),
    # The credential was in the wrong field: the server with the tools said 401.
    "theimaginaryfoundation/what-iff#116": (
        'HTTP/1.1 424 Failed Dependency\n\n{"error":{"message":"' + MCP.format("notes", "401 (Unauthorized)") + '","type":"external_connector_error"}}',
        says([("the MCP server 'notes'", 401)], 1, USER, SAME),
    ),
    # The container of the model answered with an error; its log tells why.
    "aws/amazon-sagemaker-examples#407": (
        'ModelError: An error occurred (ModelError) when calling the InvokeEndpoint operation: Received server error (500) from model with message "\n<title>500 Internal Server Error</title>',
        says([("the model behind the endpoint", 500)], 0, ADMINISTRATOR, SAME),
    ),
    "aws/amazon-sagemaker-examples#1809": (
        "ModelError: An error occurred (ModelError) when calling the InvokeEndpoint operation: Received server error (500) from model with message \"local variable 'pred' referenced before assignment\". See the log.",
        says([("the model behind the endpoint", 500)], 0, ADMINISTRATOR, SAME),
    ),
    "aws/amazon-sagemaker-examples#4324": (
        "[ERROR] ModelError: An error occurred (ModelError) when calling the InvokeEndpoint operation: Received server error (500) from primary and could not load the entire response body. See the log.",
        says([("the model behind the endpoint", 500)], 0, ADMINISTRATOR, SAME),
    ),
    "aws/amazon-sagemaker-examples#833": (
        'HTTP/1.1 424 Failed Dependency\nx-amzn-ErrorType: ModelError\n\n{"ErrorCode":"CLIENT_ERROR_FROM_MODEL","LogStreamArn":"arn:x","Message":"Received client error (400) from primary","OriginalMessage":"bad input","OriginalStatusCode":400}',
        says([("the model behind the endpoint", 400)], 1, DEVELOPER, CHANGED),
    ),
    # 424 of Azure: the headers have the status of the model.
    "MicrosoftDocs/azure-docs#95395": (
        "HTTP/1.1 424 Failed Dependency\nms-azureml-model-error-statuscode: 500\nms-azureml-model-error-reason: model_error\n\nkey error",
        says([("the model behind the endpoint", 500)], 1, ADMINISTRATOR, SAME),
    ),
    # The body had the wrong form for the model.
    "langchain-ai/langchain#16845": (
        "HTTP Error 424: Failed Dependency\nms-azureml-model-error-statuscode: 400", says([], 1, ADMINISTRATOR, UNKNOWN)
    ),
    "anthropics/anthropic-sdk-python#432": (
        'HTTP/1.1 424 Failed Dependency\nx-amzn-ErrorType: ModelErrorException\n\n{"message":"The system encountered an unexpected error during processing. Try your request again.","originalStatusCode":503,"resourceName":"model"}',
        says([("model", 503)], 1, ADMINISTRATOR, LATER),
    ),
    # The answer lists the addresses that are not known, and does not say so in a form that can be relied on.
    "samply/beam#175": ('HTTP/1.1 424 Failed Dependency\nContent-Length: 34\n\n["proxy4.broker", "proxy6.broker"]', says([], 1, ADMINISTRATOR, UNKNOWN)),
    # The data store behind the tool could not be reached.
    "redis/RedisInsight#4580": ('HTTP/1.1 424 Failed Dependency\n\n{"statusCode":424,"error":"RedisConnectionFailed","message":"Could not connect"}', says([], 1, ADMINISTRATOR, UNKNOWN)),
    # The machine does not run yet: the server says so with 424 instead of 404.
    "oxidecomputer/propolis#649": ('HTTP/1.1 424 Failed Dependency\n\n{"request_id":"x","message":"Server not initialized (no instance)"}', says([], 1, ADMINISTRATOR, UNKNOWN)),
    "terrakube-io/terrakube#1583": ("Request failed with status code 424", says([], 1, ADMINISTRATOR, UNKNOWN)),
    "httpx of a locked file": (
        "httpx.HTTPStatusError: Client error '423 Locked' for url 'https://dav.example.com/a.txt'",
        says([("https://dav.example.com/a.txt", 423)], 0, USER, SAME),
    ),
}  # fmt: skip


@pytest.mark.parametrize("report", REPORTS)
def test_the_diagnosis_is_that_of_the_report(report: str) -> None:
    """The causes, the dependents, whose turn it is and what to send again are those that the report came to."""
    text, expected = REPORTS[report]
    (answer,) = diagnose(text).answers
    assert not answer.unreadable
    assert [(str(each.said.thing), each.said.status) for each in answer.failed] == expected["failed"]
    assert len(answer.dependent) == expected["dependent"]
    assert answer.turn == expected["turn"]
    assert answer.retry == expected["retry"]


def test_there_are_enough_reports() -> None:
    """The corpus has at least sixty answers."""
    assert len(REPORTS) >= 60
