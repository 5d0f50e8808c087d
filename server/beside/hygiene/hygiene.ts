import type { Caller } from '#kernel/call'
import { systemClock } from '#kernel/clock'
import type { Place } from '#kernel/storage/beside'
import { type Listed, listRotations } from '../../services/secretsmanager/administration.ts'
import { type Overseen, overseenSecrets, type Scope } from '../../services/secretsmanager/oversight.ts'
import { Principals } from '../access/principals.ts'
import { openStoreBeside } from '../oversight.ts'
import { type Bounds, type Check, type Finding, findingsOf } from './findings.ts'
import { ReaderCount } from './readers.ts'

export { CHECK_NAMES, type Check, type Finding, SEVERITIES, type Severity } from './findings.ts'

/** What is looked for. */
export interface HygieneQuery extends Scope, Bounds {
  readonly checks: ReadonlySet<Check>
  readonly now?: number
}

/** What is not as it should be with the secrets of a deployment, a secret after the other. Values are not looked at. */
export function hygiene(place: Place, query: HygieneQuery): AsyncGenerator<Finding> {
  return openStoreBeside(place, async function* ({ read, vault, services }) {
    const now = query.now ?? systemClock.now()
    const { policies } = services.secrets
    const only = { ...(query.account && { account: query.account }), ...(query.region && { region: query.region }) }
    const rotations = new Map<string, Listed>()
    for (const one of await read((unit) => listRotations(unit, policies, { ...only, now }))) rotations.set(one.arn, one)
    const callers: Caller[] = []
    const counts = new Map<string, ReaderCount>()
    if (query.checks.has('readable-by-many')) {
      await read(async (unit) => {
        for await (const caller of new Principals(unit, vault).all()) callers.push(caller)
      })
    }
    const readersOf = ({ account, region, target, purgeAt }: Overseen) => {
      if (callers.length === 0 || purgeAt !== undefined) return undefined
      let count = counts.get(region)
      if (count === undefined) {
        count = new ReaderCount(callers, region, now, query.readers)
        counts.set(region, count)
      }
      return count.of(account, target)
    }
    for await (const page of overseenSecrets(read, policies, query)) {
      for (const secret of page) {
        const rotation = rotations.get(secret.arn)
        const known = { secret, rotation, readers: readersOf(secret), now, bounds: query }
        yield* findingsOf(known, query.checks)
      }
    }
  })
}
