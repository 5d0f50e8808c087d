/**
 * Rotates a SecureString that holds the key of an API: reads the current one, has the API change it, tries the new one, and only then
 * moves the label `current`, by which readers read. A rule of EventBridge invokes it on a schedule, with `{"Name": …, "api": …}`.
 * A run that broke off in the middle is made good by the next: what was written and not tried is written over.
 */
import { randomBytes } from 'node:crypto'
import { SSM } from '@aws-sdk/client-ssm'

const ssm = new SSM({})

export const handler = async ({ Name, api }) => {
  const { Parameter: old } = await ssm.getParameter({ Name: `${Name}:current`, WithDecryption: true })
  const next = randomBytes(20).toString('hex')
  const { Version } = await ssm.putParameter({ Name, Value: next, Type: 'SecureString', Overwrite: true })
  const changed = await fetch(api, { method: 'PUT', headers: { authorization: old.Value }, body: next })
  if (!changed.ok) throw new Error(`the API refuses the change: ${changed.status}`)
  const login = await fetch(api, { headers: { authorization: next } })
  if (!login.ok) throw new Error(`the new key does not log in: ${login.status}`)
  await ssm.labelParameterVersion({ Name, ParameterVersion: old.Version, Labels: ['previous'] })
  await ssm.labelParameterVersion({ Name, ParameterVersion: Version, Labels: ['current'] })
  return { Version }
}
