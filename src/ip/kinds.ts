/** What kind of address it is, by the IANA special-purpose registries (RFC 6890) and the kernel's own macros. */
import { parsePrefix } from './prefix.js'
import { contains } from './prefix.js'
import type { Ip, Prefix } from './types.js'

const list = (...texts: readonly string[]): readonly Prefix[] =>
  texts.map((text) => {
    const prefix = parsePrefix(text)
    if (!prefix) throw new Error(`not a prefix: ${text}`)
    return prefix
  })

const within =
  (prefixes: readonly Prefix[]) =>
  (ip: Ip): boolean =>
    prefixes.some((prefix) => contains(prefix, ip))

export const isUnspecified = (ip: Ip): boolean => ip.family === 4 ? ip.value === 0 : ip.value === 0n
export const isLoopback = within(list('127.0.0.0/8', '::1/128'))
export const isMulticast = within(list('224.0.0.0/4', 'ff00::/8'))
export const isLinkLocal = within(list('169.254.0.0/16', 'fe80::/10'))
export const isPrivate = within(list('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'))
export const isLimitedBroadcast = (ip: Ip): boolean => ip.family === 4 && ip.value === 0xffffffff
const special = within(list('0.0.0.0/8', '240.0.0.0/4', '::/128'))

/** Reachable on the internet: none of the above. */
export const isPublic = (ip: Ip): boolean => !special(ip) && !isLoopback(ip) && !isMulticast(ip) && !isLinkLocal(ip) && !isPrivate(ip)
