"""boto3, unmodified, tails a group while it is written to."""

import time

import boto3
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError, EventStreamError

group = '/app/boto3'
# With an endpoint of one's own boto3 asks for stream-<host>, too, unless it is told not to.
logs = boto3.client('logs', config=Config(inject_host_prefix=False))
logs.create_log_group(logGroupName=group)
logs.create_log_stream(logGroupName=group, logStreamName='s')
[found] = logs.describe_log_groups(logGroupNamePrefix=group)['logGroups']
arn = found['logGroupArn']

try:
    boto3.client('logs', config=Config(retries={'total_max_attempts': 1})).start_live_tail(logGroupIdentifiers=[arn])
    raise AssertionError('stream-127.0.0.1 is a host')
except EndpointConnectionError as error:
    assert 'stream-127.0.0.1' in str(error), error

try:
    logs.start_live_tail(logGroupIdentifiers=[arn + ':*'])
    raise AssertionError('an ARN with an asterisk was taken')
except logs.exceptions.InvalidParameterException:
    pass

answer = logs.start_live_tail(logGroupIdentifiers=[arn], logEventFilterPattern='ERROR')
stream = answer['responseStream']
seen = []
for event in stream:
    if 'sessionStart' in event:
        assert event['sessionStart']['logGroupIdentifiers'] == [arn], event
        assert event['sessionStart']['requestId'] == answer['ResponseMetadata']['RequestId'], event
        now = int(time.time() * 1000)
        texts = ['INFO no', 'ERROR yes', 'ERROR ü']
        events = [{'timestamp': now, 'message': text} for text in texts]
        logs.put_log_events(logGroupName=group, logStreamName='s', logEvents=events)
        continue
    update = event['sessionUpdate']
    assert update['sessionMetadata'] == {'sampled': False}, event
    seen += update['sessionResults']
    if len(seen) >= 2:
        break
stream.close()
assert [each['message'] for each in seen] == ['ERROR yes', 'ERROR ü'], seen
assert seen[0]['logStreamName'] == 's' and seen[0]['timestamp'] == now, seen

stream = logs.start_live_tail(logGroupIdentifiers=[arn])['responseStream']
print('tailing', flush=True)
try:
    for event in stream:
        pass
    raise AssertionError('the session ended without a word')
except EventStreamError as error:
    assert error.response['Error']['Code'] == 'SessionTimeoutException', error
