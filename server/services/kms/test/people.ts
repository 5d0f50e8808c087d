import { namedPrincipals, renamed } from '#kernel/authorization/named'
import { boundPrincipals, type PolicyPrincipals, UnknownPrincipal } from '../../iam/port.ts'

/** IAM as KMS's tests need it: `user/ann` is there with the id `AIDAann`, `role/app` with `AROAapp`, unless told otherwise. */
export class FakePeople {
  /** Other unique ids, by ARN; undefined: there is nobody of that name. */
  readonly ids = new Map<string, string | undefined>()

  readonly identities = (): { readonly principals: PolicyPrincipals } => ({
    principals: {
      bind: async (document) =>
        JSON.stringify(
          namedPrincipals(document).aws.map((name) => {
            const id = this.#idOf(name)
            if (id === undefined) throw new UnknownPrincipal('AWS', name)
            return [name, id]
          }),
        ),
      show: async (document, bound) => {
        const gone = [...boundPrincipals(bound)].filter(([name, id]) => this.#idOf(name) !== id)
        return renamed(document, new Map(gone))
      },
    },
  })

  #idOf(name: string): string | undefined {
    if (this.ids.has(name)) return this.ids.get(name)
    const [, kind, rest] = /:(user|role|assumed-role)\/(.+)$/.exec(name) ?? []
    if (kind === 'assumed-role') return `AROA${rest?.replace('/', ':')}`
    return rest && `${kind === 'user' ? 'AIDA' : 'AROA'}${rest.slice(rest.lastIndexOf('/') + 1)}`
  }
}
