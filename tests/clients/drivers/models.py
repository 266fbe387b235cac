"""Invoke a model of Bedrock and one of SageMaker with botocore, at an endpoint; prints what it tells as JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

MEMBERS = ("originalStatusCode", "resourceName", "OriginalStatusCode", "OriginalMessage")


def told(invoke: Any, member: str, /, **more: Any) -> dict[str, Any]:
    """Invoke a model; gives what it made, which is a member of the result, or the exception."""
    try:
        return {"body": invoke(**more)[member].read().decode()}
    except ClientError as error:
        response = error.response
        return {
            "raised": type(error).__name__,
            "status": response["ResponseMetadata"]["HTTPStatusCode"],
            "message": response["Error"]["Message"],
            **{name: response[name] for name in MEMBERS if name in response},
        }


def main(endpoint: str) -> None:
    """Invoke both."""
    session = botocore.session.Session()
    session.set_credentials("name", "secret")
    settings = {
        "region_name": "eu-north-1",
        "endpoint_url": endpoint,
        "config": Config(retries={"total_max_attempts": 1}, proxies={}),
    }
    bedrock = session.create_client("bedrock-runtime", **settings)
    sagemaker = session.create_client("sagemaker-runtime", **settings)
    results = [
        told(bedrock.invoke_model, "body", modelId="a.parrot-v1:0", body=b"{}", contentType="application/json"),
        told(sagemaker.invoke_endpoint, "Body", EndpointName="parrot", Body=b"4,2", ContentType="text/csv"),
    ]
    print(json.dumps(results))  # noqa: T201 - the test reads it


if __name__ == "__main__":
    main(sys.argv[1])
