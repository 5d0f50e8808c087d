import type { Found, Parameter, Version } from '../model/parameter.ts'

/** A parameter for tests of rules: a String of version 1, and what the test says of it. */
export function parameter(
  name: string,
  more: { parameter?: Partial<Parameter>; version?: Partial<Version> } = {},
): Found {
  const key = name.replace(/^\//, '')
  return {
    parameter: {
      account: '111122223333',
      region: 'us-east-1',
      id: key,
      key,
      name,
      arn: `arn:aws:ssm:us-east-1:111122223333:parameter/${key}`,
      tags: new Map(),
      latest: 1,
      tier: 'Standard',
      expiresAt: undefined,
      createdAt: 0,
      ...more.parameter,
    },
    version: {
      number: 1,
      type: 'String',
      tier: 'Standard',
      dataType: 'text',
      keyId: undefined,
      description: undefined,
      allowedPattern: undefined,
      policies: [],
      modifiedAt: 1_582_154_711_976,
      modifiedBy: 'arn:aws:iam::111122223333:user/ann',
      ...more.version,
    },
  }
}
