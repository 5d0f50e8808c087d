import { Input } from '#kernel/input'
import type { AnyOperation } from '#kernel/operation'
import { RestInput, RestPaths } from '#kernel/protocol/rest'
import { XmlPaths } from '#kernel/protocol/xml'
import type { Service } from '#kernel/service'

/** One operation of one service, prepared once: what the pipeline needs without looking it up again. */
export interface Route {
  readonly service: Service
  /** AWS's name of the operation. */
  readonly name: string
  /** Undefined: AWS has the operation, this server does not have it yet. */
  readonly operation: AnyOperation | undefined
  readonly input: Input
  /** Of an operation of a REST service. */
  readonly rest: RestInput | undefined
  /** `secretsmanager:GetSecretValue` */
  readonly action: string
}

/** What a request may cost before anybody knows who sent it, where its operation needs more than others. */
export interface Allowance {
  /** As error texts name it. */
  readonly operation: string
  readonly bodyBytes: number | undefined
  readonly longestMs: number | undefined
  /** Its body may be compressed. */
  readonly compressed?: true
}

/** All operations of all services, by the ways in which requests name them. */
export class Routes {
  readonly #byTarget = new Map<string, Route>()
  readonly #byAction = new Map<string, Route>()
  readonly #bySigningName = new Map<string, Service>()
  readonly #unsigned: Route[] = []
  readonly #byPath = new RestPaths<Route>()
  readonly #byXml = new XmlPaths<Route>()
  /** The service that speaks REST-XML, when there is one. */
  readonly xml: Service | undefined
  readonly all: readonly Route[]

  constructor(services: readonly Service[]) {
    const all: Route[] = []
    for (const service of services) {
      this.#bySigningName.set(service.signingName, service)
      for (const name of [...Object.keys(service.operations), ...service.notYet]) {
        const operation = service.operations[name]
        const input = new Input(operation?.input ?? {})
        const rest = operation?.rest && new RestInput(operation.rest, operation.input)
        const route: Route = { service, name, operation, input, rest, action: `${service.name}:${name}` }
        all.push(route)
        if (service.json !== undefined) {
          const { targetPrefix, alsoTargetPrefixes = [] } = service.json
          for (const prefix of [targetPrefix, ...alsoTargetPrefixes]) this.#byTarget.set(`${prefix}.${name}`, route)
        }
        const path = operation?.rest === undefined ? service.rest?.notYet[name] : named(operation.rest)
        if (path !== undefined) {
          const [method = '', template = ''] = path.split(' ')
          this.#byPath.put(method, template, route)
        }
        if (operation?.xml !== undefined) this.#byXml.put(operation.xml, route)
        if (operation?.unsigned === true) this.#unsigned.push(route)
        if (service.query !== undefined) this.#byAction.set(`${service.signingName}/${name}`, route)
      }
    }
    this.all = all
    this.xml = services.find((service) => service.xml === true)
  }

  /** By method and target, of the service that speaks REST-XML. */
  xmlPath(method: string, target: string): Route | undefined {
    return this.#byXml.find(method, target)
  }

  /** By `X-Amz-Target`. */
  target(target: string): Route | undefined {
    return this.#byTarget.get(target)
  }

  /** `secretsmanager.CreateSecret`, `rds.DescribeDBInstances`: as this program itself names operations, whatever their protocol. */
  named(target: string): Route | undefined {
    return this.#byTarget.get(target) ?? this.#byAction.get(target.replace('.', '/'))
  }

  /** By method and path, of services that speak REST-JSON. */
  path(method: string, target: string): Route | undefined {
    return this.#byPath.find(method, target)
  }

  /**
   * What the operation that a request names takes beyond the usual; undefined where it takes no more. A large body is taken
   * only of those who say in an Authorization header that they signed it for the service. `named`: the X-Amz-Target header.
   */
  allowance(
    method: string,
    target: string,
    authorization: string | undefined,
    named?: string | string[],
  ): Allowance | undefined {
    const byTarget = target === '/' && typeof named === 'string' ? this.#byTarget.get(named) : undefined
    const { service, name, operation } = byTarget ?? this.#byPath.find(method, target) ?? {}
    const { bodyBytes = operation?.bodyBytes, longestMs } = operation?.rest ?? {}
    const claimed = authorization?.startsWith('AWS4-HMAC-SHA256 ') === true ? SCOPE.exec(authorization)?.[1] : undefined
    if (claimed === undefined) return undefined
    const compressed = this.#bySigningName.get(claimed)?.compressed
    if (service === undefined || name === undefined || (bodyBytes === undefined && longestMs === undefined))
      return compressed && { operation: '', bodyBytes: undefined, longestMs: undefined, compressed }
    return claimed === service.signingName ? { operation: name, bodyBytes, longestMs } : undefined
  }

  /** By the `Action` of a Query call. */
  action(service: Service, action: string): Route | undefined {
    return this.#byAction.get(`${service.signingName}/${action}`)
  }

  /** The Query operations that take calls without a signature. */
  get unsigned(): readonly Route[] {
    return this.#unsigned
  }

  /** The service whose name stands in the credential scope. */
  signed(signingName: string): Service | undefined {
    return this.#bySigningName.get(signingName)
  }
}

/** The service in the scope of a credential, whatever its access key id is: `strongroom dev` takes any, 12 digits and `test` among them. */
const SCOPE = /Credential=[^\s,/]{1,128}\/\d{8}\/[a-z0-9-]{1,32}\/([a-z0-9-]{1,32})\/aws4_request\b/

const named = ({ method, path }: { readonly method: string; readonly path: string }) => `${method} ${path}`
