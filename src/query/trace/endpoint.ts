/**
 * FROM and TO as users write them (cli.md, Endpoints) → what they mean in words, before any host is looked at.
 * Samples: `container1`, `app/web`, `db:5432`, `web:53/udp`, `host:8080`, `netns:blue`, `pid:4711`, `8.8.8.8`, `[2001:db8::1]:443`, `internet`.
 */
import { parseIp } from '../../ip/index.js'
import type { Ip } from '../../ip/types.js'

export type Target =
  | { readonly kind: 'address'; readonly ip: Ip }
  | { readonly kind: 'host' }
  | { readonly kind: 'internet' }
  | { readonly kind: 'netns'; readonly name: string }
  | { readonly kind: 'pid'; readonly pid: number }
  /** a container's name or id prefix, project/service, or a DNS name: the host decides */
  | { readonly kind: 'name'; readonly name: string }

export interface Endpoint {
  readonly text: string
  readonly target: Target
  readonly port: number | null
  readonly proto: 'tcp' | 'udp' | 'sctp' | null
}

/** A question that cannot be asked: said to the user with what was expected, found, and what to try. Exit code 2. */
export class UsageError extends Error {
  readonly suggestions: readonly string[]
  constructor(message: string, suggestions: readonly string[] = []) {
    super(message)
    this.name = 'UsageError'
    this.suggestions = suggestions
  }
}

const ADDRESS_LIKE = /^[0-9.]+$|^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.%a-z0-9]*$/


const portOf = (text: string, whole: string): number => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(port >= 1 && port <= 65535))
    throw new UsageError(`the port of "${whole}" is "${text}"; expected a number from 1 to 65535`, [`${whole.slice(0, whole.lastIndexOf(':'))}:443`])
  return port
}

const target = (text: string, whole: string): Target => {
  if (text === '') throw new UsageError(`"${whole}" names no endpoint`, ['container1', 'host:8080', '8.8.8.8', '[2001:db8::1]:443'])
  if (text === 'host') return { kind: 'host' }
  if (text === 'internet') return { kind: 'internet' }
  if (text.startsWith('netns:')) return { kind: 'netns', name: text.slice('netns:'.length) }
  if (text.startsWith('pid:')) {
    const pid = Number(text.slice('pid:'.length))
    if (!Number.isInteger(pid) || pid < 1) throw new UsageError(`"${text}": expected a process id after pid:, as in pid:4711`)
    return { kind: 'pid', pid }
  }
  const ip = parseIp(text)
  if (ip) return { kind: 'address', ip }
  if (ADDRESS_LIKE.test(text) && /[.:]/.test(text))
    throw new UsageError(`"${text}" is not an IP address`, [
      /(^|\.)0\d/.test(text) ? 'write each part without leading zeros: they mean octal to some programs and decimal to others' : 'four numbers from 0 to 255 (8.8.8.8) or an IPv6 address (2001:db8::1)',
    ])
  return { kind: 'name', name: text }
}

export const parseEndpoint = (text: string): Endpoint => {
  const [rest = '', proto, extra] = text.split(/\/(?=tcp$|udp$|sctp$)/)
  if (extra !== undefined) throw new UsageError(`"${text}" names two protocols`)
  const as = (proto ?? null) as Endpoint['proto']
  const bracket = /^\[([^\]]*)\](?::(.*))?$/.exec(rest)
  if (bracket) {
    const [, inner = '', port] = bracket
    const ip = parseIp(inner)
    if (ip?.family !== 6) throw new UsageError(`"[${inner}]" is not an IPv6 address`, ['[2001:db8::1]:443'])
    return { text, target: { kind: 'address', ip }, port: port === undefined ? null : portOf(port, text), proto: as }
  }
  const whole = parseIp(rest)
  if (whole) return finish(text, { kind: 'address', ip: whole }, null, as)
  const scheme = /^(netns|pid|wsl|vm):/.exec(rest)?.[0].length ?? 0
  const colon = rest.lastIndexOf(':')
  if (rest.startsWith('[')) throw new UsageError(`"${text}": expected a closing bracket, as in [2001:db8::1]:443`)
  if (colon >= scheme && colon >= 0 && rest.indexOf(':', scheme) === colon) return finish(text, target(rest.slice(0, colon), text), portOf(rest.slice(colon + 1), text), as)
  return finish(text, target(rest, text), null, as)
}

const finish = (text: string, what: Target, port: number | null, proto: Endpoint['proto']): Endpoint => {
  if (proto && port === null) throw new UsageError(`"${text}" names a protocol but no port`, [`${text.slice(0, text.lastIndexOf('/'))}:53/${proto}`])
  return { text, target: what, port, proto }
}
