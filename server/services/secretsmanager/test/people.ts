import { namedPrincipals, renamed } from '#kernel/authorization/named'
import { boundPrincipals, type PolicyPrincipals, UnknownPrincipal } from '../../iam/port.ts'

/** IAM as Secrets Manager's tests need it: who is there under which name, and what unique id he has. */
export class FakePeople {
  /** Unique ids by ARN; delete and set again to make a namesake. Accounts are all there. */
  readonly ids = new Map<string, string>()

  readonly identities = (): { readonly principals: PolicyPrincipals } => ({
    principals: {
      bind: async (document) => {
        const bound: [string, string][] = []
        for (const name of namedPrincipals(document).aws) {
          const id = this.ids.get(name) ?? (/^A(?:IDA|ROA)/.test(name) ? name : undefined)
          if (id === undefined) throw new UnknownPrincipal('AWS', name)
          if (id !== name) bound.push([name, id])
        }
        return JSON.stringify(bound)
      },
      show: async (document, bound) => {
        const gone = [...boundPrincipals(bound)].filter(([name, id]) => this.ids.get(name) !== id)
        return renamed(document, new Map(gone))
      },
    },
  })
}
