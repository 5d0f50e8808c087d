import { Input } from '#kernel/input'
import type { AnyOperation } from '#kernel/operation'
import type { Service } from '#kernel/service'

/** One operation of one service, prepared once: what the pipeline needs without looking it up again. */
export interface Route {
  readonly service: Service
  /** AWS's name of the operation. */
  readonly name: string
  /** Undefined: AWS has the operation, this server does not have it yet. */
  readonly operation: AnyOperation | undefined
  readonly input: Input
  /** `secretsmanager:GetSecretValue` */
  readonly action: string
}

/** All operations of all services, by the two ways in which requests name them. */
export class Routes {
  readonly #byTarget = new Map<string, Route>()
  readonly #byAction = new Map<string, Route>()
  readonly #bySigningName = new Map<string, Service>()
  readonly #unsigned: Route[] = []
  readonly all: readonly Route[]

  constructor(services: readonly Service[]) {
    const all: Route[] = []
    for (const service of services) {
      this.#bySigningName.set(service.signingName, service)
      for (const name of [...Object.keys(service.operations), ...service.notYet]) {
        const operation = service.operations[name]
        const input = new Input(operation?.input ?? {})
        const route: Route = { service, name, operation, input, action: `${service.name}:${name}` }
        all.push(route)
        if (service.json !== undefined) this.#byTarget.set(`${service.json.targetPrefix}.${name}`, route)
        if (operation?.unsigned === true) this.#unsigned.push(route)
        if (service.query !== undefined) this.#byAction.set(`${service.signingName}/${name}`, route)
      }
    }
    this.all = all
  }

  /** By `X-Amz-Target`. */
  target(target: string): Route | undefined {
    return this.#byTarget.get(target)
  }

  /** `secretsmanager.CreateSecret`, `rds.DescribeDBInstances`: as this program itself names operations, whatever their protocol. */
  named(target: string): Route | undefined {
    return this.#byTarget.get(target) ?? this.#byAction.get(target.replace('.', '/'))
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
