"""boto3's client of CloudWatch Logs against a server: operations, paginators, exceptions, and the loop of `aws logs tail --follow`."""

import time

import boto3

logs = boto3.client("logs")
GROUP = "/app/walk"
now = int(time.time() * 1000)

logs.create_log_group(logGroupName=GROUP, tags={"team": "blue"})
try:
    logs.create_log_group(logGroupName=GROUP)
    raise AssertionError("made twice")
except logs.exceptions.ResourceAlreadyExistsException as error:
    assert error.response["Error"]["Message"] == "The specified log group already exists"
for stream in ("one", "two"):
    logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)


def put(stream, *events):
    return logs.put_log_events(
        logGroupName=GROUP,
        logStreamName=stream,
        logEvents=[{"timestamp": at, "message": text} for at, text in events],
    )


put("one", (now - 4000, "a"), (now - 2000, "c"))
put("two", (now - 3000, "b"), (now - 1000, "d"))

groups = [g for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="/app") for g in page["logGroups"]]
assert [g["logGroupName"] for g in groups] == [GROUP] and groups[0]["storedBytes"] == 4 * 27, groups
streams = [
    s["logStreamName"]
    for page in logs.get_paginator("describe_log_streams").paginate(logGroupName=GROUP, PaginationConfig={"PageSize": 1})
    for s in page["logStreams"]
]
assert streams == ["one", "two"], streams
found = [
    e["message"]
    for page in logs.get_paginator("filter_log_events").paginate(logGroupName=GROUP, PaginationConfig={"PageSize": 1})
    for e in page["events"]
]
assert found == ["a", "b", "c", "d"], found

# Whoever reads a stream to its end stops when the token stays the same (trap 15).
token, read = None, []
while True:
    more = {"nextToken": token} if token else {}
    page = logs.get_log_events(logGroupName=GROUP, logStreamName="one", startFromHead=True, limit=1, **more)
    read += [e["message"] for e in page["events"]]
    if page["nextForwardToken"] == token:
        break
    token = page["nextForwardToken"]
assert read == ["a", "c"], read

# `aws logs tail --follow` of version 2: pages while there is a token; then from the time of the newest event on, without those it had.
seen, asked, shown = {}, {"logGroupName": GROUP, "interleaved": True, "startTime": now - 10_000}, []
for turn in range(12):
    page = logs.filter_log_events(**asked)
    for event in page["events"]:
        if event["eventId"] not in seen.setdefault(event["timestamp"], set()):
            seen[event["timestamp"]].add(event["eventId"])
            shown.append(event["message"])
    if "nextToken" in page:
        asked["nextToken"] = page["nextToken"]
        continue
    asked.pop("nextToken", None)
    if seen:
        asked["startTime"] = max(seen)
        seen = {asked["startTime"]: seen[asked["startTime"]]}
    if turn == 3:
        put("one", (now - 1000, "e"))
    if turn == 6:
        put("two", (now, "f"), (now, "g"))
assert shown == ["a", "b", "c", "d", "e", "f", "g"], shown

matches = logs.test_metric_filter(filterPattern="{ $.n > 1 }", logEventMessages=['{"n":1}', '{"n":2}'])["matches"]
assert [(m["eventNumber"], m["extractedValues"]) for m in matches] == [(2, {"$.n": "2"})], matches
logs.put_metric_filter(
    logGroupName=GROUP,
    filterName="errors",
    filterPattern="ERROR",
    metricTransformations=[{"metricName": "Errors", "metricNamespace": "App", "metricValue": "1", "defaultValue": 0}],
)
filters = [f for page in logs.get_paginator("describe_metric_filters").paginate(logGroupName=GROUP) for f in page["metricFilters"]]
assert filters[0]["metricTransformations"][0]["defaultValue"] == 0, filters
logs.put_retention_policy(logGroupName=GROUP, retentionInDays=7)
assert logs.list_tags_for_resource(resourceArn=groups[0]["logGroupArn"])["tags"] == {"team": "blue"}
try:
    logs.put_retention_policy(logGroupName=GROUP, retentionInDays=8)
    raise AssertionError("8 days")
except logs.exceptions.InvalidParameterException:
    pass
logs.delete_log_group(logGroupName=GROUP)
try:
    logs.describe_log_streams(logGroupName=GROUP)
    raise AssertionError("still there")
except logs.exceptions.ResourceNotFoundException as error:
    assert error.response["Error"]["Message"] == "The specified log group does not exist."
