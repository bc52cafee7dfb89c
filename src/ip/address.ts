/**
 * Text ⇄ address. Accepts what node's net.isIP accepts and nothing else: "010.0.0.1", "1.2.3" and "::1::" mean different things to
 * different programs, so they are no address here. A zone ("fe80::1%eth0") is read and left out of the value.
 */
import { isIPv4, isIPv6 } from 'node:net'
import type { Ip, Ip4, Ip6 } from './types.js'

const parse4 = (text: string): number => {
  let value = 0
  let part = 0
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    if (code === 46) {
      value = value * 256 + part
      part = 0
    } else part = part * 10 + code - 48
  }
  return value * 256 + part
}

const parse6 = (text: string): bigint => {
  const embedded = text.lastIndexOf(':') + 1
  let source = text
  if (text.includes('.')) {
    const tail = parse4(text.slice(embedded))
    source = `${text.slice(0, embedded)}${(tail >>> 16).toString(16)}:${(tail & 0xffff).toString(16)}`
  }
  const [head = '', tail] = source.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = tail === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
  let value = 0n
  for (const group of groups) value = (value << 16n) | BigInt(Number.parseInt(group, 16))
  return value
}

/** null: not an address. */
export const parseIp = (text: string): Ip | null => {
  if (isIPv4(text)) return { family: 4, value: parse4(text) }
  if (!isIPv6(text)) return null
  const zone = text.indexOf('%')
  return { family: 6, value: parse6(zone < 0 ? text : text.slice(0, zone)) }
}

/** "fe80::1%eth0" → "eth0"; null where there is none. */
export const zoneOf = (text: string): string | null => {
  const zone = text.indexOf('%')
  return zone < 0 || zone === text.length - 1 ? null : text.slice(zone + 1)
}

const format4 = (value: number): string => `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`

/** RFC 5952: lower case, the longest run of two or more zero groups as "::", the first such run where equal; ::ffff:0:0/96 dotted. */
const format6 = (value: bigint): string => {
  if (value >> 32n === 0xffffn) return `::ffff:${format4(Number(value & 0xffffffffn))}`
  const groups: number[] = []
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(Number((value >> shift) & 0xffffn))
  let best = -1
  let length = 1
  for (let i = 0; i < 8; i += 1) {
    let run = 0
    while (i + run < 8 && groups[i + run] === 0) run += 1
    if (run > length) {
      best = i
      length = run
    }
    i += run
  }
  const hex = groups.map((group) => group.toString(16))
  return best < 0 ? hex.join(':') : `${hex.slice(0, best).join(':')}::${hex.slice(best + length).join(':')}`
}

export const formatIp = (ip: Ip): string => (ip.family === 4 ? format4(ip.value) : format6(ip.value))

export const ip4 = (value: number): Ip4 => ({ family: 4, value: value >>> 0 })
export const ip6 = (value: bigint): Ip6 => ({ family: 6, value })

export const equalIp = (a: Ip, b: Ip): boolean => a.family === b.family && a.value === b.value

/** IPv4 before IPv6, then by value. */
export const compareIp = (a: Ip, b: Ip): number => a.family - b.family || (a.value < b.value ? -1 : a.value > b.value ? 1 : 0)

/** `ip` + `offset`, within its family's width. */
export const addToIp = (ip: Ip, offset: number): Ip =>
  ip.family === 4 ? ip4(ip.value + offset) : ip6(BigInt.asUintN(128, ip.value + BigInt(offset)))
