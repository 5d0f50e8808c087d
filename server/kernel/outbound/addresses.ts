import { BlockList, isIP } from 'node:net'

/**
 * Which addresses a stranger may send us to (for an issuer's keys, to a webhook): those that are publicly routed. Everything that
 * can lead back to this machine, its network or a cloud's metadata service is not one. Source: the special-purpose address registries of
 * IANA (RFC 6890 and its updates).
 */

const NOT_PUBLIC_4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  // shared address space of providers (CGNAT)
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // link-local: metadata services of clouds
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  // multicast, reserved, broadcast
  ['224.0.0.0', 3],
]
/** Within what is routed at all, 2000::/3. Tunnels among them carry an IPv4 address that nobody looks at. */
const NOT_PUBLIC_6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]

const blocked4 = new BlockList()
for (const [net, prefix] of NOT_PUBLIC_4) blocked4.addSubnet(net, prefix, 'ipv4')
const routed6 = new BlockList()
routed6.addSubnet('2000::', 3, 'ipv6')
const blocked6 = new BlockList()
for (const [net, prefix] of NOT_PUBLIC_6) blocked6.addSubnet(net, prefix, 'ipv6')
/** The address of an IPv4 host as networks without IPv4 know it: the last 32 bits count. */
const translated = new BlockList()
translated.addSubnet('64:ff9b::', 96, 'ipv6')

/** Whether the address (as `dns.lookup` answers it) is one of the public internet. */
export function isPublic(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !blocked4.check(address, 'ipv4')
    case 6:
      // A zone (`%eth0`) is for addresses of a link.
      if (address.includes('%')) return false
      if (translated.check(address, 'ipv6')) return !blocked4.check(lastBits(address), 'ipv4')
      return routed6.check(address, 'ipv6') && !blocked6.check(address, 'ipv6')
    default:
      return false
  }
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether what is sent to the address never leaves this machine. */
export function isLoopback(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && loopback.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

const ofLink = new BlockList()
ofLink.addSubnet('169.254.0.0', 16, 'ipv4')
ofLink.addSubnet('fe80::', 10, 'ipv6')
// the same IPv4 addresses as a tunnel carries them (6to4), and as they were written once
ofLink.addSubnet('2002:a9fe::', 32, 'ipv6')
ofLink.addSubnet('::a9fe:0', 112, 'ipv6')

/** Whether the address is one of the link: no host of anybody's network, but where clouds have their metadata services. */
export function isLinkLocal(address: string): boolean {
  const [plain = ''] = address.split('%')
  switch (isIP(plain)) {
    case 4:
      return ofLink.check(plain, 'ipv4')
    case 6:
      return ofLink.check(translated.check(plain, 'ipv6') ? `::ffff:${lastBits(plain)}` : plain, 'ipv6')
    default:
      return false
  }
}

/** The last 32 bits of an IPv6 address as an IPv4 address. */
function lastBits(address: string): string {
  // The parser of URLs writes every address in one form, without dots: `[64:ff9b::808:808]`.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split(':').slice(-2)
  const bytes = groups.flatMap((group) => {
    const value = Number.parseInt(group === '' ? '0' : group, 16)
    return [value >> 8, value & 0xff]
  })
  return bytes.join('.')
}
