"""Walks through CloudWatch with boto3: values in, statistics out, alarms over their states, tags, paginators, exceptions."""

import datetime
import os

import boto3
from botocore.exceptions import ClientError

cloudwatch = boto3.client("cloudwatch")
now = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0) - datetime.timedelta(minutes=1)
window = {"StartTime": now, "EndTime": now + datetime.timedelta(minutes=1), "Period": 60}


def refusal(call, **arguments):
    """Code and text of the refusal that a call must end in."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError("the call was not refused")


def values():
    dimensions = [{"Name": "Host", "Value": "é/1"}]
    cloudwatch.put_metric_data(
        Namespace="Shop",
        MetricData=[
            {"MetricName": "Latency", "Dimensions": dimensions, "Timestamp": now, "Value": 1.5, "Unit": "Milliseconds"},
            {"MetricName": "Latency", "Dimensions": dimensions, "Timestamp": now, "Values": [2.5, 4], "Counts": [1, 3]},
        ],
    )
    found = cloudwatch.get_metric_statistics(
        Namespace="Shop", MetricName="Latency", Dimensions=dimensions, Statistics=["Sum", "SampleCount"], **window
    )
    points = sorted((point["Unit"], point["Sum"], point["SampleCount"]) for point in found["Datapoints"])
    assert points == [("Milliseconds", 1.5, 1.0), ("None", 14.5, 4.0)], points
    assert all(point["Timestamp"] == now for point in found["Datapoints"]), found
    listed = [m for page in cloudwatch.get_paginator("list_metrics").paginate(Namespace="Shop") for m in page["Metrics"]]
    assert listed == [{"Namespace": "Shop", "MetricName": "Latency", "Dimensions": dimensions}], listed
    # more than 10 KB: compressed
    cloudwatch.put_metric_data(
        Namespace="Shop/Packed", MetricData=[{"MetricName": "Many", "Timestamp": now, "Value": float(n)} for n in range(900)]
    )
    data = cloudwatch.get_metric_data(
        MetricDataQueries=[
            {"Id": "m", "MetricStat": {"Metric": {"Namespace": "Shop/Packed", "MetricName": "Many"}, "Period": 60, "Stat": "p50"}},
            {"Id": "e", "Expression": "FILL(m, 0) / 2"},
        ],
        StartTime=window["StartTime"],
        EndTime=window["EndTime"],
    )["MetricDataResults"]
    assert [result["StatusCode"] for result in data] == ["Complete", "Complete"], data
    assert abs(data[0]["Values"][0] - 450) < 25 and data[1]["Values"][0] * 2 == data[0]["Values"][0], data


def refusals():
    put = cloudwatch.put_metric_data
    assert refusal(put, Namespace="Shop", MetricData=[{"MetricName": "m", "Value": 1, "Values": [1]}]) == (
        "InvalidParameterCombination",
        "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both.",
    )
    assert refusal(put, Namespace="AWS/Mine", MetricData=[{"MetricName": "m", "Value": 1}])[0] == "InvalidParameterValue"
    statistics = cloudwatch.get_metric_statistics
    code, text = refusal(
        statistics,
        Namespace="Shop",
        MetricName="m",
        Statistics=["Sum"],
        Period=60,
        StartTime=now - datetime.timedelta(days=2),
        EndTime=now,
    )
    assert (code, text) == (
        "InvalidParameterCombination",
        "You have requested up to 2880 datapoints, which exceeds the limit of 1440. You may reduce the datapoints "
        "requested by increasing Period, or decreasing the time range.",
    ), (code, text)
    assert refusal(statistics, Namespace="Shop", MetricName="m", Statistics=["Sum"], Period=60, StartTime=now, EndTime=now) == (
        "InvalidParameterValue",
        "The parameter StartTime must be less than the parameter EndTime.",
    )
    try:
        cloudwatch.set_alarm_state(AlarmName="absent", StateValue="OK", StateReason="x")
    except cloudwatch.exceptions.ResourceNotFound as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    else:
        raise AssertionError("an alarm that is not there was set")
    code, text = refusal(put, Namespace="Shop", MetricData=[{"MetricName": "m", "Value": 1, "Unit": "Furlongs"}])
    assert code == "ValidationError" and "enum value set" in text, (code, text)


def alarms():
    cloudwatch.put_metric_alarm(
        AlarmName="slow",
        Namespace="Shop",
        MetricName="Latency",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=2,
        Threshold=3.0,
        ComparisonOperator="GreaterThanThreshold",
        Tags=[{"Key": "team", "Value": "blue"}],
    )
    (alarm,) = [a for page in cloudwatch.get_paginator("describe_alarms").paginate() for a in page["MetricAlarms"]]
    assert alarm["StateValue"] == "INSUFFICIENT_DATA" and alarm["Threshold"] == 3.0, alarm
    cloudwatch.set_alarm_state(AlarmName="slow", StateValue="ALARM", StateReason="a test", StateReasonData="{}")
    cloudwatch.get_waiter("alarm_exists").wait(AlarmNames=["slow"])
    cloudwatch.put_composite_alarm(AlarmName="any", AlarmRule='ALARM("slow")')
    found = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"], StateValue="ALARM")["CompositeAlarms"]
    assert [a["AlarmName"] for a in found] == ["any"], found
    history = cloudwatch.describe_alarm_history(AlarmName="slow", HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert [item["HistorySummary"] for item in history] == ["Alarm updated from INSUFFICIENT_DATA to ALARM"], history
    arn = alarm["AlarmArn"]
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "stage", "Value": ""}])
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["team"])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "stage", "Value": ""}]
    cloudwatch.disable_alarm_actions(AlarmNames=["slow"])
    assert not cloudwatch.describe_alarms_for_metric(Namespace="Shop", MetricName="Latency")["MetricAlarms"][0]["ActionsEnabled"]
    cloudwatch.enable_alarm_actions(AlarmNames=["slow"])
    cloudwatch.delete_alarms(AlarmNames=["slow", "any"])
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


def published():
    """What the server counts itself: the calls of this account, as `strongroom usage` has them."""
    secrets = boto3.client("secretsmanager")
    for _ in range(3):
        secrets.list_secrets()
    found = cloudwatch.list_metrics(Namespace="AWS/Usage", Dimensions=[{"Name": "Resource", "Value": "ListSecrets"}])["Metrics"]
    (metric,) = found
    assert {d["Name"]: d["Value"] for d in metric["Dimensions"]} == {
        "Service": "Secrets Manager",
        "Type": "API",
        "Resource": "ListSecrets",
        "Class": "None",
    }, found
    start = now - datetime.timedelta(minutes=1)
    points = cloudwatch.get_metric_statistics(
        **metric, Statistics=["Sum"], Period=60, StartTime=start, EndTime=start + datetime.timedelta(minutes=5)
    )["Datapoints"]
    assert sum(point["Sum"] for point in points) == 3, points


for part in (values, refusals, alarms, published):
    part()
assert os.environ["AWS_ENDPOINT_URL"]
