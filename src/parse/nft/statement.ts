/**
 * Statements of an nft rule's "expr" array → matches and actions.
 *
 *   {"match":{"op":"==","left":{"meta":{"key":"iifname"}},"right":"docker0"}}   {"counter":{"packets":0,"bytes":0}}   {"accept":null}
 *   {"dnat":{"family":"ip","addr":"172.17.0.3","port":80}}   {"mangle":{"key":{"meta":{"key":"mark"}},"value":1}}   {"vmap":{"key":…,"data":{"set":[…]}}}
 */
import type { NftExpr } from '../../model/nft-expr.js'
import { action, type Expr, type IpRange, match, type NatTarget, type NumberRange } from '../../model/rule.js'
import { isObject, type Json, type JsonObject, object, str, strings } from '../json.js'
import { readExpr } from './expr.js'

const range = (expr: NftExpr): IpRange | null => {
  if (expr.kind === 'ip') return { from: expr.value, to: expr.value }
  if (expr.kind === 'range' && expr.from.kind === 'ip' && expr.to.kind === 'ip') return { from: expr.from.value, to: expr.to.value }
  return null
}

const ports = (expr: NftExpr): NumberRange | null => {
  if (expr.kind === 'number') return [expr.value, expr.value]
  if (expr.kind === 'range' && expr.from.kind === 'number' && expr.to.kind === 'number') return [expr.from.value, expr.to.value]
  return null
}

const natOf = (type: NatTarget['type'], value: Json): Expr => {
  const options: JsonObject = object(value)
  const flags = typeof options['flags'] === 'string' ? [options['flags']] : strings(options['flags'])
  const addr = options['addr'] === undefined ? null : readExpr(options['addr'])
  const port = options['port'] === undefined ? null : readExpr(options['port'])
  if (addr?.kind === 'prefix') return action({ kind: 'opaque', what: `${type} to a prefix` })
  const random = flags.some((flag) => flag.includes('random'))
  const addresses = addr === null ? null : range(addr)
  const portRange = port === null ? null : ports(port)
  if ((addr !== null && addresses === null && addr.kind !== 'map') || (port !== null && portRange === null))
    return action({ kind: 'opaque', what: `${type} ${JSON.stringify(value)}` })
  return action({ kind: 'nat', nat: { type, addresses, ports: portRange, random, map: addr?.kind === 'map' ? addr : null } })
}

const rejectWith = (value: Json): string => {
  const options = object(value)
  const type = str(options, 'type')
  if (type === 'tcp reset') return 'tcp-reset'
  const code = str(options, 'expr')
  if (type === null) return ''
  return `${type === 'icmpx' ? 'icmpx' : type === 'icmpv6' ? 'icmp6' : 'icmp'}-${code ?? 'port-unreachable'}`
}

/** Seen, and without weight for where a packet goes. */
const NOTES = new Set(['counter', 'log', 'comment', 'last', 'ct helper', 'ct timeout', 'ct expectation', 'secmark', 'dup'])
/** True or false by a level or an amount that no dump gives. */
const LEVELS = new Set(['limit', 'quota', 'ct count', 'connlimit'])

const mangle = (options: JsonObject): Expr => {
  const key = readExpr(options['key'])
  const value = readExpr(options['value'])
  if (key.kind === 'meta' && key.key === 'mark') return setMark('packet', key, value)
  if (key.kind === 'ct' && key.key === 'mark') return setMark('ct', key, value)
  if (key.kind === 'meta') return action({ kind: 'set-meta', key: key.key, value })
  return action({ kind: 'note', what: `set ${JSON.stringify(options['key'])}` })
}

const isMeta = (expr: NftExpr, of: 'packet' | 'ct'): boolean => (expr.kind === 'meta' && expr.key === 'mark' && of === 'packet') || (expr.kind === 'ct' && expr.key === 'mark' && of === 'ct')

/** mark := constant; mark := mark | c; mark := (mark & m) | c; ct mark := mark and the other way. */
const setMark = (of: 'packet' | 'ct', key: NftExpr, value: NftExpr): Expr => {
  if (value.kind === 'number') return action({ kind: 'set-mark', of, value: value.value >>> 0, mask: 0xffffffff })
  if (value.kind === 'binary' && value.right.kind === 'number') {
    const constant = value.right.value >>> 0
    if (isMeta(value.left, of)) {
      if (value.op === '|') return action({ kind: 'set-mark', of, value: constant, mask: constant })
      if (value.op === '&') return action({ kind: 'set-mark', of, value: 0, mask: ~constant >>> 0 })
      if (value.op === '^') return action({ kind: 'set-mark', of, value: constant, mask: 0 })
    }
    if (value.left.kind === 'binary' && value.left.op === '&' && isMeta(value.left.left, of) && value.left.right.kind === 'number') {
      const kept = value.left.right.value >>> 0
      if (value.op === '^') return action({ kind: 'set-mark', of, value: constant, mask: ~kept >>> 0 })
      if (value.op === '|') return action({ kind: 'set-mark', of, value: constant, mask: (~kept | constant) >>> 0 })
    }
  }
  if (value.kind === 'ct' && value.key === 'mark' && of === 'packet') return action({ kind: 'connmark', op: 'restore', nfmask: 0xffffffff, ctmask: 0xffffffff })
  if (value.kind === 'meta' && value.key === 'mark' && of === 'ct') return action({ kind: 'connmark', op: 'save', nfmask: 0xffffffff, ctmask: 0xffffffff })
  return action({ kind: 'set-meta', key: of === 'ct' ? 'ct mark' : key.kind === 'meta' ? key.key : 'mark', value })
}

export const readStatement = (json: Json): readonly Expr[] => {
  if (!isObject(json)) return [match({ kind: 'unknown', what: JSON.stringify(json) })]
  const [key = '', value = null] = Object.entries(json)[0] ?? []
  const inner = object(value)
  if (NOTES.has(key)) return [action({ kind: 'note', what: key })]
  if (LEVELS.has(key)) return [match({ kind: 'cannot-know', what: key })]
  switch (key) {
    case 'match':
      return [match({ kind: 'nft', op: str(inner, 'op') ?? '==', left: readExpr(inner['left']), right: readExpr(inner['right']) })]
    case 'accept':
    case 'drop':
    case 'return':
    case 'continue':
      return [action({ kind: 'verdict', verdict: key })]
    case 'jump':
    case 'goto':
      return [action({ kind: key, chain: str(inner, 'target') ?? '' })]
    case 'vmap':
      return [action({ kind: 'vmap', key: readExpr(inner['key']), data: readExpr(inner['data']) })]
    case 'snat':
    case 'dnat':
    case 'masquerade':
    case 'redirect':
      return [natOf(key, value)]
    case 'reject':
      return [action({ kind: 'reject', with: rejectWith(value) })]
    case 'mangle':
      return [mangle(inner)]
    case 'notrack':
      return [action({ kind: 'notrack' })]
    case 'set':
    case 'map':
    case 'flow':
      return [action({ kind: 'note', what: key })]
    case 'xt':
      return [xt(inner)]
    default:
      return [action({ kind: 'opaque', what: JSON.stringify(json) })]
  }
}

/** iptables-nft's own extensions: nft prints their names, not their arguments. */
const xt = (inner: JsonObject): Expr => {
  const name = str(inner, 'name') ?? '?'
  return str(inner, 'type') === 'match'
    ? match({ kind: 'unknown', what: `xt match ${name}: nft does not print its arguments` })
    : action({ kind: 'opaque', what: `xt target ${name}: nft does not print its arguments` })
}
