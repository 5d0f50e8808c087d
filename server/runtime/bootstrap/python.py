"""Runs a Python function: fetches events from the Runtime API of its sandbox and hands them to the user's handler.

Runs in the sandbox, not in the server; standard library only. Source: rotation.md 15.1, 15.2, 15.4.
"""

import http.client
import importlib
import json
import logging
import os
import sys
import time
import traceback

HOST, PORT = os.environ["AWS_LAMBDA_RUNTIME_API"].rsplit(":", 1)
# Whoever runs in this process can read it anyway; children need not inherit it.
PREFIX = os.environ.pop("_STRONGROOM_SANDBOX") + "/2018-06-01/runtime"
NBSP = "\u00a0"

connection = http.client.HTTPConnection(HOST, int(PORT))


def ask(method, tail, body=None, headers=None):
    connection.request(method, PREFIX + tail, body, headers or {})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


class Fault(Exception):
    """A failure that has one of Lambda's own names."""

    def __init__(self, kind, message, frames=None):
        super().__init__(message)
        self.kind = kind
        self.frames = frames or []


def told(kind, message, frames, request_id):
    return {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": frames}


def own(frames):
    """Without the frames of this file: they are nobody's mistake."""
    return [frame for frame in frames if frame.filename != __file__]


def of(error, request_id):
    if isinstance(error, Fault):
        return told(error.kind, str(error), error.frames, request_id)
    frames = traceback.format_list(own(traceback.extract_tb(error.__traceback__)))
    return told(type(error).__name__, str(error), frames, request_id)


def lament(what):
    """Prints a failure as the service does: one event of the log."""
    lines = ["[ERROR] " + what["errorType"] + (": " + what["errorMessage"] if what["errorMessage"] else "")]
    if what["stackTrace"]:
        lines.append("Traceback (most recent call last):")
        for frame in what["stackTrace"]:
            for line in frame.rstrip("\n").split("\n"):
                bare = line.lstrip(" ")
                lines.append(NBSP * (len(line) - len(bare)) + bare)
    sys.stdout.write("\r".join(lines) + "\n")
    sys.stdout.flush()


def report(tail, what):
    body = json.dumps(what).encode()
    kind = what["errorType"].encode("ascii", "replace").decode()[:200]
    ask(
        "POST",
        tail,
        body,
        {"Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": kind},
    )


class Identity:
    cognito_identity_id = None
    cognito_identity_pool_id = None


class ClientContext:
    def __init__(self, given):
        self.custom = given.get("custom")
        self.env = given.get("env")
        self.client = given.get("client")


class Context:
    """What the handler sees as its second argument."""

    def __init__(self, headers, deadline):
        env = os.environ
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers.get("Lambda-Runtime-Invoked-Function-Arn")
        self.function_name = env.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = env.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = env.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = env.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = env.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.identity = Identity()
        given = headers.get("Lambda-Runtime-Client-Context")
        self.client_context = None if given is None else ClientContext(json.loads(given))
        self._deadline = deadline

    def get_remaining_time_in_millis(self):
        return max(int(self._deadline - time.time() * 1000), 0)

    def log(self, text):
        sys.stdout.write(str(text))


class LogLine(logging.Formatter):
    converter = time.gmtime

    def format(self, record):
        record.aws_request_id = current["id"]
        return super().format(record)


current = {"id": ""}


def set_up_logging():
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        LogLine("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S")
    )
    logging.root.addHandler(handler)


def failing(fault):
    def handler(event, context):
        raise fault

    return handler


def find_handler(name):
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        return failing(Fault("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (name, error)))
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        return failing(Fault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error)))
    except SyntaxError as error:
        where = '  File "%s" Line %s\n    %s' % (error.filename, error.lineno, (error.text or "").rstrip())
        return failing(
            Fault("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error), [where])
        )
    try:
        return getattr(module, function_name)
    except AttributeError:
        return failing(
            Fault(
                "Runtime.HandlerNotFound",
                "Handler '%s' missing on module '%s'" % (function_name, module_name),
            )
        )


def answer_of(value):
    try:
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except (TypeError, ValueError) as error:
        raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error) from None


def event_of(body):
    try:
        return json.loads(body)
    except ValueError as error:
        raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error) from None


def serve_one(handler):
    status, headers, body = ask("GET", "/invocation/next")
    if status != 200:
        sys.exit(1)
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    current["id"] = request_id
    os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id", "")
    context = Context(headers, int(headers["Lambda-Runtime-Deadline-Ms"]))
    path = "/invocation/" + request_id
    try:
        answer = answer_of(handler(event_of(body), context))
    except Exception as error:  # whatever the user's code raises is told
        what = of(error, request_id)
        lament(what)
        sys.stderr.flush()
        report(path + "/error", what)
        return
    sys.stdout.flush()
    sys.stderr.flush()
    status, _, _ = ask("POST", path + "/response", answer, {"Content-Type": "application/json"})
    if status not in (202, 413):
        sys.exit(1)


def main():
    root = os.environ["LAMBDA_TASK_ROOT"]
    # The folder of this file came first.
    sys.path[0] = root
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    set_up_logging()
    try:
        handler = find_handler(os.environ.get("_HANDLER", ""))
    except Exception as error:
        what = of(error, "")
        lament(what)
        report("/init/error", what)
        sys.exit(1)
    while True:
        serve_one(handler)


if __name__ == "__main__":
    main()
