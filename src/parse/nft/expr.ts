/**
 * Expressions of `nft -j` → NftExpr.
 *
 *   {"meta":{"key":"iifname"}}   {"payload":{"protocol":"tcp","field":"dport"}}   {"ct":{"key":"state"}}
 *   {"prefix":{"addr":"172.17.0.0","len":16}}   {"range":[1000,2000]}   {"set":[80,443]}   "@blocked"   {"&":[{"meta":{"key":"mark"}},255]}
 */
import { parseIp, prefixOf } from '../../ip/index.js'
import type { NftExpr } from '../../model/nft-expr.js'
import { isObject, type Json, num, str, strings } from '../json.js'

const BINARY = new Set(['&', '|', '^', '<<', '>>'])
const CANNOT_KNOW = new Set(['numgen', 'jhash', 'symhash', 'socket', 'osf', 'rt', 'ipsec', 'tunnel', 'exthdr', 'tcp option', 'ip option', 'sctp chunk', 'dccp option'])

/** A word or number as it stands in a right-hand side. */
const literal = (text: string): NftExpr => {
  if (text.startsWith('@')) return { kind: 'named', name: text.slice(1) }
  const ip = parseIp(text)
  return ip ? { kind: 'ip', value: ip } : { kind: 'text', value: text }
}

const direction = (text: string | null): 'original' | 'reply' | null => (text === 'original' || text === 'reply' ? text : null)

export const readExpr = (json: Json | undefined): NftExpr => {
  if (typeof json === 'number') return { kind: 'number', value: json }
  if (typeof json === 'string') return literal(json)
  if (typeof json === 'boolean') return { kind: 'number', value: json ? 1 : 0 }
  if (Array.isArray(json)) return { kind: 'set', elements: json.map(readExpr) }
  if (!isObject(json)) return { kind: 'opaque', text: JSON.stringify(json ?? null) }
  const [key = '', value] = Object.entries(json)[0] ?? []
  const inner = isObject(value) ? value : {}
  if (BINARY.has(key) && Array.isArray(value)) {
    const [first, ...rest] = value.map(readExpr)
    if (!first || rest.length === 0) return { kind: 'opaque', text: JSON.stringify(json) }
    return rest.reduce((left, right): NftExpr => ({ kind: 'binary', op: key as '&', left, right }), first)
  }
  if (CANNOT_KNOW.has(key)) return { kind: 'cannot-know', what: key }
  switch (key) {
    case 'meta':
      return { kind: 'meta', key: str(inner, 'key') ?? '' }
    case 'payload':
      return str(inner, 'protocol') === null
        ? { kind: 'opaque', text: JSON.stringify(json) }
        : { kind: 'payload', protocol: str(inner, 'protocol') ?? '', field: str(inner, 'field') ?? '' }
    case 'ct': {
      const family = str(inner, 'family')
      const named = str(inner, 'key') ?? ''
      return {
        kind: 'ct',
        key: named.replace(/^(ip6?) /, ''),
        family: family === 'ip' || named.startsWith('ip ') ? 4 : family === 'ip6' || named.startsWith('ip6 ') ? 6 : null,
        dir: direction(str(inner, 'dir')),
      }
    }
    case 'fib': {
      const flags = inner['flags']
      return { kind: 'fib', result: str(inner, 'result') ?? '', flags: typeof flags === 'string' ? [flags] : strings(flags) }
    }
    case 'prefix': {
      const ip = parseIp(str(inner, 'addr') ?? '')
      const length = num(inner, 'len')
      return ip && length !== null ? { kind: 'prefix', value: prefixOf(ip, length) } : { kind: 'opaque', text: JSON.stringify(json) }
    }
    case 'range':
      return Array.isArray(value) ? { kind: 'range', from: readExpr(value[0]), to: readExpr(value[1]) } : { kind: 'opaque', text: JSON.stringify(json) }
    case 'concat':
      return { kind: 'concat', parts: Array.isArray(value) ? value.map(readExpr) : [] }
    case 'set':
      return Array.isArray(value) ? readElements(value) : readExpr(value)
    case 'elem':
      return readExpr(isObject(value) && 'val' in value ? value['val'] : value)
    case 'map':
      return isObject(value) ? { kind: 'map', key: readExpr(inner['key']), data: readExpr(inner['data']) } : { kind: 'opaque', text: JSON.stringify(json) }
    case 'accept':
    case 'drop':
    case 'return':
    case 'continue':
      return { kind: 'verdict', verdict: key, chain: null }
    case 'jump':
    case 'goto':
      return { kind: 'verdict', verdict: key, chain: str(inner, 'target') }
    default:
      return { kind: 'opaque', text: JSON.stringify(json) }
  }
}

/** Elements of a set, or pairs of a map: `[[key, value], …]`. */
export const readElements = (elements: readonly Json[]): NftExpr => {
  const pairs = elements.every((element) => Array.isArray(element) && element.length === 2) && elements.length > 0
  if (!pairs) return { kind: 'set', elements: elements.map(readExpr) }
  return { kind: 'mapping', pairs: (elements as readonly (readonly Json[])[]).map(([key, value]) => [readExpr(key), readExpr(value)] as const) }
}
