/**
 * `-j TARGET options` → actions.
 *
 *   -j DNAT --to-destination 172.17.0.3:80      -j SNAT --to-source 192.0.2.10-192.0.2.12:1024-65535 --random
 *   -j MARK --set-xmark 0x1/0xffffffff          -j REJECT --reject-with tcp-reset          -j LOG --log-prefix "x"
 */
import { parseIp } from '../../ip/index.js'
import { lastIp, parsePrefix } from '../../ip/index.js'
import type { Action, IpRange, NatTarget, NumberRange } from '../../model/rule.js'
import { ipRange, masked, portRange } from './values.js'

type Options = ReadonlyMap<string, string>

const nat = (type: NatTarget['type'], options: Options, addresses: IpRange | null, ports: NumberRange | null): Action => ({
  kind: 'nat',
  nat: { type, addresses, ports, random: options.has('--random') || options.has('--random-fully'), map: null },
})

/** "172.17.0.3:80", "192.0.2.1-192.0.2.9:1000-2000", "[fd00::2]:80", ":8080" */
export const natTo = (text: string): { readonly addresses: IpRange | null; readonly ports: NumberRange | null } | null => {
  const bracket = /^\[([^\]]+)\](?:-\[([^\]]+)\])?(?::(.*))?$/.exec(text)
  const [, from, to, port] = bracket ?? /^([^:[]*?)(?:-([^:]*))?(?::([\d/-]*))?$/.exec(text) ?? []
  if (from === undefined) {
    const ip = parseIp(text)
    return ip ? { addresses: { from: ip, to: ip }, ports: null } : null
  }
  const addresses = from === '' ? null : ipRange(to === undefined ? from : `${from}-${to}`)
  const ports = port === undefined || port === '' ? null : portRange(port.split('/')[0] ?? '', '-')
  return (from !== '' && !addresses) || (port !== undefined && port !== '' && !ports) ? null : { addresses, ports }
}

const mark = (of: 'packet' | 'ct', options: Options): Action | null => {
  const read = (name: string, make: (v: number, m: number) => readonly [number, number]): Action | null => {
    const text = options.get(name)
    const parsed = text === undefined ? null : masked(text)
    if (!parsed) return null
    const [value, mask] = make(parsed.value, parsed.mask)
    return { kind: 'set-mark', of, value: value >>> 0, mask: mask >>> 0 }
  }
  return (
    read('--set-xmark', (v, m) => [v, m]) ??
    read('--set-mark', (v, m) => [v, v | m]) ??
    read('--and-mark', (v) => [0, ~v]) ??
    read('--or-mark', (v) => [v, v]) ??
    read('--xor-mark', (v) => [v, 0])
  )
}

const connmark = (options: Options): Action | null => {
  for (const op of ['save', 'restore'] as const)
    if (options.has(`--${op}-mark`)) {
      const both = masked(`0/${options.get('--mask') ?? '0xffffffff'}`)?.mask ?? 0xffffffff
      const half = (name: string): number => (options.has(name) ? (masked(`0/${options.get(name)}`)?.mask ?? both) : both)
      return { kind: 'connmark', op, nfmask: half('--nfmask'), ctmask: half('--ctmask') }
    }
  return mark('ct', options)
}

/** Targets that let the packet go on and change nothing that decides its path. */
const NOTES = new Set([
  'LOG', 'NFLOG', 'ULOG', 'TRACE', 'TCPMSS', 'SET', 'CLASSIFY', 'AUDIT', 'RATEEST', 'CHECKSUM', 'LED', 'SECMARK', 'CONNSECMARK', 'IDLETIMER', 'TCPOPTSTRIP', 'ECN', 'HMARK', 'TEE', 'DNPT', 'SNPT', 'CT',
])

/** Options by name; one that takes no value has "". */
const readOptions = (words: readonly string[]): Options => {
  const options = new Map<string, string>()
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? ''
    if (!word.startsWith('--')) continue
    const values: string[] = []
    while (i + 1 < words.length && !(words[i + 1] ?? '').startsWith('--')) values.push(words[++i] ?? '')
    options.set(word, values.join(' '))
  }
  return options
}

export const readTarget = (name: string, words: readonly string[]): readonly Action[] => {
  const options = readOptions(words)
  const opaque: Action = { kind: 'opaque', what: [name, ...words].join(' ') }
  const to = (key: string) => {
    const text = options.get(key)
    return text === undefined ? null : natTo(text)
  }
  switch (name) {
    case 'ACCEPT':
    case 'DROP':
    case 'RETURN':
      return [{ kind: 'verdict', verdict: name.toLowerCase() as 'accept' | 'drop' | 'return' }]
    case 'REJECT':
      return [{ kind: 'reject', with: options.get('--reject-with') ?? '' }]
    case 'DNAT':
    case 'SNAT': {
      const range = to(name === 'DNAT' ? '--to-destination' : '--to-source')
      return range ? [nat(name === 'DNAT' ? 'dnat' : 'snat', options, range.addresses, range.ports)] : [opaque]
    }
    case 'MASQUERADE':
    case 'REDIRECT': {
      const text = options.get('--to-ports')
      const ports = text === undefined ? null : portRange(text, '-')
      return text !== undefined && !ports ? [opaque] : [nat(name === 'REDIRECT' ? 'redirect' : 'masquerade', options, null, ports)]
    }
    case 'NETMAP': {
      const prefix = parsePrefix(options.get('--to') ?? '')
      return prefix ? [nat('netmap', options, { from: prefix.ip, to: lastIp(prefix) }, null)] : [opaque]
    }
    case 'MARK': {
      const one = mark('packet', options)
      return [one ?? opaque]
    }
    case 'CONNMARK': {
      const one = connmark(options)
      return [one ?? opaque]
    }
    case 'NOTRACK':
      return [{ kind: 'notrack' }]
    case 'CT':
      return [options.has('--notrack') ? { kind: 'notrack' } : { kind: 'note', what: `CT ${words.join(' ')}` }]
    case 'TTL':
    case 'HL': {
      const key = [...options.keys()].find((one) => /-(set|inc|dec)$/.test(one))
      const op = key?.slice(-3) as 'set' | 'inc' | 'dec' | undefined
      return key && op ? [{ kind: 'ttl', op, value: Number(options.get(key)) }] : [opaque]
    }
    case 'TOS':
    case 'DSCP': {
      const parsed = name === 'TOS' ? masked(options.get('--set-tos') ?? '', 0xff) : masked(options.get('--set-dscp') ?? '')
      if (!parsed) return [{ kind: 'note', what: [name, ...words].join(' ') }]
      return [name === 'TOS' ? { kind: 'tos', value: parsed.value, mask: parsed.mask } : { kind: 'tos', value: parsed.value << 2, mask: 0xfc }]
    }
    default:
      return NOTES.has(name) ? [{ kind: 'note', what: [name, ...words].join(' ') }] : [opaque]
  }
}
