/**
 * `record --anonymise`: host and user names, MACs and public addresses → pseudonyms that are the same wherever the same thing stood, and
 * that keep what networking rests on: two addresses that shared a prefix still do, a MAC keeps its vendor part.
 *
 * In: a snapshot and a salt (random, thrown away). Out: the snapshot with every text rewritten, and what was replaced listed.
 */
import { formatIp, ip4, ip6, isPublic, mask4, mask6, parseIp } from '../ip/index.js'
import type { Ip } from '../ip/types.js'
import type { Evidence, Redaction, Snapshot } from './types.js'

/** FNV-1a, enough to scatter bits by a secret salt. */
const hash = (text: string): number => {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  value ^= value >>> 15
  return Math.imul(value, 0x2c1b3c6d) >>> 0
}

/** Each bit is flipped or not by what stands before it: equal prefixes stay equal. The first 8 (IPv4) or 16 (IPv6) bits are kept. */
const scatter = (ip: Ip, salt: string): Ip => {
  if (ip.family === 4) {
    let out = ip.value
    for (let bit = 8; bit < 32; bit += 1) if (hash(`${salt}${bit}:${(ip.value & mask4(bit)) >>> 0}`) & 0x100) out ^= 1 << (31 - bit)
    return ip4(out >>> 0)
  }
  let out = ip.value
  for (let bit = 16; bit < 128; bit += 1) if (hash(`${salt}${bit}:${ip.value & mask6(bit)}`) & 0x100) out ^= 1n << BigInt(127 - bit)
  return ip6(out)
}

const masked = (ip: Ip, length: number): Ip => (ip.family === 4 ? ip4((ip.value & mask4(length)) >>> 0) : ip6(ip.value & mask6(length)))

/** Docker's own MACs are made from private addresses; group addresses and zeros name nobody. */
const namesNobody = (mac: string): boolean => /^(02:42:|33:33:|01:00:5e|01:80:c2|ff:ff:ff:ff:ff:ff|00:00:00:00:00:00)/.test(mac)

const MAC = /\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b/gi
const IPV4 = /(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(\/\d{1,2})?(?![\d.])/g
const IPV6 = /(?<![0-9a-fA-F:.])((?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4})(\/\d{1,3})?(?![0-9a-fA-F:])/g
const HOME = /(\/home\/|\/run\/user\/|\/Users\/)([^/\s":]+)/g

interface Pseudonyms {
  readonly macs: Map<string, string>
  readonly addresses: Map<string, string>
  readonly users: Map<string, string>
}

const macOf = (mac: string, known: Pseudonyms): string => {
  const lower = mac.toLowerCase()
  if (namesNobody(lower)) return mac
  const number = known.macs.size + 1
  const fresh = `${lower.slice(0, 9)}${[16, 8, 0].map((shift) => ((number >> shift) & 255).toString(16).padStart(2, '0')).join(':')}`
  const name = known.macs.get(lower) ?? fresh
  known.macs.set(lower, name)
  return name
}

/** A link-local address made from a MAC (EUI-64) tells the MAC: it is made again from the MAC's pseudonym. */
const fromMac = (ip: Ip, known: Pseudonyms): Ip | null => {
  if (ip.family !== 6 || ((ip.value >> 24n) & 0xffffn) !== 0xfffen) return null
  const bytes = [56, 48, 40, 16, 8, 0].map((shift) => Number((ip.value >> BigInt(shift)) & 255n))
  bytes[0] = (bytes[0] ?? 0) ^ 2
  const mac = macOf(bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':'), known)
  const fresh = mac.split(':').map((part) => Number.parseInt(part, 16))
  fresh[0] = (fresh[0] ?? 0) ^ 2
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = fresh
  const id = [a, b, c, 0xff, 0xfe, d, e, f].reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  return ip6((ip.value & mask6(64)) | id)
}

const address = (text: string, prefix: string | undefined, salt: string, known: Pseudonyms): string | null => {
  const ip = parseIp(text)
  if (!ip) return null
  const rebuilt = fromMac(ip, known)
  if (!isPublic(ip)) return rebuilt ? `${formatIp(rebuilt)}${prefix ?? ''}` : null
  let fresh = rebuilt ? scatter(rebuilt, salt) : scatter(ip, salt)
  if (prefix !== undefined && masked(ip, Number(prefix.slice(1))).value === ip.value) fresh = masked(fresh, Number(prefix.slice(1)))
  if (!isPublic(fresh)) fresh = ip.family === 4 ? ip4((0xcb000000 | (fresh.family === 4 ? fresh.value & 0xffffff : 0)) >>> 0) : fresh
  known.addresses.set(text, formatIp(fresh))
  return `${formatIp(fresh)}${prefix ?? ''}`
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

export const anonymise = (snapshot: Snapshot, salt: string): Snapshot => {
  const known: Pseudonyms = { macs: new Map(), addresses: new Map(), users: new Map() }
  const hosts = snapshot.machines.map((machine, index) => [machine.name, `host${index + 1}`] as const).filter(([name]) => name !== '' && name !== 'localhost')
  const rewrite = (text: string): string => {
    let out = text
      .replace(MAC, (mac) => macOf(mac, known))
      .replace(IPV6, (whole, ip: string, prefix: string | undefined) => address(ip, prefix, salt, known) ?? whole)
      .replace(IPV4, (whole, ip: string, prefix: string | undefined) => address(ip, prefix, salt, known) ?? whole)
      .replace(HOME, (_, dir: string, user: string) => {
        const name = known.users.get(user) ?? `user${known.users.size + 1}`
        known.users.set(user, name)
        return `${dir}${name}`
      })
    for (const [name, pseudonym] of hosts) out = out.replace(new RegExp(`(?<![\\w-])${escapeRegExp(name)}(?![\\w-])`, 'g'), pseudonym)
    return out
  }
  const evidence = new Map<string, Evidence>()
  for (const [id, one] of snapshot.evidence)
    evidence.set(id, { ...one, probe: { ...one.probe, argv: one.probe.argv.map(rewrite) }, stdout: rewrite(one.stdout), stderr: rewrite(one.stderr) })
  const counted = (what: string, count: number): readonly Redaction[] => (count === 0 ? [] : [{ what, where: 'every file', count }])
  return {
    ...snapshot,
    machines: snapshot.machines.map((machine, index) => ({ ...machine, name: `host${index + 1}` })),
    evidence,
    redactions: [
      ...snapshot.redactions,
      ...counted('host names, replaced', hosts.length),
      ...counted('user names in paths, replaced', known.users.size),
      ...counted('MAC addresses, replaced (vendor part kept)', known.macs.size),
      ...counted('public addresses, replaced (shared prefixes kept)', known.addresses.size),
    ],
  }
}
