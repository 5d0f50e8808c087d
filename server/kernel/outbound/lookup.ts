import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'

/** `dns.lookup`, which fails with `refusal` for a name that leads to an address of those that are refused, among others or not. */
export function lookupWithout(isRefused: (address: string) => boolean, refusal: () => Error): LookupFunction {
  return (host, options, callback) => {
    lookup(host, options, (error, found, family) => {
      const addresses = typeof found === 'string' ? [found] : (found ?? []).map(({ address }) => address)
      if (error === null && addresses.some(isRefused)) callback(refusal(), '', undefined)
      else callback(error, found, family)
    })
  }
}
