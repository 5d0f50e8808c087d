import type { Database } from './database.ts'
import { databaseArn } from './identity.ts'
import { unknownFilter } from './refusals.ts'

/** A filter as it comes on the wire. */
export interface Filter {
  readonly Name?: string | undefined
  readonly Values?: readonly string[] | undefined
}

type Test = (database: Database, value: string) => boolean

const named: Test = (database, value) => database.id === value.toLowerCase() || databaseArn(database) === value
const member: Test = ({ cluster, account, region }, value) =>
  cluster !== undefined &&
  (cluster === value.toLowerCase() || value === `arn:aws:rds:${region}:${account}:cluster:${cluster}`)
const resource: Test = ({ resourceId }, value) => resourceId === value
const engine: Test = (database, value) => database.engine === value

/** Source: API_DescribeDBInstances, API_DescribeDBClusters. */
const TESTS: Readonly<Record<'instance' | 'cluster', Readonly<Record<string, Test>>>> = {
  instance: {
    'db-instance-id': named,
    'db-cluster-id': member,
    'dbi-resource-id': resource,
    engine,
    domain: () => false,
  },
  cluster: {
    'db-cluster-id': named,
    'db-cluster-resource-id': resource,
    engine,
    domain: () => false,
    'clone-group-id': () => false,
  },
}

/** Which databases pass all filters; a filter is passed by any of its values. Throws InvalidParameterValue for an unknown one. */
export function passing(
  kind: 'instance' | 'cluster',
  filters: readonly Filter[] | undefined,
): (database: Database) => boolean {
  const tests = (filters ?? []).map(({ Name = '', Values = [] }) => {
    const test = Object.hasOwn(TESTS[kind], Name) ? TESTS[kind][Name] : undefined
    if (test === undefined) throw unknownFilter(Name)
    return (database: Database) => Values.some((value) => test(database, value))
  })
  return (database) => tests.every((test) => test(database))
}
