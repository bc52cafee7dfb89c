/** Prefixes: text ⇄ value, membership, edges. */
import { formatIp, ip4, ip6, parseIp } from './address.js'
import type { Family, Ip, Prefix } from './types.js'

export const width = (family: Family): 32 | 128 => (family === 4 ? 32 : 128)

export const mask4 = (length: number): number => (length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0)
const ALL6 = (1n << 128n) - 1n
const MASKS6: readonly bigint[] = Array.from({ length: 129 }, (_, length) => (ALL6 << BigInt(128 - length)) & ALL6)
export const mask6 = (length: number): bigint => MASKS6[length] ?? ALL6

/** The network of `ip` at `length`: host bits cleared. */
export const prefixOf = (ip: Ip, length: number): Prefix => ({
  ip: ip.family === 4 ? ip4((ip.value & mask4(length)) >>> 0) : ip6(ip.value & mask6(length)),
  length,
})

export const anyPrefix = (family: Family): Prefix => ({ ip: family === 4 ? ip4(0) : ip6(0n), length: 0 })

/** "10.0.0.0/8", a bare address (full length), "default" and "any" with the family asked for. null: not a prefix. */
export const parsePrefix = (text: string, family: Family = 4): Prefix | null => {
  if (text === 'default' || text === 'any' || text === 'all') return anyPrefix(family)
  const slash = text.indexOf('/')
  const ip = parseIp(slash < 0 ? text : text.slice(0, slash))
  if (!ip) return null
  if (slash < 0) return { ip, length: width(ip.family) }
  const length = text.slice(slash + 1)
  if (!/^\d{1,3}$/.test(length) || Number(length) > width(ip.family)) return null
  return prefixOf(ip, Number(length))
}

export const formatPrefix = (prefix: Prefix): string => `${formatIp(prefix.ip)}/${prefix.length}`

export const contains = (prefix: Prefix, ip: Ip): boolean => {
  if (prefix.ip.family === 4) return ip.family === 4 && (ip.value & mask4(prefix.length)) >>> 0 === prefix.ip.value
  return ip.family === 6 && (ip.value & mask6(prefix.length)) === prefix.ip.value
}

export const overlaps = (a: Prefix, b: Prefix): boolean => (a.length <= b.length ? contains(a, b.ip) : contains(b, a.ip))

export const equalPrefix = (a: Prefix, b: Prefix): boolean => a.length === b.length && a.ip.family === b.ip.family && a.ip.value === b.ip.value

/** The last address: IPv4's directed broadcast. */
export const lastIp = (prefix: Prefix): Ip =>
  prefix.ip.family === 4 ? ip4((prefix.ip.value | (~mask4(prefix.length) >>> 0)) >>> 0) : ip6(prefix.ip.value | (ALL6 ^ mask6(prefix.length)))
